using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class ProgressTests
{
    private static readonly Topology Joining = Clusters.Topology(Clusters.Of(4)).After(new TopologyChange.Join(Moving.Newcomer(5)));
    private static readonly Topology StageOne = Joining.Step(Joining.Nothing())!;
    private static readonly Topology StageTwo = StageOne.Step(StageOne.AllDone())!;

    [Fact]
    public void Moves_begin_without_anybody_saying_anything()
    {
        Assert.Equal((9830, 0), (StageOne.SlotsIn(MoveStage.ReadOld).Length, StageOne.PendingCount));
        Assert.All(StageOne.SlotsIn(MoveStage.ReadOld), slot => Assert.Equal((3UL, 3UL, 1UL), (StageOne.SinceOf(slot), StageOne.BegunOf(slot, Moving.Id(5)), StageOne.BegunOf(slot, StageOne.OwnersOf(slot)[0]))));
    }

    [Fact]
    public void Nothing_happens_while_nobody_says_anything()
    {
        Assert.Null(StageOne.Step(StageOne.Nothing()));
        Assert.Null(StageTwo.Step(StageTwo.Nothing()));
    }

    [Fact]
    public void No_more_slots_move_than_may_in_all() => Assert.Equal(100, Joining.Step(Joining.Nothing(), new MoveLimits(1000, 100))!.MovingCount);

    [Fact]
    public void No_member_takes_part_in_more_moves_than_it_may()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Leave(Moving.Id(6)));
        var limits = new MoveLimits(50, Slot.Count);
        next = next.Step(next.Nothing(), limits)!;
        var ring = new Ring(next);
        Assert.Equal(50, ring.SlotsLostBy(Moving.Id(6)).Length);
        Assert.All(next.Members.ToArray(), member => Assert.InRange(ring.SlotsGainedBy(member.Id).Length + ring.SlotsLostBy(member.Id).Length, 0, 50));
        Assert.Null(next.Step(next.Nothing(), limits));
    }

    [Fact]
    public void Who_is_removed_has_no_limit_to_what_it_loses()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Remove(Moving.Id(6)));
        Assert.InRange(next.Step(next.Nothing(), new MoveLimits(50, Slot.Count))!.MovingCount, 200, 250);
    }

    [Fact]
    public void Moves_that_are_settled_make_room_for_the_next()
    {
        var limits = new MoveLimits(1000, 300);
        var next = Joining.Step(Joining.Nothing(), limits)!;
        next = next.Step(next.AllDone(), limits)!;
        Assert.Equal((300, 0), (next.SlotsIn(MoveStage.ReadNew).Length, next.SlotsIn(MoveStage.ReadOld).Length));
        next = next.Step(next.AllDone(), limits)!;
        Assert.Equal((0, 300), (next.SlotsIn(MoveStage.ReadNew).Length, next.SlotsIn(MoveStage.ReadOld).Length));
    }

    [Fact]
    public void Slots_that_have_lost_a_copy_move_first()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Join(Moving.Newcomer(7)), new TopologyChange.Join(Moving.Newcomer(8)), new TopologyChange.Remove(Moving.Id(6)));
        Assert.Contains(Clusters.Slots().Take(2000), slot => next.GoalOf(slot).Length > 0 && !next.OwnersOf(slot).Contains(Moving.Id(6)));
        next = next.Step(next.Nothing(), new MoveLimits(10_000, 2000))!;
        Assert.All(next.SlotsIn(MoveStage.ReadOld), slot => Assert.Contains(Moving.Id(6), next.OwnersOf(slot)));
    }

    [Fact]
    public void No_move_begins_towards_who_is_away()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Remove(Moving.Id(6)));
        next = next.Step(next.Nothing() with { Away = new HashSet<NodeId> { Moving.Id(1) } })!;
        Assert.True(new Ring(next).SlotsGainedBy(Moving.Id(1)).IsEmpty);
        Assert.NotEqual(0, next.MovingCount);
        Assert.Equal(0, next.Step(next.Nothing())!.PendingCount);
    }

    [Fact]
    public void Only_slots_that_the_gaining_owner_knows_go_on_to_stage_2()
    {
        var known = StageOne.SlotsIn(MoveStage.ReadOld).Take(7).ToArray();
        var next = StageOne.Step(StageOne.Nothing() with { Knowing = Known(5, known) })!;
        Assert.Equal(known, next.SlotsIn(MoveStage.ReadNew));
    }

    [Fact]
    public void What_others_than_the_gaining_owner_know_does_not_matter() => Assert.Null(StageOne.Step(StageOne.Nothing() with { Knowing = Known(1, [.. Clusters.Slots()]) }));

    [Fact]
    public void What_was_said_before_the_slot_changed_does_not_count()
    {
        var facts = StageOne.AllDone() with { AsOf = Joining.Epoch, Acknowledged = new Dictionary<NodeId, ulong>() };
        Assert.Null(StageOne.Step(facts));
    }

    [Fact]
    public void What_was_said_before_other_slots_changed_counts()
    {
        var first = Joining.Step(Joining.Nothing(), new MoveLimits(10, 10))!;
        var second = first.Step(first.Nothing(), new MoveLimits(20, 20))!;
        Assert.Equal(first.SlotsIn(MoveStage.ReadOld), second.Step(first.AllDone(), new MoveLimits(20, 20))!.SlotsIn(MoveStage.ReadNew));
    }

    [Fact]
    public void What_was_said_in_another_lineage_does_not_count()
    {
        Assert.Null(StageOne.Forced(77).Advance(StageOne.AllDone(), Moving.NoLimits));
        Assert.Null(StageTwo.Forced(77).Advance(StageTwo.AllDone(), Moving.NoLimits));
    }

    [Theory] // N = 3, R = 2: two old owners
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void A_slot_is_settled_when_as_many_old_owners_as_every_read_asks_one_of_have_acknowledged_stage_2(int heard, bool isSettled)
    {
        var slot = StageTwo.SlotsIn(MoveStage.ReadNew)[0];
        var next = StageTwo.Step(StageTwo.Nothing() with { Acknowledged = StageTwo.OwnersOf(slot).Take(heard).ToDictionary(id => id, _ => StageTwo.Epoch.Number) });
        Assert.Equal(isSettled, next is not null && next.StageOf(slot) == MoveStage.Settled);
    }

    [Fact]
    public void Who_has_acknowledged_only_stage_1_has_not_heard_of_stage_2() =>
        Assert.Null(StageTwo.Step(StageTwo.Nothing() with { Acknowledged = StageTwo.Members.ToArray().ToDictionary(member => member.Id, _ => StageOne.Epoch.Number) }));

    [Fact]
    public void Who_was_removed_counts_as_one_that_has_heard_only_if_it_certainly_runs_no_more()
    {
        Assert.Equal((true, false), (IsSettledBy(ChangeConsent.StoppedForGood), IsSettledBy(ChangeConsent.None)));

        static bool IsSettledBy(ChangeConsent consent)
        {
            var next = StageTwo.After(consent, new TopologyChange.Remove(Moving.Id(1)));
            var slot = next.SlotsIn(MoveStage.ReadNew).First(slot => next.OwnersOf(slot).Contains(Moving.Id(1)));
            var other = next.OwnersOf(slot).First(id => id != Moving.Id(1));
            return next.Step(next.Nothing() with { Acknowledged = new Dictionary<NodeId, ulong> { [other] = next.Epoch.Number } }, new MoveLimits(1, 1)) is { } after && after.StageOf(slot) == MoveStage.Settled;
        }
    }

    [Theory] // W of the old and of the new owners; owners gained and lost (docs/decisions/0011, rule 7)
    [InlineData("1 2 3", "1 2 4", 3, 2, 2, false)]
    [InlineData("1 2 3", "1 4 5", 3, 2, 2, false)]
    [InlineData("1 2 3", "4 5 6", 3, 2, 2, false)]
    [InlineData("1 2", "1 2 3", 3, 2, 2, false)]
    [InlineData("1", "1 2", 3, 2, 2, false)]
    [InlineData("1 2 3", "1 2", 3, 2, 2, true)]
    [InlineData("1 2", "1", 3, 2, 2, false)]
    [InlineData("1 2", "1 2 3", 3, 1, 3, false)]
    [InlineData("1 2", "2 3 4", 3, 1, 3, false)]
    [InlineData("1 2 3", "2 3", 3, 3, 1, true)]
    [InlineData("1 2 3 4 5", "1 2 3", 5, 3, 3, true)]
    [InlineData("1 2 3 4", "1 2 3 4 5", 5, 1, 5, true)]
    public void Owners_that_stay_must_merge_where_old_writes_would_be_with_fewer_than_W_of_the_new(string from, string to, int n, int r, int w, bool mustMerge) =>
        Assert.Equal(mustMerge, MoveRules.StayersMerge<int>(Ids(from), Ids(to), new Quorums(n, r, w)));

    [Fact]
    public void A_slot_that_gets_fewer_owners_waits_for_those_that_stay()
    {
        var three = Topology.Found(Clusters.Id, Clusters.Of(3), new Quorums(5, 3, 3), []).After(new TopologyChange.Leave(Moving.Id(3)));
        three = three.Step(three.Nothing())!;
        Assert.True(new Ring(three).Placement(new Slot(5)).StayersMerge);
        var one = Known(1, [.. Clusters.Slots()]);
        Assert.Null(three.Step(three.Nothing() with { Knowing = one, Merged = one }));
        var next = three.Step(three.Nothing() with { Merged = new Dictionary<NodeId, SlotSet> { [Moving.Id(1)] = SlotSet.All(), [Moving.Id(2)] = new([new Slot(5)]) } });
        Assert.Equal([new Slot(5)], next!.SlotsIn(MoveStage.ReadNew));
    }

    [Fact]
    public void Who_has_left_drops_out_when_it_says_that_it_has_nothing_left()
    {
        var next = Clusters.Topology(Clusters.Of(4)).After(new TopologyChange.Leave(Moving.Id(4)));
        var nobody = new HashSet<NodeId>();
        while (next.Step(next.AllDone() with { Emptied = nobody }) is { } after)
        {
            next = after;
        }

        Assert.Equal((4, true), (next.Members.Length, next.IsSettled));
        Assert.Null(next.Step(next.Nothing() with { AsOf = next.Epoch with { Number = 1 }, Emptied = new HashSet<NodeId> { Moving.Id(4) } }));
        next = next.Step(next.Nothing() with { Emptied = new HashSet<NodeId> { Moving.Id(1), Moving.Id(4) } })!;
        Assert.Equal((3, MemberExit.Left), (next.Members.Length, next.FormerMember(Moving.Id(4))!.Value.Exit));
    }

    [Fact]
    public void Who_still_owns_something_does_not_drop_out()
    {
        var next = Clusters.Topology(Clusters.Of(4)).After(new TopologyChange.Leave(Moving.Id(4)));
        next = next.Step(next.Nothing() with { Emptied = new HashSet<NodeId> { Moving.Id(4) } })!;
        Assert.Equal(4, next.Members.Length);
    }

    [Fact]
    public void A_move_that_leads_away_from_a_new_goal_is_called_off_and_begun_towards_it()
    {
        var next = Clusters.Topology(Clusters.Of(4)).After(new TopologyChange.Join(Moving.Newcomer(5)));
        next = next.Step(next.Nothing())!.After(new TopologyChange.Reweigh(Moving.Id(1), 6));
        var elsewhere = next.SlotsIn(MoveStage.ReadOld).Where(slot => next.GoalOf(slot).Length > 0 && !next.GoalOf(slot).Contains(Moving.Id(5))).ToArray();
        Assert.NotEmpty(elsewhere);
        var after = next.Step(next.Nothing())!;
        Assert.All(elsewhere, slot => Assert.DoesNotContain(Moving.Id(5), after.HoldersOf(slot)));
    }

    [Fact]
    public void A_move_from_owners_that_are_the_goal_again_is_called_off_and_that_is_all()
    {
        var next = Clusters.Topology(Clusters.Of(4)).After(new TopologyChange.Join(Moving.Newcomer(5, weight: 4)));
        next = next.Step(next.Nothing())!.After(new TopologyChange.Reweigh(Moving.Id(5), 1));
        var back = next.SlotsIn(MoveStage.ReadOld).Where(slot => next.GoalOf(slot).SequenceEqual(next.OwnersOf(slot))).ToArray();
        Assert.NotEmpty(back);
        var after = next.Step(next.Nothing())!;
        Assert.All(back, slot => Assert.Equal((MoveStage.Settled, 0), (after.StageOf(slot), after.GoalOf(slot).Length)));
    }

    private static int[] Ids(string text) => [.. text.Split(' ').Select(int.Parse)];

    private static Dictionary<NodeId, SlotSet> Known(int id, params Slot[] slots) => new() { [Moving.Id(id)] = new SlotSet(slots) };
}
