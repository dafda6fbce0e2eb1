using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class TopologyTests
{
    [Fact]
    public void A_cluster_is_founded_at_epoch_1_of_a_lineage_of_its_own()
    {
        var one = Clusters.Topology(Clusters.Of(3));
        var other = Topology.Found(new ClusterId(new Guid("11111111-2222-3333-4444-555555555555")), Clusters.Of(3), Quorums.Default, []);
        Assert.Equal((1UL, 1UL), (one.Epoch.Number, other.Epoch.Number));
        Assert.NotEqual(one.Epoch.Lineage, other.Epoch.Lineage);
        Assert.NotEqual(0UL, one.Epoch.Lineage);
    }

    [Fact]
    public void The_same_cluster_founded_anywhere_is_the_same_document()
    {
        PolicyRule[] rules = [new("b", ConflictPolicy.LastWriteWins), new("a", ConflictPolicy.Siblings)];
        var one = Topology.Found(Clusters.Id, Clusters.Of(7, 3), Quorums.Default, rules);
        var other = Topology.Found(Clusters.Id, [.. Clusters.Of(7, 3).Reverse()], Quorums.Default, [.. rules.Reverse()]);
        Assert.Equal(TopologyCodec.Encode(one), TopologyCodec.Encode(other));
        Assert.Equal(one.Fingerprint, other.Fingerprint);
    }

    [Fact]
    public void Founding_gives_the_same_document_in_every_release() =>
        Assert.Equal(16858320281941323624UL, Clusters.Topology(Clusters.Of(20, 4, weighted: true)).Fingerprint);

    [Fact]
    public void Any_difference_in_configuration_is_another_fingerprint()
    {
        var members = Clusters.Of(4);
        Topology[] topologies =
        [
            Clusters.Topology(members),
            Clusters.Topology([.. members.SkipLast(1)]),
            Clusters.Topology([.. members.SkipLast(1), members[3] with { PeerEndpoint = new Endpoint("elsewhere", 7000) }]),
            Clusters.Topology([.. members.SkipLast(1), members[3] with { HttpEndpoint = new Endpoint("host4", 8000) }]),
            Clusters.Topology([.. members.SkipLast(1), members[3] with { RedisEndpoint = new Endpoint("host4", 8000) }]),
            Clusters.Topology([.. members.SkipLast(1), members[3] with { Weight = 2 }]),
            Clusters.Topology([.. members.SkipLast(1), members[3] with { Zone = "other" }]),
            Topology.Found(Clusters.Id, members, new Quorums(3, 1, 2), []),
            Topology.Found(Clusters.Id, members, Quorums.Default, [new PolicyRule("a", ConflictPolicy.LastWriteWins)]),
        ];
        Assert.Equal(topologies.Length, topologies.Select(topology => topology.Fingerprint).Distinct().Count());
    }

    [Fact] // test vectors of draft-eastlake-fnv
    public void The_fingerprint_is_fnv_1a()
    {
        Assert.Equal(0xcbf29ce484222325, Fnv1a.Hash(""u8));
        Assert.Equal(0xaf63dc4c8601ec8c, Fnv1a.Hash("a"u8));
        Assert.Equal(0x85944171f73967e8, Fnv1a.Hash("foobar"u8));
    }

    [Fact]
    public void A_member_alone_owns_everything()
    {
        var topology = Clusters.Topology(Clusters.Of(1));
        Assert.All(Clusters.Slots(), slot => Assert.Equal([new NodeId(1)], topology.Owners.OwnersOf(slot)));
    }

    [Fact]
    public void Quorums_that_do_not_overlap_are_the_callers_choice() => Assert.Empty(Topology.Problems(Clusters.Id, Clusters.Of(3), new Quorums(3, 1, 1), []));

    [Fact]
    public void What_cannot_be_founded_says_why()
    {
        var failure = Assert.Throws<ArgumentException>(() => Topology.Found(Clusters.Id, [], new Quorums(0, 2, 2), []));
        Assert.Equal("N is 0; it must be 1 to 16. A cluster has 1 to 4096 members; these are 0.", failure.Message);
    }

    public static TheoryData<Member, string> BadMembers() => new(
        (Clusters.Member(0), "n0, at host0:7000, is nobody's id; ids start at n1."),
        (Clusters.Member(1) with { PeerEndpoint = new Endpoint("elsewhere", 1) }, "n1 is there more than once; every member needs an id of its own."),
        (Clusters.Member(2) with { PeerEndpoint = new Endpoint("host1", 7000) }, "n1 and n2 both use host1:7000."),
        (Clusters.Member(2) with { HttpEndpoint = new Endpoint("host2", 7000) }, "n2 uses host2:7000 for two things."),
        (Clusters.Member(2) with { RedisEndpoint = new Endpoint("host1", 7000) }, "n1 and n2 both use host1:7000."),
        (Clusters.Member(2) with { PeerEndpoint = new Endpoint("HOST", 7000) }, "The peer address of n2, \"HOST:7000\", is not a host and a port from 1 to 65535."),
        (Clusters.Member(2) with { HttpEndpoint = new Endpoint("host2", 0) }, "The HTTP address of n2, \"host2:0\", is not a host and a port from 1 to 65535."),
        (Clusters.Member(2, weight: 0), "The weight of n2 is 0; it must be 1 to 1000."),
        (Clusters.Member(2, weight: 1001), "The weight of n2 is 1001; it must be 1 to 1000."),
        (Clusters.Member(2, zone: ""), "The zone of n2, \"\", must be 1 to 64 letters, digits, '-', '.' or '_'."),
        (Clusters.Member(2, zone: "a b"), "The zone of n2, \"a b\", must be 1 to 64 letters, digits, '-', '.' or '_'."));

    [Theory]
    [MemberData(nameof(BadMembers))]
    public void Each_problem_of_a_member_is_a_sentence(Member bad, string problem) =>
        Assert.Equal([problem], Topology.Problems(Clusters.Id, [Clusters.Member(1), bad], Quorums.Default, []));

    [Theory]
    [InlineData(17, 2, 2, "N is 17; it must be 1 to 16.")]
    [InlineData(3, 0, 2, "R is 0; with N = 3 it must be 1 to 3.")]
    [InlineData(3, 2, 4, "W is 4; with N = 3 it must be 1 to 3.")]
    public void Each_problem_of_the_quorums_is_a_sentence(int n, int r, int w, string problem) =>
        Assert.Equal([problem], Topology.Problems(Clusters.Id, Clusters.Of(3), new Quorums(n, r, w), []));

    public static TheoryData<PolicyRule, string> BadRules() => new(
        (new PolicyRule("a", ConflictPolicy.LastWriteWins), "The prefix \"a\" has more than one conflict policy."),
        (new PolicyRule("b", (ConflictPolicy)7), "The conflict policy of the prefix \"b\" is unknown (7)."),
        (new PolicyRule(new string('b', 4097), ConflictPolicy.Siblings), $"The prefix \"{new string('b', 40)}…\" of a conflict policy has 4097 bytes; a key has at most 4096."));

    [Theory]
    [MemberData(nameof(BadRules))]
    public void Each_problem_of_the_policies_is_a_sentence(PolicyRule bad, string problem) =>
        Assert.Equal([problem], Topology.Problems(Clusters.Id, Clusters.Of(3), Quorums.Default, [new PolicyRule("a", ConflictPolicy.Siblings), bad]));

    [Fact]
    public void All_problems_are_said_at_once() =>
        Assert.Equal(5, Topology.Problems(default, [Clusters.Member(1, weight: 0), Clusters.Member(1)], new Quorums(3, 9, 2), []).Count);
}
