using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

/// <summary>The rules of docs/decisions/0009 from a report to a floor, one by one.</summary>
public sealed class FloorRoundsTests
{
    private static readonly Slot Slot = new(5);
    private static HybridTime Nothing => default;

    [Fact]
    public void Two_rounds_of_reports_and_two_rounds_of_exchanges_make_a_floor_at_every_owner()
    {
        var pack = new FloorPack(5);
        pack.SetClocks(100);
        pack.AskTwice();
        pack.ExchangeAll(Slot);
        pack.ExchangeAll(Slot);
        Assert.All(pack.OwnersOf(Slot), owner => Assert.Equal(FloorPack.At(90), pack[owner].Rounds.FloorOf(Slot)));
    }

    [Fact]
    public void One_round_of_reports_makes_no_ticket()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        Assert.Equal(0, pack.Ask(0));
        Assert.Equal(Nothing, pack[0].Rounds.TicketOf(Slot));
        Assert.Equal(Slot.Count, pack.Ask(0));
        Assert.Equal(FloorPack.At(90), pack[0].Rounds.TicketOf(Slot));
    }

    [Fact]
    public void A_round_is_over_when_every_member_has_reported_for_itself()
    {
        var pack = new FloorPack();
        var round = new ReportRound(pack.Topology);
        round.Add(pack[0].Id, pack[0].Report(default));
        round.Add(pack[1].Id, pack[1].Report(default));
        round.Add(pack[2].Id, pack[1].Report(default));
        round.Add(new NodeId(77), new MemberReport(new ActorId(new NodeId(77), 1), default, default, new SlotSet(), 0));
        Assert.False(round.IsComplete);
        round.Add(pack[2].Id, pack[2].Report(default));
        Assert.True(round.IsComplete);
    }

    [Fact]
    public void A_slot_of_which_anybody_holds_an_undelivered_copy_gets_no_ticket()
    {
        var pack = new FloorPack(5);
        pack.SetClocks(100);
        var standIn = Enumerable.Range(0, 5).Except(pack.OwnersOf(Slot)).First();
        pack[standIn].Held = new SlotSet([Slot]);
        pack.AskTwice();
        Assert.Equal(Nothing, pack[0].Rounds.TicketOf(Slot));
        Assert.Equal(FloorPack.At(90), pack[0].Rounds.TicketOf(new Slot(6)));
    }

    [Fact]
    public void A_copy_that_was_dropped_between_two_rounds_voids_them_and_not_the_next()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.Ask(0);
        pack[2].Drops++;
        pack.Ask(0);
        Assert.Equal(Nothing, pack[0].Rounds.TicketOf(Slot));
        pack.Ask(0);
        Assert.Equal(FloorPack.At(90), pack[0].Rounds.TicketOf(Slot));
    }

    [Fact]
    public void A_process_that_ends_between_two_rounds_voids_them()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.Ask(0);
        pack.Restart(2);
        pack.Ask(0);
        Assert.Equal(Nothing, pack[0].Rounds.TicketOf(Slot));
    }

    [Fact]
    public void A_new_process_of_a_member_that_owns_nothing_of_the_slot_voids_tickets_pairs_and_rows()
    {
        var pack = new FloorPack(5);
        pack.SetClocks(100);
        pack.AskTwice();
        pack.ExchangeAll(Slot);
        pack.Restart(Enumerable.Range(0, 5).Except(pack.OwnersOf(Slot)).First());
        pack.AskTwice();
        foreach (var owner in pack.OwnersOf(Slot))
        {
            Assert.Equal(Nothing, pack[owner].Rounds.FloorOf(Slot));
        }

        pack.Exchange(pack.OwnersOf(Slot)[0], pack.OwnersOf(Slot)[1], Slot);
        Assert.All(pack.OwnersOf(Slot), owner => Assert.Equal(Nothing, pack[owner].Rounds.FloorOf(Slot)));
    }

    [Fact]
    public void An_exchange_proves_only_up_to_the_ticket_that_it_began_with()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.AskTwice();
        var (first, second) = (pack.Terms(0, Slot), pack.Terms(1, Slot));
        pack.SetClocks(200);
        pack.AskTwice();
        pack.Finish(0, 1, first, second, Slot);
        pack.Exchange(0, 2, Slot);
        pack.Exchange(1, 2, Slot);
        Assert.Equal(FloorPack.At(190), pack[2].Rounds.TicketOf(Slot));
        Assert.Equal(FloorPack.At(90), pack[2].Rounds.FloorOf(Slot));
    }

    [Fact]
    public void The_lower_of_both_sides_tickets_holds()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.AskTwice();
        pack.SetClocks(200);
        pack.Ask(0);
        pack.Ask(0);
        Assert.Equal(FloorPack.At(190), pack[0].Rounds.TicketOf(Slot));
        Assert.Equal(FloorPack.At(90), pack.Terms(0, Slot).TicketsWith(pack.Terms(1, Slot))[Slot]);
        Assert.Equal(FloorPack.At(90), pack.Terms(1, Slot).TicketsWith(pack.Terms(0, Slot))[Slot]);
    }

    [Fact]
    public void Tickets_that_speak_of_different_processes_make_none()
    {
        var pack = new FloorPack(5);
        pack.SetClocks(100);
        pack.AskTwice();
        pack.Restart(4);
        pack.Ask(0);
        pack.Ask(0);
        Assert.Equal(Nothing, pack.Terms(0, Slot).TicketsWith(pack.Terms(1, Slot))[Slot]);
        Assert.Equal(Nothing, pack.Terms(4, Slot).TicketsWith(pack.Terms(4, Slot))[Slot]);
    }

    [Fact]
    public void A_floor_waits_for_the_exchange_of_the_other_two()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.AskTwice();
        pack.Exchange(0, 1, Slot);
        pack.Exchange(0, 2, Slot);
        pack.Exchange(0, 1, Slot);
        pack.Exchange(0, 2, Slot);
        Assert.Equal(Nothing, pack[0].Rounds.FloorOf(Slot));
        pack.Exchange(1, 2, Slot);
        Assert.Equal(FloorPack.At(90), pack[2].Rounds.FloorOf(Slot));
    }

    [Fact]
    public void A_slot_that_was_not_settled_is_not_proven()
    {
        var pack = new FloorPack();
        var other = new Slot(6);
        pack.SetClocks(100);
        pack.AskTwice();
        pack.ExchangeAll(Slot);
        pack.ExchangeAll(Slot);
        pack.Finish(0, 1, pack.Terms(0, Slot, other), pack.Terms(1, Slot, other), Slot);
        pack.Exchange(0, 2, other);
        pack.Exchange(1, 2, other);
        Assert.Equal(FloorPack.At(90), pack[2].Rounds.FloorOf(Slot));
        Assert.Equal(Nothing, pack[2].Rounds.FloorOf(other));
    }

    [Fact]
    public void A_row_that_speaks_of_other_processes_is_not_heard()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.AskTwice();
        pack.ExchangeAll(Slot);
        var forged = new SlotReadings { [Slot] = FloorPack.At(90) };
        var before = pack[1].Rounds.FloorOf(Slot);
        foreach (var other in new[] { 0, 2 })
        {
            pack[1].Rounds.Hear(pack[other].Id, new OwnerRow(new ProcessSet(1), new SlotSet([Slot]), forged));
            pack[1].Rounds.Hear(pack[other].Id, new OwnerRow(ProcessSet.None, new SlotSet([Slot]), forged));
        }

        Assert.Equal(Nothing, before);
        Assert.Equal(Nothing, pack[1].Rounds.FloorOf(Slot));
    }

    [Fact]
    public void An_exchange_counts_for_nothing_if_this_side_has_lost_something_since_it_began()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack.AskTwice();
        var (first, second) = (pack.Terms(0, Slot), pack.Terms(1, Slot));
        pack[0].Rounds.Become(new ActorId(pack[0].Id, 99));
        Assert.False(pack[0].Rounds.Agree(first, second, new SlotSet([Slot])));
        Assert.Equal(Nothing, pack[0].Rounds.TicketOf(Slot));
        Assert.Equal(Nothing, pack[0].Rounds.Goal);
    }

    [Fact]
    public void An_exchange_that_began_with_other_processes_than_now_proves_nothing()
    {
        var pack = new FloorPack(5);
        var owners = pack.OwnersOf(Slot);
        pack.SetClocks(100);
        pack.AskTwice();
        var (first, second) = (pack.Terms(owners[0], Slot), pack.Terms(owners[1], Slot));
        pack.Restart(Enumerable.Range(0, 5).Except(owners).First());
        pack.SetClocks(200);
        pack.AskTwice();
        pack.Finish(owners[0], owners[1], first, second, Slot);
        for (var time = 0; time < 2; time++)
        {
            pack.Exchange(owners[0], owners[2], Slot);
            pack.Exchange(owners[1], owners[2], Slot);
        }

        Assert.All(owners, owner => Assert.Equal(Nothing, pack[owner].Rounds.FloorOf(Slot)));
    }

    [Fact]
    public void Who_owns_a_slot_alone_has_its_ticket_as_floor()
    {
        var pack = new FloorPack(1);
        pack.SetClocks(100);
        pack.AskTwice();
        Assert.Equal(FloorPack.At(90), pack[0].Rounds.FloorOf(Slot));
    }

    [Fact]
    public void Who_does_not_own_a_slot_has_no_floor_of_it()
    {
        var pack = new FloorPack(5);
        pack.SetClocks(100);
        pack.AskTwice();
        pack.ExchangeAll(Slot);
        pack.ExchangeAll(Slot);
        Assert.All(Enumerable.Range(0, 5).Except(pack.OwnersOf(Slot)), member => Assert.Equal(Nothing, pack[member].Rounds.FloorOf(Slot)));
    }

    [Theory]
    [InlineData(0, 100, 0, 0)] // no round was before it: nothing is known of the others' clocks
    [InlineData(90, 200, 0, 90)]
    [InlineData(500, 100, 0, 90)] // an asker whose last round was of faster clocks drags nobody beyond its own
    [InlineData(50, 100, 70, 70)] // never lowered
    [InlineData(50, 5, 0, -5)]
    public void A_mark_follows_the_slowest_clock_and_not_beyond_its_own(int goal, int clock, int mark, int raised) => Assert.Equal(
        raised == 0 ? Nothing : FloorPack.At(raised),
        FloorRounds.MarkFor(goal == 0 ? Nothing : FloorPack.At(goal), FloorPack.At(clock), FloorPack.Margin, mark == 0 ? Nothing : FloorPack.At(mark)));

    [Fact]
    public void A_clock_that_is_an_hour_ahead_moves_no_mark()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        pack[1].Clock = FloorPack.At(3_600_000);
        pack.AskTwice();
        Assert.All(pack.Members, member => Assert.Equal(FloorPack.At(90), member.Mark));
    }

    [Fact]
    public void A_clock_near_zero_has_no_mark() => Assert.Equal(Nothing, FloorRounds.MarkFor(new HybridTime(7), new HybridTime(7), FloorPack.Margin, Nothing));

    [Fact]
    public void A_floor_is_adopted_only_from_an_owner_that_has_lost_nothing_of_the_slot()
    {
        var floors = new SlotReadings { [Slot] = FloorPack.At(50) };
        var slots = new SlotSet([Slot]);
        var terms = new ExchangeTerms(default, ProcessSet.None, slots, new SlotReadings(), floors, slots);
        Assert.Equal(FloorPack.At(50), terms.FloorsToAdopt[Slot]);
        Assert.Equal(Nothing, (terms with { Knowing = new SlotSet() }).FloorsToAdopt[Slot]);
    }

    [Fact]
    public void Terms_are_of_the_moment_at_which_they_were_made()
    {
        var pack = new FloorPack();
        pack.SetClocks(100);
        var terms = pack.Terms(0, Slot);
        pack.AskTwice();
        pack[0].Floors[Slot] = FloorPack.At(90);
        Assert.Equal(Nothing, terms.Tickets[Slot]);
        Assert.Equal(Nothing, terms.Floors[Slot]);
    }
}
