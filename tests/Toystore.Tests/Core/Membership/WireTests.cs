using CsCheck;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Membership;

public sealed class WireTests
{
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(127UL, "7F")]
    [InlineData(128UL, "8001")]
    [InlineData(300UL, "AC02")]
    [InlineData(1UL << 32, "8080808010")]
    [InlineData(ulong.MaxValue, "FFFFFFFFFFFFFFFFFF01")]
    public void A_number_is_as_long_as_it_must_be(ulong value, string hex)
    {
        var writer = new WireWriter(new byte[10]);
        writer.Var(value);
        Assert.Equal(hex, Convert.ToHexString(writer.Written));
        Assert.Equal(writer.Length, WireWriter.VarBytes(value));
    }

    [Fact]
    public void Every_number_comes_back() => Gen.Select(Gen.ULong, Gen.Int[0, 63]).Sample((random, shift) =>
    {
        var value = random >> shift;
        var writer = new WireWriter(new byte[10]);
        writer.Var(value);
        var reader = new WireReader(writer.Written);
        return reader.Var() == value && reader.IsAtEnd && !reader.HasFailed && writer.Length == WireWriter.VarBytes(value);
    });

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("8000")] // 0 in two bytes
    [InlineData("FF00")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")] // 65 bits
    [InlineData("FFFFFFFFFFFFFFFFFF8001")]
    public void What_is_no_number_or_one_written_too_long_is_refused(string hex)
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        Assert.Equal((0UL, true), (reader.Var(), reader.HasFailed));
    }

    [Fact]
    public void A_head_comes_back_and_its_usual_lineage_costs_nothing() => Gen.Select(Gen.ULong, Gen.ULong[1, ulong.MaxValue / 4], Gen.Bool).Sample((lineage, number, isUsual) =>
    {
        var epoch = new Epoch(isUsual ? Topology.FirstLineage(Scene.Cluster) : lineage, number);
        var head = new PacketHead(new NodeId(7), new Incarnation(Say.Boot), epoch);
        var writer = new WireWriter(new byte[PacketHead.BytesMax]);
        head.Write(ref writer, Scene.Cluster);
        var reader = new WireReader(writer.Written);
        return PacketHead.TryRead(ref reader, Scene.Cluster, out var read) && read == head && reader.IsAtEnd && writer.Length == 6 + WireWriter.VarBytes(number << 1) + (isUsual ? 0 : 8);
    });

    [Fact]
    public void A_ping_and_an_ack_at_rest_are_short()
    {
        Assert.Equal(13, Say.Body(new PacketHead(new NodeId(1), new Incarnation(Say.Boot), new Epoch(Topology.FirstLineage(Scene.Cluster), 1)), Say.Ping(uint.MaxValue, 2)).Length);
        Assert.Equal(12, Say.Body(new PacketHead(new NodeId(1), new Incarnation(Say.Boot), new Epoch(Topology.FirstLineage(Scene.Cluster), 1)), Say.Ack(uint.MaxValue)).Length);
    }
}
