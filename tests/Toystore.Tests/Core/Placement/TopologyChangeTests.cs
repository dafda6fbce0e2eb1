using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class TopologyChangeTests
{
    private static readonly Topology Four = Clusters.Topology(Clusters.Of(4));

    [Fact]
    public void A_founded_cluster_is_settled_since_its_first_document()
    {
        Assert.True(Four.IsSettled);
        Assert.All(Clusters.Slots(), slot => Assert.Equal((1UL, 1UL, MoveStage.Settled), (Four.SinceOf(slot), Four.BegunOf(slot, Four.OwnersOf(slot)[2]), Four.StageOf(slot))));
        Assert.Equal((1UL, 0UL), (Four.SinceOf(new NodeId(4)), Four.SinceOf(new NodeId(5))));
    }

    [Fact]
    public void Who_joins_is_a_member_at_once_and_owns_nothing_yet()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        Assert.Equal((5, 2UL, MemberPhase.Present), (next.Members.Length, next.SinceOf(Moving.Id(5)), next.Member(Moving.Id(5))!.Phase));
        Assert.True(new Ring(next).SlotsOf(Moving.Id(5)).IsEmpty);
        Assert.Equal((0, 16384 * 3 / 5), (next.MovingCount, Clusters.Slots().Count(slot => next.GoalOf(slot).Contains(Moving.Id(5)))));
    }

    [Fact]
    public void Several_who_join_in_one_change_are_one_plan()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)), new TopologyChange.Join(Moving.Newcomer(6)));
        Assert.Equal((2UL, 16384), (next.Epoch.Number, MovePlan.Of(Four, next).Moved));
    }

    [Fact]
    public void Who_leaves_stays_an_owner_until_others_have_its_slots()
    {
        var next = Four.After(new TopologyChange.Leave(Moving.Id(2)));
        Assert.Equal((MemberPhase.Leaving, 2UL), (next.Member(Moving.Id(2))!.Phase, next.SinceOf(Moving.Id(2))));
        Assert.Equal(new Ring(Four).SlotsOf(Moving.Id(2)).ToArray(), new Ring(next).SlotsOf(Moving.Id(2)).ToArray());
        Assert.DoesNotContain(Clusters.Slots(), slot => next.WantedOf(slot).Contains(Moving.Id(2)));
    }

    [Fact]
    public void Who_leaves_and_stays_after_all_keeps_what_it_has()
    {
        var next = Four.After(new TopologyChange.Leave(Moving.Id(2))).After(new TopologyChange.Stay(Moving.Id(2)));
        Assert.True(next.IsSettled);
        Assert.Equal(3UL, next.SinceOf(Moving.Id(2)));
    }

    [Fact]
    public void Moves_away_from_who_stays_after_all_are_called_off_but_for_those_in_stage_2()
    {
        var leaving = Four.After(new TopologyChange.Leave(Moving.Id(2)));
        leaving = leaving.Step(leaving.AllDone(), new MoveLimits(60, 60))!;
        leaving = leaving.Step(leaving.AllDone() with { Acknowledged = new Dictionary<NodeId, ulong>() }, new MoveLimits(120, 120))!;
        Assert.Equal((60, 60), (leaving.SlotsIn(MoveStage.ReadNew).Length, leaving.SlotsIn(MoveStage.ReadOld).Length));
        var staying = leaving.After(new TopologyChange.Stay(Moving.Id(2)));
        Assert.Equal(leaving.SlotsIn(MoveStage.ReadNew), staying.SlotsIn(MoveStage.ReadNew));
        Assert.Empty(staying.SlotsIn(MoveStage.ReadOld));
        Assert.InRange(MovePlan.Of(leaving, staying).Moved, 0, 60);
    }

    [Fact]
    public void Owners_go_on_naming_who_was_removed_until_their_slots_have_moved()
    {
        var next = Clusters.Topology(Clusters.Of(5)).After(new TopologyChange.Remove(Moving.Id(2)));
        Assert.Null(next.Member(Moving.Id(2)));
        Assert.Equal(new FormerMember(Moving.Id(2), 2, MemberExit.Removed), next.FormerMember(Moving.Id(2)));
        Assert.Contains(Clusters.Slots(), slot => next.OwnersOf(slot).Contains(Moving.Id(2)) && next.SinceOf(slot) == 1);
        var after = next.Finish();
        Assert.DoesNotContain(Clusters.Slots(), slot => after.OwnersOf(slot).Contains(Moving.Id(2)));
        Assert.Equal(4, after.Owners.Nodes.Length);
        Assert.Equal(new FormerMember(Moving.Id(2), 2, MemberExit.Removed), after.FormerMember(Moving.Id(2)));
    }

    [Fact]
    public void Who_replaces_another_takes_exactly_its_places()
    {
        var next = Four.After(new TopologyChange.Replace(Moving.Id(2), Moving.Newcomer(9), IsLost: false)).Finish();
        Assert.All(Clusters.Slots(), slot => Assert.Equal(Four.OwnersOf(slot).Select(id => id == Moving.Id(2) ? Moving.Id(9) : id), next.OwnersOf(slot)));
    }

    [Fact]
    public void Two_who_replace_two_others_take_each_its_own_places()
    {
        var six = Clusters.Topology(Clusters.Of(6));
        var next = six.After(new TopologyChange.Replace(Moving.Id(2), Moving.Newcomer(9), IsLost: false), new TopologyChange.Replace(Moving.Id(1), Moving.Newcomer(8), IsLost: false));
        Assert.All(Clusters.Slots(), slot => Assert.Equal(six.OwnersOf(slot).Select(id => id.Value <= 2 ? Moving.Id((int)id.Value + 7) : id), next.WantedOf(slot)));
    }

    [Fact]
    public void Who_replaces_a_lost_one_takes_its_places_too()
    {
        var next = Four.After(new TopologyChange.Replace(Moving.Id(2), Moving.Newcomer(9), IsLost: true));
        Assert.Equal(MemberExit.Removed, next.FormerMember(Moving.Id(2))!.Value.Exit);
        Assert.All(Clusters.Slots(), slot => Assert.Equal(Four.OwnersOf(slot).Select(id => id == Moving.Id(2) ? Moving.Id(9) : id), next.WantedOf(slot)));
    }

    [Fact]
    public void Twice_the_weight_comes_to_own_twice_as_much()
    {
        var next = Clusters.Topology(Clusters.Of(10)).After(new TopologyChange.Reweigh(Moving.Id(3), 2)).Finish();
        Assert.InRange(next.Owners.Loads()[Moving.Id(3)] / (double)next.Owners.Loads()[Moving.Id(4)], 1.98, 2.02);
    }

    [Fact]
    public void Another_zone_moves_copies_apart()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Rezone(Moving.Id(1), "b"), new TopologyChange.Rezone(Moving.Id(2), "c")).Finish();
        AllocatorTests.AssertSpread(next.Members.ToArray(), next.Owners, copies: 3);
    }

    [Fact]
    public void Another_address_moves_nothing()
    {
        var next = Four.After(new TopologyChange.Readdress(Moving.Id(1), new Endpoint("elsewhere", 1), new Endpoint("elsewhere", 2), null));
        Assert.True(next.IsSettled);
        Assert.Equal((new Endpoint("elsewhere", 1), new Endpoint("elsewhere", 2)), (next.Members[0].PeerEndpoint, next.Members[0].HttpEndpoint!.Value));
    }

    [Fact]
    public void Other_policies_move_nothing()
    {
        var next = Four.After(new TopologyChange.SetPolicies([new PolicyRule("a", ConflictPolicy.LastWriteWins)]));
        Assert.True(next.IsSettled);
        Assert.Equal(1, next.Policies.Rules.Length);
    }

    [Fact]
    public void A_cluster_grows_from_one_to_three_by_the_same_moves()
    {
        var one = Clusters.Topology(Clusters.Of(1));
        var two = one.After(new TopologyChange.Join(Moving.Newcomer(2))).Finish(Moving.NoLimits, out var movedToTwo);
        var three = two.After(new TopologyChange.Join(Moving.Newcomer(3))).Finish(Moving.NoLimits, out var movedToThree);
        Assert.Equal((Slot.Count, Slot.Count), (movedToTwo, movedToThree));
        Assert.All(Clusters.Slots(), slot => Assert.Equal((2, 3), (two.OwnersOf(slot).Length, three.OwnersOf(slot).Length)));
    }

    public static TheoryData<TopologyChange> Done() => new((TopologyChange[])[
        new TopologyChange.Join(Moving.Newcomer(5)),
        new TopologyChange.Join(Clusters.Member(5, "z1", 7)),
        new TopologyChange.Leave(Moving.Id(2)),
        new TopologyChange.Leave(Moving.Id(3)),
        new TopologyChange.Stay(Moving.Id(1)),
        new TopologyChange.Remove(Moving.Id(3)),
        new TopologyChange.Replace(Moving.Id(3), Moving.Newcomer(6), IsLost: true),
        new TopologyChange.Replace(Moving.Id(2), Moving.Newcomer(6), IsLost: false),
        new TopologyChange.Reweigh(Moving.Id(1), 1),
        new TopologyChange.Rezone(Moving.Id(1), "z1"),
        new TopologyChange.Readdress(Moving.Id(1), new Endpoint("host1", 7000), null, null),
        new TopologyChange.SetPolicies([])]);

    [Theory]
    [MemberData(nameof(Done))]
    public void What_is_in_already_changes_nothing(TopologyChange change)
    {
        var topology = Clusters.Topology([.. Clusters.Of(4).Select(member => member with { Zone = "z1" }), Clusters.Member(5, "z1")])
            .After(new TopologyChange.Replace(Moving.Id(3), Clusters.Member(6, "z1"), IsLost: true), new TopologyChange.Leave(Moving.Id(2)));
        Assert.Same(ChangeOutcome.InAlready.Instance, topology.Change([change]));
    }

    [Fact]
    public void What_is_in_already_is_passed_over_among_others()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(4)), new TopologyChange.Join(Moving.Newcomer(5)));
        Assert.Equal(5, next.Members.Length);
    }

    [Fact]
    public void A_change_while_slots_move_thinks_over_only_what_has_not_begun()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        next = next.Step(next.AllDone(), new MoveLimits(200, 200))!;
        var begun = next.SlotsIn(MoveStage.ReadOld);
        var changed = next.After(new TopologyChange.Join(Moving.Newcomer(6)));
        Assert.Equal(200, begun.Length);
        Assert.Equal(begun, changed.SlotsIn(MoveStage.ReadOld));
        Assert.Equal(16384 - 200, MovePlan.Of(next, changed).Moved);
    }

    [Fact]
    public void A_move_in_stage_1_whose_gaining_owner_leaves_is_called_off()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        next = next.Step(next.AllDone())!.After(new TopologyChange.Leave(Moving.Id(5)));
        Assert.Equal((0, 0), (next.MovingCount, next.PendingCount));
        Assert.All(Clusters.Slots(), slot => Assert.True(next.OwnersOf(slot).ToHashSet().SetEquals(Four.OwnersOf(slot))));
    }

    [Fact]
    public void A_move_in_stage_1_whose_gaining_owner_is_removed_is_called_off()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        next = next.Step(next.AllDone())!.After(new TopologyChange.Remove(Moving.Id(5)));
        Assert.Equal((0, 0), (next.MovingCount, next.PendingCount));
        Assert.Equal(4, next.Owners.Nodes.Length);
    }

    [Fact]
    public void A_move_in_stage_2_goes_on_though_its_gaining_owner_is_removed()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        next = next.Step(next.AllDone())!;
        next = next.Step(next.AllDone() with { Acknowledged = new Dictionary<NodeId, ulong>() })!;
        var moving = next.SlotsIn(MoveStage.ReadNew);
        next = next.After(new TopologyChange.Remove(Moving.Id(5)));
        Assert.Equal(moving, next.SlotsIn(MoveStage.ReadNew));
        Assert.All(moving, slot => Assert.Contains(Moving.Id(5), next.GainingOf(slot)));
        next = next.Finish();
        Assert.Equal(4, next.Owners.Nodes.Length);
    }

    [Fact]
    public void Who_gains_goes_on_being_wanted_where_one_that_was_to_stay_is_removed()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Join(Moving.Newcomer(7)));
        next = next.Step(next.AllDone())!;
        var hit = next.SlotsIn(MoveStage.ReadOld).Where(slot => next.GainingOf(slot).Contains(Moving.Id(1))).ToArray();
        var removed = next.After(new TopologyChange.Remove(Moving.Id(1)));
        Assert.NotEmpty(hit);
        Assert.All(hit, slot => Assert.Equal(MoveStage.Settled, removed.StageOf(slot)));
        Assert.All(hit, slot => Assert.Contains(Moving.Id(7), removed.WantedOf(slot)));
    }

    [Fact]
    public void The_last_thousand_former_members_are_remembered_and_those_that_owners_name()
    {
        FormerMember[] former = [.. Enumerable.Range(1, Topology.FormerMax + 5).Select(i => new FormerMember(new NodeId((ulong)i), (ulong)i / 3 + 2, MemberExit.Left))];
        var remembered = MemberEdit.Remembered(former.Reverse(), [new NodeId(2)]);
        Assert.Equal([former[1], .. former[5..]], remembered);
    }

    [Fact]
    public void A_forced_document_is_the_next_of_another_lineage()
    {
        var forced = Four.Forced(99);
        Assert.Equal(new Epoch(99, 2), forced.Epoch);
        Assert.Throws<ArgumentException>(() => forced.Forced(99));
        Assert.Equal(new Epoch(99, 3), forced.Next().Epoch);
    }

    [Fact]
    public void Settings_of_another_document_leave_moves_as_they_are()
    {
        var moving = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        moving = moving.Step(moving.Nothing())!;
        var others = Topology.Found(
            Clusters.Id, [.. moving.Members.ToArray().Select(member => member with { HttpEndpoint = new Endpoint($"web-{member.Id}", 80), Weight = 9, Zone = "elsewhere" })], new Quorums(3, 1, 3), [new PolicyRule("a", ConflictPolicy.LastWriteWins)]);

        var next = moving.WithSettingsOf(others);

        Assert.Equal((moving.Epoch.Number + 1, moving.MovingCount), (next.Epoch.Number, next.MovingCount));
        Assert.Equal((new Quorums(3, 1, 3), ConflictPolicy.LastWriteWins), (next.Quorums, next.PolicyFor(Key.From("a"))));
        Assert.All(next.Members.ToArray(), member => Assert.Equal((new Endpoint($"web-{member.Id}", 80), 1, moving.Member(member.Id)!.Zone), (member.HttpEndpoint, member.Weight, member.Zone)));
        Assert.All(Clusters.Slots(), slot => Assert.Equal((moving.SinceOf(slot), moving.StageOf(slot)), (next.SinceOf(slot), next.StageOf(slot))));
    }

    [Fact]
    public void Settings_of_other_members_are_not_taken() =>
        Assert.Throws<ArgumentException>(() => Four.WithSettingsOf(Clusters.Topology(Clusters.Of(3))));
}
