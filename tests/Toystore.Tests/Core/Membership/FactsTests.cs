using CsCheck;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Membership;

public sealed class FactsTests
{
    private static readonly Gen<Endpoint> AnyEndpoint = Gen.Select(Gen.OneOf("host-", "10.0.0.", "2001:db8::"), Gen.Int[1, 255], Gen.Int[1, 65535], (host, number, port) =>
        new Endpoint(host.Contains(':', StringComparison.Ordinal) ? $"{host}{number:x}" : host + number, port));

    private static readonly Gen<MemberFacts> AnyFacts = Gen.Select(Gen.ULong[1, ulong.MaxValue], AnyEndpoint, AnyEndpoint.Nullable(), AnyEndpoint.Nullable(), Gen.OneOf("", "a b~", new string('n', 64)), Gen.UShort[0, 9], (generation, peer, http, redis, text, oldest) =>
        new MemberFacts { Generation = generation, PeerEndpoint = peer, HttpEndpoint = http, RedisEndpoint = redis, Name = text, Version = text, Zone = "rack-1", ProtocolOldest = oldest, ProtocolNewest = 9 });

    [Fact]
    public void Facts_survive_being_written_and_read() => AnyFacts.Sample(facts => Assert.Equal(facts, FactsCodec.Decode(FactsCodec.Encode(facts))));

    [Fact]
    public void What_a_later_release_adds_is_not_understood_and_does_no_harm() => AnyFacts.Sample(facts => Assert.Equal(facts, FactsCodec.Decode([.. FactsCodec.Encode(facts), 1, 2, 3])));

    [Fact]
    public void Facts_cut_short_are_refused() => AnyFacts.Sample(facts =>
    {
        var bytes = FactsCodec.Encode(facts);
        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Null(FactsCodec.Decode(bytes.AsSpan(0, length))));
    });

    [Fact]
    public void The_longest_facts_fit_the_smallest_packet()
    {
        var far = new Endpoint(new string('h', Endpoint.HostCharsMax), 65535);
        var facts = new MemberFacts { Generation = 1, PeerEndpoint = far, HttpEndpoint = far, RedisEndpoint = far, Name = new('n', 64), Version = new('v', 64), Zone = new('z', 64) };
        Assert.InRange(FactsCodec.Encode(facts).Length, 900, FactsCodec.BytesMax);
        Assert.True(18 + 28 + PacketHead.BytesMax + 15 + 33 + FactsCodec.BytesMax <= 1200);
    }

    [Theory]
    [InlineData(0UL, "ok", "ok", 1, 1)]
    [InlineData(1UL, "häh", "ok", 1, 1)]
    [InlineData(1UL, "ok", "no spaces", 1, 1)]
    [InlineData(1UL, "ok", "", 1, 1)]
    [InlineData(1UL, "ok", "ok", 2, 1)]
    public void Facts_out_of_range_are_not_valid(ulong generation, string name, string zone, int oldest, int newest) =>
        Assert.False(new MemberFacts { Generation = generation, PeerEndpoint = Say.At(1), Name = name, Zone = zone, ProtocolOldest = (ushort)oldest, ProtocolNewest = (ushort)newest }.IsValid);

    [Fact]
    public void Incarnations_of_a_later_boot_are_above_all_of_an_earlier_one_and_carry_over()
    {
        Assert.True(Incarnation.OfBoot(2) > new Incarnation(Incarnation.OfBoot(1).Value + uint.MaxValue));
        Assert.Equal(Incarnation.OfBoot(2), new Incarnation(Incarnation.OfBoot(1).Value + uint.MaxValue).Next);
        Assert.Equal((3u, 0u, "3.1"), (Incarnation.OfBoot(3).Boot, Incarnation.OfBoot(3).Counter, $"{Incarnation.OfBoot(3).Next}"));
    }
}
