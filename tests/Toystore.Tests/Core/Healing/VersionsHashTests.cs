using System.Buffers.Binary;
using CsCheck;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;
using Toystore.Tests.Core.Versions;

namespace Toystore.Tests.Core.Healing;

public sealed class VersionsHashTests
{
    private static readonly KeyHash Key = new(42);

    [Fact]
    public void Records_of_a_key_have_one_hash_exactly_if_they_hold_the_same_versions() =>
        Gen.Select(Causality.Steps, Gen.Int[0, 10_000], Gen.Int[0, 10_000]).Sample((steps, one, other) =>
        {
            var world = new Causality(steps);
            var (left, right) = (world.At(one).Container, world.At(other).Container);
            var areSame = Dots(left).SetEquals(Dots(right));
            Assert.Equal(areSame, VersionsHash.Of(Key, left) == VersionsHash.Of(Key, right));
            Assert.Equal(areSame, VersionsHash.AreSame(left, right));
        }, iter: 3_000);

    [Fact]
    public void A_context_that_knows_more_changes_nothing()
    {
        var written = Container.Empty.Put(new Sibling(At(1, 5), new byte[1]), default);
        Assert.True(Container.TryCreate(written.Siblings.ToArray(), written.Context.Join(VersionVector.Of(At(2, 9))), out var knowing));
        Assert.NotEqual(written.Context, knowing.Context);
        Assert.Equal(VersionsHash.Of(Key, written), VersionsHash.Of(Key, knowing));
    }

    [Fact]
    public void A_record_without_versions_is_like_none()
    {
        Assert.True(Container.TryCreate([], VersionVector.Of(At(2, 9)), out var bare));
        Assert.False(bare.IsEmpty);
        Assert.True(VersionsHash.Of(Key, bare).IsNothing);
        Assert.True(VersionsHash.Of(Key, Container.Empty).IsNothing);
    }

    [Fact]
    public void A_tombstone_is_a_version() => Assert.False(VersionsHash.Of(Key, Container.Empty.Put(new Sibling(At(1, 5), default, kind: ValueKind.Tombstone), default)).IsNothing);

    [Fact]
    public void The_same_versions_of_another_key_have_another_hash()
    {
        var written = Container.Empty.Put(new Sibling(At(1, 5), new byte[1]), default);
        Assert.NotEqual(VersionsHash.Of(new KeyHash(1), written), VersionsHash.Of(new KeyHash(2), written));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_is_as_written_down(int versions)
    {
        var container = Container.Empty;
        for (var i = 0; i < versions; i++)
        {
            container = container.Put(new Sibling(At((ulong)i + 7, 100 - (ulong)i), new byte[1]), default);
        }

        Assert.Equal(versions, container.Siblings.Length);
        Assert.Equal(Written(Key, container), VersionsHash.Of(Key, container).Value);
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        var container = Container.Empty.Put(new Sibling(At(1, 5), new byte[1]), default);
        Allocations.None(() => VersionsHash.Of(Key, container));
    }

    /// <summary>docs/protocols/anti-entropy.md, line by line.</summary>
    private static ulong Written(KeyHash key, Container container)
    {
        if (container.Siblings.Length == 0)
        {
            return 0;
        }

        var hash = Stafford(BinaryPrimitives.ReadUInt64BigEndian("toystore"u8) ^ key.Value);
        foreach (var dot in Dots(container).OrderBy(dot => dot.Time.Value).ThenBy(dot => dot.Actor.Node.Value).ThenBy(dot => dot.Actor.Generation))
        {
            hash = Stafford(hash ^ Murmur(Murmur(Murmur(dot.Actor.Node.Value + 0x9e3779b97f4a7c15) ^ dot.Actor.Generation) ^ dot.Time.Value));
        }

        return Stafford(hash ^ (ulong)container.Siblings.Length);

        static ulong Stafford(ulong x)
        {
            x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
            x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
            return x ^ (x >> 31);
        }

        static ulong Murmur(ulong x)
        {
            x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
            x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
            return x ^ (x >> 33);
        }
    }

    private static HashSet<Dot> Dots(Container container) => [.. container.Siblings.ToArray().Select(sibling => sibling.Dot)];

    private static Dot At(ulong node, ulong time) => new(new ActorId(new NodeId(node), 1), new HybridTime(time));
}
