using CsCheck;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class TopologyCodecTests
{
    private static readonly Gen<Endpoint> GenEndpoint = Gen.Select(Gen.OneOf("host-", "10.0.0.", "2001:db8::"), Gen.Int[1, 255], Gen.Int[1, 65535], (host, number, port) =>
        new Endpoint(host.Contains(':', StringComparison.Ordinal) ? $"{host}{number:x}" : host + number, port));

    private static readonly Gen<Member> GenMember = Gen.Select(
        Gen.ULong[1, ulong.MaxValue],
        Gen.OneOf("a", "rack-2", new string('z', Member.ZoneCharsMax)),
        Gen.Int[1, Member.WeightMax],
        GenEndpoint,
        GenEndpoint.Nullable(),
        GenEndpoint.Nullable(),
        (id, zone, weight, peer, http, redis) => new Member(new NodeId(id), peer) { Zone = zone, Weight = weight, HttpEndpoint = http, RedisEndpoint = redis });

    private static readonly Gen<PolicyRule> GenRule = Gen.Select(Gen.Byte.Array[0, 8], Gen.Bool, (prefix, wins) => new PolicyRule(prefix, wins ? ConflictPolicy.LastWriteWins : ConflictPolicy.Siblings));

    private static readonly Gen<Topology> GenTopology =
        Gen.Select(GenMember.Array[1, 9], GenRule.Array[0, 4], Gen.Int[1, 5], Gen.Guid)
            .Where((members, rules, copies, cluster) => Topology.Problems(new ClusterId(cluster), members, new Quorums(copies, 1, 1), rules).Count == 0)
            .Select((members, rules, copies, cluster) => Topology.Found(new ClusterId(cluster), members, new Quorums(copies, 1, copies), rules));

    [Fact]
    public void A_document_survives_being_written_and_read() => GenTopology.Sample(AssertSurvives, iter: 25);

    [Fact]
    public void A_document_whose_slots_have_different_numbers_of_owners_survives_too() => Gen.Byte[1, 3].Array[Slot.Count].Where(counts => counts.Distinct().Count() > 1).Sample(
        counts =>
        {
            var members = Clusters.Of(3);
            var owners = counts.SelectMany((count, slot) => Enumerable.Range(slot, count).Select(i => (ushort)(i % 3))).ToArray();
            Assert.True(OwnerTable.TryCreate([.. members.Select(member => member.Id)], counts, owners, out var table));
            AssertSurvives(Topology.FromParts(Clusters.Id, new Epoch(5, 6), Quorums.Default, members, [], table!)!);
        },
        iter: 5);

    [Fact]
    public void A_hundred_members_take_about_100_KB() => Assert.InRange(TopologyCodec.Encode(Clusters.Topology(Clusters.Of(100))).Length, 98_304, 102_400);

    [Fact]
    public void Whatever_is_read_is_written_as_the_same_bytes()
    {
        var bytes = TopologyCodec.Encode(Topology.Found(Clusters.Id, Clusters.Of(4), Quorums.Default, [new PolicyRule("a", ConflictPolicy.LastWriteWins), new PolicyRule("b", ConflictPolicy.Siblings)]));
        var head = bytes.Length - (Slot.Count * 3 * 2);
        var genPlace = Gen.OneOf(Gen.Int[0, head + 8], Gen.Int[0, bytes.Length - 1]);
        Gen.Select(genPlace, Gen.Byte, genPlace, Gen.Byte).Sample(
            (place, value, otherPlace, otherValue) =>
            {
                var mutated = bytes.ToArray();
                (mutated[place], mutated[otherPlace]) = (value, otherValue);
                Assert.True(!TopologyCodec.TryDecode(mutated, out var topology) || TopologyCodec.Encode(topology!).AsSpan().SequenceEqual(mutated));
            },
            iter: 1000);
    }

    [Fact]
    public void A_document_cut_short_or_too_long_is_refused()
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        Assert.All(Enumerable.Range(0, 300).Concat([bytes.Length - 1]), length => Assert.False(TopologyCodec.TryDecode(bytes.AsSpan(0, length), out _)));
        Assert.False(TopologyCodec.TryDecode([.. bytes, 0], out _));
    }

    [Fact]
    public void Noise_is_refused() => Gen.Byte.Array[0, 400].Sample(bytes => Assert.False(TopologyCodec.TryDecode(bytes, out _)), iter: 2000);

    [Theory] // offsets: see the layout in TopologyCodec
    [InlineData(0, 2)] // a version of the future
    [InlineData(33, 0)] // N = 0
    [InlineData(34, 4)] // R > N
    [InlineData(38, 0)] // a member n0
    [InlineData(46, 0)] // a weight of 0
    public void A_document_that_is_not_valid_is_refused(int offset, byte value)
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        bytes[offset] = value;
        Assert.False(TopologyCodec.TryDecode(bytes, out _));
    }

    [Fact]
    public void Equally_many_owners_everywhere_are_written_one_way_only()
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        var owners = bytes.Length - (Slot.Count * 3 * 2);
        byte[] longer = [.. bytes[..(owners - 1)], 0, .. Enumerable.Repeat((byte)3, Slot.Count), .. bytes[owners..]];
        Assert.False(TopologyCodec.TryDecode(longer, out _));
    }

    [Fact]
    public void A_slot_owned_twice_by_one_member_is_refused()
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        bytes[^2] = bytes[^4];
        Assert.False(TopologyCodec.TryDecode(bytes, out _));
    }

    private static void AssertSurvives(Topology topology)
    {
        var bytes = TopologyCodec.Encode(topology);
        Assert.True(TopologyCodec.TryDecode(bytes, out var read));
        Assert.Equal(topology.ClusterId, read!.ClusterId);
        Assert.Equal(topology.Epoch, read.Epoch);
        Assert.Equal(topology.Quorums, read.Quorums);
        Assert.Equal(topology.Members.ToArray(), read.Members.ToArray());
        Assert.Equal(topology.Policies.Rules.ToArray(), read.Policies.Rules.ToArray());
        Assert.True(Clusters.Slots().All(slot => topology.Owners.Owners(slot).SequenceEqual(read.Owners.Owners(slot))));
        Assert.Equal(topology.Fingerprint, read.Fingerprint);
        Assert.Equal(bytes, TopologyCodec.Encode(read));
    }
}
