using CsCheck;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class ContainerCodecTests
{
    private const string One = "01" + "01" + "0100000000000000" + "0000000000000000" + "0500000000000000"; // up to the siblings

    private static readonly Gen<Container> Containers =
        Gen.Select(Causality.Steps, Gen.Int[0, 10_000], Gen.Int[0, 1 << 20]).Select((steps, pick, seed) => Furnish(new Causality(steps).At(pick).Container, new Random(seed)));

    [Fact]
    public void What_is_written_reads_back_the_same() => Containers.Sample(container =>
    {
        var bytes = Encode(container);
        Assert.True(ContainerCodec.TryRead(bytes, out var read, out var consumed));
        Assert.Equal(bytes.Length, consumed);
        Assert.Equal(container.Context, read.Context);
        Assert.Equal(container.Siblings.ToArray().Select(Show), read.Siblings.ToArray().Select(Show));
    }, iter: 3_000);

    [Fact]
    public void Bytes_after_the_container_are_left_alone() => Containers.Sample(container =>
    {
        byte[] bytes = [.. Encode(container), 1, 2, 3];
        return ContainerCodec.TryRead(bytes, out _, out var consumed) && consumed == bytes.Length - 3;
    }, iter: 500);

    [Fact]
    public void A_container_cut_short_anywhere_is_refused() => Containers.Sample(container =>
    {
        var bytes = Encode(container);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(ContainerCodec.TryRead(bytes.AsMemory(0, length), out var read, out var consumed));
            Assert.Equal(0, consumed);
            Assert.Same(Container.Empty, read);
        }
    }, iter: 300);

    [Fact]
    public void Nothing_takes_three_bytes_and_reads_back_as_the_one_empty_container()
    {
        Assert.Equal([1, 0, 0], Encode(Container.Empty));
        Assert.True(ContainerCodec.TryRead(new byte[] { 1, 0, 0 }, out var read, out _));
        Assert.Same(Container.Empty, read);
    }

    [Fact]
    public void The_layout_is_as_written_down()
    {
        var sibling = new Sibling(new Dot(new ActorId(new NodeId(2), 3), new HybridTime(0x0405)), "hi"u8.ToArray(), "a/b", new UnixTime(6), new Guid("0f0e0d0c-0b0a-0908-0706-050403020100"));
        var container = Container.Empty.Put(sibling, default);
        const string expected =
            "01" + "01" + "0200000000000000" + "0300000000000000" + "0504000000000000" // version; one actor: node, generation, reading seen
            + "01" + "00" + "0504000000000000" + "00" + "07" // one sibling: actor, reading, kind, has everything
            + "0600000000000000" + "03612f62" + "0c0d0e0f0a0b08090706050403020100" + "02" + "6869"; // expiry, content type, request id, value
        Assert.Equal(expected, Convert.ToHexStringLower(Encode(container)));
    }

    [Theory]
    [InlineData("", "no bytes")]
    [InlineData("020000", "another version")]
    [InlineData("018000", "a varint longer than it needs to be")]
    [InlineData("01ffffffff7f00", "a count beyond an int")]
    [InlineData("01ffffffff0700", "more actors than bytes")]
    [InlineData("010100000000000000010000000000000000000000000000000000", "an actor of which nothing was seen")]
    [InlineData(One + "01" + "00" + "0500000000000000" + "0000", "a sibling cut short")]
    [InlineData(One + "01" + "00" + "0000000000000000" + "000000", "a dot with no reading")]
    [InlineData(One + "01" + "00" + "0600000000000000" + "000000", "a live dot that the context does not cover")]
    [InlineData(One + "01" + "01" + "0500000000000000" + "000000", "an actor that is not in the table")]
    [InlineData(One + "01" + "00" + "0500000000000000" + "020000", "an unknown kind")]
    [InlineData(One + "01" + "00" + "0500000000000000" + "000800", "an unknown field")]
    [InlineData(One + "01" + "00" + "0500000000000000" + "01000161", "a tombstone with a value")]
    [InlineData(One + "01" + "00" + "0500000000000000" + "0102016100", "a tombstone with a content type")]
    [InlineData(One + "01" + "00" + "0500000000000000" + "000201ff00", "a content type that is not UTF-8")]
    [InlineData(One + "02" + "00" + "0500000000000000" + "000000" + "00" + "0500000000000000" + "000000", "one dot twice")]
    [InlineData(One + "02" + "00" + "0500000000000000" + "000000" + "00" + "0400000000000000" + "000000", "siblings out of order")]
    public void What_would_not_have_been_written_is_refused(string hex, string why)
    {
        Assert.False(ContainerCodec.TryRead(Convert.FromHexString(hex), out _, out var consumed), why);
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void Values_are_slices_of_what_was_read()
    {
        var bytes = Encode(Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(1), 1), new HybridTime(1)), new byte[] { 7 }), default));
        Assert.True(ContainerCodec.TryRead(bytes, out var read, out _));
        bytes[^1] = 8;
        Assert.Equal(8, read.Siblings[0].Value.Span[0]);
    }

    [Fact]
    public void Writing_allocates_nothing()
    {
        var container = Furnish(Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(1), 1), new HybridTime(1)), new byte[] { 7 }), default), new Random(5));
        var to = new byte[ContainerCodec.SizeOf(container)];
        Allocations.None(() => ContainerCodec.Write(container, to.AsSpan(0, ContainerCodec.SizeOf(container))));
    }

    [Fact]
    public void A_million_mutations_neither_throw_nor_allocate_much_nor_read_as_what_would_not_be_written()
    {
        var random = new Random(20_071_014);
        var valid = Enumerable.Range(0, 200).Select(seed => Encode(Build(new Random(seed)))).ToArray();
        var again = new byte[4096];
        var accepted = 0;
        for (var i = 0; i < 1_000_000; i++)
        {
            var bytes = Mutate(valid[random.Next(valid.Length)], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var reads = ContainerCodec.TryRead(bytes, out var container, out var consumed);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > 512 + (16L * bytes.Length))
            {
                Assert.Fail($"{allocated} bytes for {Convert.ToHexString(bytes)}");
            }

            if (reads && (ContainerCodec.SizeOf(container) != consumed || ContainerCodec.Write(container, again) != consumed || !again.AsSpan(0, consumed).SequenceEqual(bytes.AsSpan(0, consumed))))
            {
                Assert.Fail($"not canonical: {Convert.ToHexString(bytes)}");
            }

            accepted += reads ? 1 : 0;
        }

        Assert.InRange(accepted, 100_000, 900_000); // or the test would look at one branch only
    }

    internal static byte[] Encode(Container container)
    {
        var bytes = new byte[ContainerCodec.SizeOf(container)];
        Assert.Equal(bytes.Length, ContainerCodec.Write(container, bytes));
        return bytes;
    }

    internal static Container Build(Random random)
    {
        var steps = new Step[random.Next(1, 20)];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = new Step(random.Next(12), random.Next(4), random.Next(10_000), random.Next(-3, 4));
        }

        return Furnish(new Causality(steps).History[^1].Container, random);
    }

    /// <summary>The same dots, with every optional field here and there.</summary>
    private static Container Furnish(Container container, Random random)
    {
        string?[] types = [null, null, "application/json", "text/plain; charset=utf-8", "x/ünïcode", ""];
        var siblings = container.Siblings.ToArray().Select(s =>
        {
            var isTombstone = s.Kind == ValueKind.Tombstone;
            var value = new byte[isTombstone ? 0 : random.Next(10) == 0 ? random.Next(300) : random.Next(12)];
            random.NextBytes(value);
            UnixTime? expiry = random.Next(2) == 0 ? null : new UnixTime(random.NextInt64(long.MinValue, long.MaxValue));
            Guid? request = random.Next(2) == 0 ? null : new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            return new Sibling(s.Dot, value, isTombstone ? null : types[random.Next(types.Length)], expiry, request, s.Kind);
        }).ToArray();
        Assert.True(Container.TryCreate(siblings, container.Context, out var furnished));
        return furnished;
    }

    internal static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.AsSpan().ToArray();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            switch (random.Next(4))
            {
                case 0:
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when bytes.Length > 1:
                    Array.Resize(ref bytes, random.Next(1, bytes.Length));
                    break;
                default:
                    var at = random.Next(bytes.Length);
                    bytes = [.. bytes.AsSpan(0, at), (byte)random.Next(256), .. bytes.AsSpan(at)];
                    break;
            }
        }

        return bytes;
    }

    private static string Show(Sibling s) => $"{s.Dot} {s.Kind} {s.ContentType ?? "none"} {s.ExpiresAt} {s.RequestId} {Convert.ToHexString(s.Value.Span)}";
}
