using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Tests.Core.Versions;

namespace Toystore.Tests.Core.Healing;

public sealed class RecordGlanceTests
{
    private static readonly KeyHash Key = new(42);
    private static readonly UntidySlots LastWriteWins = new(static _ => true);
    private static readonly UntidySlots AllLive = new(static _ => false);

    [Fact]
    public void A_glance_says_what_the_container_says_of_whatever_bytes_there_are()
    {
        var random = new Random(20_071_015);
        var valid = Enumerable.Range(0, 400).Select(seed => ContainerCodecTests.Encode(Raised(ContainerCodecTests.Build(new Random(seed)), seed))).ToArray();
        var accepted = 0;
        var sweeps = new int[3];
        for (var i = 0; i < 500_000; i++)
        {
            var bytes = i < valid.Length ? valid[i] : ContainerCodecTests.Mutate(valid[random.Next(valid.Length)], random);
            var isRead = ContainerCodec.TryRead(bytes, out var container, out var consumed) && consumed == bytes.Length;
            if (isRead != RecordGlance.TryRead(Key, bytes, out var glance))
            {
                Assert.Fail($"{(isRead ? "only read" : "only glanced at")}: {Convert.ToHexString(bytes)}");
            }

            if (isRead)
            {
                AssertSame(container, glance, bytes);
                accepted++;
                sweeps[(int)glance.Sweep]++;
            }
        }

        Assert.InRange(accepted, 50_000, 450_000); // or the test would look at one branch only
        Assert.All(sweeps, count => Assert.InRange(count, 1_000, 450_000));
    }

    [Fact]
    public void A_context_with_more_entries_than_are_counted_is_for_the_container()
    {
        var container = Container.Empty.Put(new Sibling(At(1, 5), new byte[1]), default);
        for (ulong node = 2; node <= 66; node++)
        {
            Assert.True(Container.TryCreate(container.Siblings.ToArray(), container.Context.With(At(node, 5 + node)), out container));
            Assert.True(RecordGlance.TryRead(Key, ContainerCodecTests.Encode(container), out var glance));
            Assert.Equal(node <= 64 ? GlanceSweep.WhenListed : GlanceSweep.Unclear, glance.Sweep);
            Assert.Equal(new HybridTime(5 + node), glance.Listed);
        }
    }

    [Fact]
    public void A_glance_allocates_nothing()
    {
        var bytes = ContainerCodecTests.Encode(ContainerCodecTests.Build(new Random(3)));
        Allocations.None(() => Assert.True(RecordGlance.TryRead(Key, bytes, out _)));
    }

    private static void AssertSame(Container container, in RecordGlance glance, byte[] bytes)
    {
        Assert.Equal(VersionsHash.Of(Key, container), glance.Versions);
        if (glance.Sweep == GlanceSweep.Unclear)
        {
            return;
        }

        HybridTime? at = glance.Sweep == GlanceSweep.WhenListed ? glance.Listed : null;
        if (AllLive.SweepableAt("key", container) != at || LastWriteWins.SweepableAt("key", container) != at)
        {
            Assert.Fail($"swept at {at}: {Convert.ToHexString(bytes)}");
        }
    }

    // Some of them under a floor that has passed some of what they list.
    private static Container Raised(Container container, int seed) =>
        seed % 2 == 0 || container.Context.Entries.IsEmpty ? container : container.Under(container.Context.Entries[seed / 2 % container.Context.Entries.Length].Time);

    private static Dot At(ulong node, ulong time) => new(new ActorId(new NodeId(node), 1), new HybridTime(time));
}
