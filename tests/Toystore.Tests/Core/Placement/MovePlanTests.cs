using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class MovePlanTests
{
    private static readonly Topology Four = Clusters.Topology(Clusters.Of(4));

    [Fact]
    public void Nothing_is_planned_for_a_settled_cluster()
    {
        var plan = MovePlan.Of(Four, Four);
        Assert.Equal((0, 0, 0, 0L), (plan.Slots, plan.Moved, plan.LeastPossible, plan.Bytes));
        Assert.All(plan.Members, member => Assert.Equal((12_288, 12_288, 0, 0), (member.CopiesNow, member.CopiesThen, member.Gained, member.Lost)));
    }

    [Fact]
    public void Who_joins_gains_its_share_from_the_others()
    {
        var plan = MovePlan.Of(Four, Four.After(new TopologyChange.Join(Moving.Newcomer(5))));
        Assert.Equal((9830, 9830, 9830), (plan.Slots, plan.Moved, plan.LeastPossible));
        Assert.Equal((Moving.Id(5), 0, 9830, 9830), (plan.Members[4].Id, plan.Members[4].CopiesNow, plan.Members[4].CopiesThen, plan.Members[4].Gained));
        Assert.Equal(9830, plan.Members.Sum(member => member.Lost));
    }

    [Fact]
    public void Bytes_are_those_of_the_slots_that_move()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)));
        var bytes = Enumerable.Range(0, Slot.Count).Select(slot => (long)slot).ToArray();
        var plan = MovePlan.Of(Four, next, bytes);
        var expected = Clusters.Slots().Where(slot => next.GoalOf(slot).Contains(Moving.Id(5))).Sum(slot => slot.Index);
        Assert.Equal((expected, expected), (plan.Bytes, plan.Members[4].BytesGained));
        Assert.Equal(expected, plan.Members.Sum(member => member.BytesLost));
    }

    [Fact]
    public void Bytes_of_fewer_slots_are_refused() => Assert.Throws<ArgumentException>(() => MovePlan.Of(Four, Four, new long[3]));

    [Fact]
    public void Slots_of_who_was_removed_have_a_copy_less_until_they_have_moved()
    {
        var next = Four.After(new TopologyChange.Remove(Moving.Id(1)));
        var plan = MovePlan.Of(Four, next);
        Assert.Equal((12_288, 12_288, 0), (plan.FewerThanN, plan.Moved, plan.FewerThanW));
        Assert.Equal((Moving.Id(1), 12_288, 0), (plan.Members[0].Id, plan.Members[0].Lost, plan.Members[0].CopiesThen));
        Assert.Equal(0, MovePlan.Of(next, next.Finish()).FewerThanN);
    }

    [Fact]
    public void Slots_that_have_lost_too_many_for_W_are_counted()
    {
        var next = Clusters.Topology(Clusters.Of(6)).After(ChangeConsent.LostWrites | ChangeConsent.StoppedForGood, new TopologyChange.Remove(Moving.Id(1)), new TopologyChange.Remove(Moving.Id(2)));
        var both = Clusters.Slots().Count(slot => next.OwnersOf(slot).Count(id => id.Value <= 2) == 2);
        Assert.Equal(both, MovePlan.Of(next, next).FewerThanW);
        Assert.NotEqual(0, both);
    }

    [Fact]
    public void Moves_that_go_on_and_those_called_off_are_told_apart()
    {
        var next = Four.After(new TopologyChange.Join(Moving.Newcomer(5)), new TopologyChange.Join(Moving.Newcomer(6)));
        next = next.Step(next.Nothing(), new MoveLimits(300, 1000))!;
        var gone = next.SlotsIn(MoveStage.ReadOld).Count(slot => next.GainingOf(slot).Contains(Moving.Id(6)));
        var plan = MovePlan.Of(next, next.After(new TopologyChange.Remove(Moving.Id(6))));
        Assert.Equal((gone, next.MovingCount - gone), (plan.CalledOff, plan.UnderWay));
        Assert.NotEqual(0, gone);
    }

    [Fact]
    public void Copies_that_share_a_zone_are_counted_before_and_after()
    {
        var zoned = Clusters.Topology(Clusters.Parse("a1 a1 b1 b1 c1"));
        var next = zoned.After(new TopologyChange.Remove(Moving.Id(5)));
        Assert.Equal((0, Slot.Count), (MovePlan.Of(zoned, next).CrowdedNow, MovePlan.Of(zoned, next).CrowdedThen));
        next = next.Finish().After(new TopologyChange.Join(Clusters.Member(6, "c")));
        Assert.Equal((Slot.Count, 0), (MovePlan.Of(zoned, next).CrowdedNow, MovePlan.Of(zoned, next).CrowdedThen));
    }
}
