using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class ChangeRefusalTests
{
    private static readonly Topology Three = Clusters.Topology(Clusters.Of(3));
    private static readonly Topology Four = Clusters.Topology(Clusters.Of(4));
    private static readonly Topology Zoned = Clusters.Topology(Clusters.Parse("a1 a1 b1 b1 c1"));

    public static TheoryData<TopologyChange, string> Refused() => new(
        (new TopologyChange.Join(Clusters.Member(2) with { PeerEndpoint = new Endpoint("other", 1) }), "n2 is a member already, at host2:7000; a node that joins needs an id of its own."),
        (new TopologyChange.Join(Clusters.Member(5) with { PeerEndpoint = new Endpoint("host2", 7000) }), "n2 and n5 both use host2:7000."),
        (new TopologyChange.Join(Clusters.Member(0)), "n0, at host0:7000, is nobody's id; ids start at n1."),
        (new TopologyChange.Join(Clusters.Member(5, weight: 0)), "The weight of n5 is 0; it must be 1 to 1000."),
        (new TopologyChange.Leave(Moving.Id(9)), "n9 is no member; the members are n1 n2 n3 n4."),
        (new TopologyChange.Stay(Moving.Id(9)), "n9 is no member; the members are n1 n2 n3 n4."),
        (new TopologyChange.Remove(Moving.Id(9)), "n9 is no member; the members are n1 n2 n3 n4."),
        (new TopologyChange.Replace(Moving.Id(9), Clusters.Member(5), IsLost: true), "n9 is no member; the members are n1 n2 n3 n4."),
        (new TopologyChange.Replace(Moving.Id(1), Clusters.Member(2) with { PeerEndpoint = new Endpoint("other", 1) }, IsLost: true), "n2 is a member already, at host2:7000; a node that joins needs an id of its own."),
        (new TopologyChange.Reweigh(Moving.Id(9), 2), "n9 is no member; the members are n1 n2 n3 n4."),
        (new TopologyChange.Reweigh(Moving.Id(1), 1001), "The weight of n1 is 1001; it must be 1 to 1000."),
        (new TopologyChange.Rezone(Moving.Id(1), "a b"), "The zone of n1, \"a b\", must be 1 to 64 letters, digits, '-', '.' or '_'."),
        (new TopologyChange.Readdress(Moving.Id(1), new Endpoint("host2", 7000), null, null), "n1 and n2 both use host2:7000."),
        (new TopologyChange.SetPolicies([new PolicyRule("a", ConflictPolicy.Siblings), new PolicyRule("a", ConflictPolicy.LastWriteWins)]), "The prefix \"a\" has more than one conflict policy."));

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_be_says_why(TopologyChange change, string reason) => Assert.Equal(reason, Four.Refusal(change));

    [Fact]
    public void Everything_that_is_against_a_change_is_said() => Assert.Equal(
        "n8 is no member; the members are n1 n2 n3 n4. n9 is no member; the members are n1 n2 n3 n4.",
        Four.Refusal(new TopologyChange.Leave(Moving.Id(8)), new TopologyChange.Reweigh(Moving.Id(9), 2)));

    [Fact]
    public void One_is_not_replaced_by_two() => Assert.Equal(
        "n1 cannot be replaced by n8 and by n9.",
        Four.Refusal(new TopologyChange.Replace(Moving.Id(1), Moving.Newcomer(8), IsLost: false), new TopologyChange.Replace(Moving.Id(1), Moving.Newcomer(9), IsLost: false)));

    [Fact]
    public void An_id_that_was_removed_does_not_return()
    {
        var next = Four.After(new TopologyChange.Remove(Moving.Id(4)));
        Assert.Equal("n4 was removed from the cluster with document 2, and an id never returns; it can join as a new node, with an empty data directory.", next.Refusal(new TopologyChange.Join(Clusters.Member(4))));
        Assert.Equal("n4 was removed from the cluster with document 2.", next.Refusal(new TopologyChange.Stay(Moving.Id(4))));
    }

    [Fact]
    public void An_id_that_has_left_does_not_return()
    {
        var next = Four.After(new TopologyChange.Leave(Moving.Id(4))).Finish();
        Assert.StartsWith($"n4 left the cluster with document {next.Epoch.Number}, and an id never returns;", next.Refusal(new TopologyChange.Join(Clusters.Member(4))), StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_members_than_copies_are_refused()
    {
        const string Reason = "That would leave 2 members for 3 copies of everything. Let another join, or replace one by another in the same change.";
        Assert.Equal(Reason, Three.Refusal(new TopologyChange.Leave(Moving.Id(1))));
        Assert.Equal(Reason, Three.Refusal(new TopologyChange.Remove(Moving.Id(1))));
    }

    [Fact]
    public void A_cluster_that_has_fewer_members_than_copies_may_have_fewer_yet()
    {
        var two = Clusters.Topology(Clusters.Of(2)).After(new TopologyChange.Leave(Moving.Id(1))).Finish();
        Assert.All(Clusters.Slots(), slot => Assert.Equal([Moving.Id(2)], two.OwnersOf(slot)));
    }

    [Fact]
    public void One_may_leave_in_the_same_change_in_which_another_joins() =>
        Assert.Equal(3, Three.After(new TopologyChange.Leave(Moving.Id(1)), new TopologyChange.Join(Moving.Newcomer(4))).Finish().Members.Length);

    [Fact]
    public void The_last_member_cannot_leave() =>
        Assert.StartsWith("That would leave nobody to own anything.", Clusters.Topology(Clusters.Of(1)).Refusal(new TopologyChange.Leave(Moving.Id(1))), StringComparison.Ordinal);

    [Fact]
    public void Who_is_leaving_does_not_count_as_a_member_left() =>
        Assert.StartsWith("That would leave 2 members", Four.After(new TopologyChange.Leave(Moving.Id(1))).Refusal(new TopologyChange.Leave(Moving.Id(2))), StringComparison.Ordinal);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_zone_is_not_given_up_needlessly(int last)
    {
        TopologyChange[] change = last == 5 ? [new TopologyChange.Leave(Moving.Id(5))] : [new TopologyChange.Leave(Moving.Id(3)), new TopologyChange.Rezone(Moving.Id(4), "a")];
        Assert.Equal(
            "Up to 2 of 3 copies of a slot would be in one zone, where now it is 1: 2 zones would be left of 3. Let a member join in another zone first, or say that zones may be crowded.",
            Zoned.Refusal(change));
        Assert.Equal(2, Zoned.After(ChangeConsent.CrowdedZones, change).Finish().Members.ToArray().Select(member => member.Zone).Distinct().Count());
    }

    [Fact]
    public void A_zone_that_is_lost_is_given_up() => Assert.Equal(4, Zoned.After(new TopologyChange.Remove(Moving.Id(5))).Members.Length);

    [Fact]
    public void Replacing_into_another_zone_may_crowd_it_too() =>
        Assert.StartsWith("Up to 2 of 3 copies", Zoned.Refusal(new TopologyChange.Replace(Moving.Id(5), Clusters.Member(6, "a"), IsLost: false)), StringComparison.Ordinal);

    [Fact]
    public void More_copies_may_need_more_in_one_zone() => Assert.Equal(2, Clusters.Topology(Clusters.Of(1)).After(new TopologyChange.Join(Clusters.Member(2, "z1"))).Members.Length);

    [Fact]
    public void A_majority_is_not_removed_at_once()
    {
        TopologyChange[] changes = [.. Enumerable.Range(1, 4).Select(id => new TopologyChange.Remove(Moving.Id(id)))];
        Assert.StartsWith("That would give up 4 of 7 members at once, a majority", Clusters.Topology(Clusters.Of(7)).Refusal(changes), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_owners_of_one_slot_are_not_removed_until_the_first_is_made_up_for()
    {
        var five = Clusters.Topology(Clusters.Of(6));
        Assert.Contains("acknowledged writes could be lost", five.Refusal(new TopologyChange.Remove(Moving.Id(1)), new TopologyChange.Remove(Moving.Id(2))), StringComparison.Ordinal);
        var one = five.After(new TopologyChange.Remove(Moving.Id(1)));
        Assert.Contains("acknowledged writes could be lost", one.Refusal(new TopologyChange.Remove(Moving.Id(2))), StringComparison.Ordinal);
        Assert.Equal(4, one.Finish().After(new TopologyChange.Remove(Moving.Id(2))).Members.Length);
    }

    [Fact]
    public void With_consent_two_owners_of_one_slot_are_removed_though_writes_may_be_lost()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(ChangeConsent.LostWrites | ChangeConsent.StoppedForGood, new TopologyChange.Remove(Moving.Id(1)), new TopologyChange.Remove(Moving.Id(2)));
        Assert.Equal(4, next.Finish().Owners.Nodes.Length);
    }

    [Fact]
    public void Who_alone_has_slots_is_never_removed()
    {
        var single = Topology.Found(Clusters.Id, Clusters.Of(3), new Quorums(1, 1, 1), []);
        Assert.Matches("^Nobody else has 546[12] slots of theirs\\.", single.Refusal(ChangeConsent.LostWrites | ChangeConsent.StoppedForGood, new TopologyChange.Remove(Moving.Id(1))));
    }

    [Fact]
    public void Who_would_have_been_alone_with_slots_that_it_does_not_know_yet_may_be_removed()
    {
        var single = Topology.Found(Clusters.Id, Clusters.Of(3), new Quorums(1, 1, 1), []).After(new TopologyChange.Join(Moving.Newcomer(4)));
        single = single.Step(single.Nothing())!;
        Assert.NotEqual(0, single.MovingCount);
        Assert.True(single.After(new TopologyChange.Remove(Moving.Id(4))).IsSettled);
        single = single.Step(single.AllDone() with { Acknowledged = new Dictionary<Toystore.Core.NodeId, ulong>() })!;
        Assert.StartsWith("Nobody else has", single.Refusal(new TopologyChange.Remove(Moving.Id(4))), StringComparison.Ordinal);
    }

    [Fact]
    public void With_W_1_only_consent_to_losing_writes_removes_a_member()
    {
        var topology = Topology.Found(Clusters.Id, Clusters.Of(4), new Quorums(3, 3, 1), []);
        Assert.Contains("say that writes may be lost", topology.Refusal(ChangeConsent.StoppedForGood, new TopologyChange.Remove(Moving.Id(1))), StringComparison.Ordinal);
        Assert.Equal(3, topology.After(ChangeConsent.LostWrites, new TopologyChange.Remove(Moving.Id(1))).Members.Length);
    }

    [Fact]
    public void With_R_1_only_who_certainly_runs_no_more_is_removed()
    {
        var topology = Topology.Found(Clusters.Id, Clusters.Of(4), new Quorums(3, 1, 3), []);
        Assert.Equal(
            "Of 12288 slots, those removed could go on answering reads for whoever has not heard of it. Make sure that they run no more, and say so.",
            topology.Refusal(ChangeConsent.LostWrites, new TopologyChange.Remove(Moving.Id(1))));
        var next = topology.After(ChangeConsent.StoppedForGood, new TopologyChange.Remove(Moving.Id(1)));
        Assert.Equal(MemberExit.Stopped, next.FormerMember(Moving.Id(1))!.Value.Exit);
        Assert.True(next.Finish().IsSettled);
    }
}
