using Toystore.Core.Agreement;
using static Toystore.Tests.Core.Agreement.Cast;

namespace Toystore.Tests.Core.Agreement;

public sealed class AcceptorTests
{
    private static readonly Acceptor Two = new(N(2), Seeds);

    private static readonly AcceptorState Aware = Knowing(2, First);

    [Fact]
    public void It_promises_a_ballot_once_it_is_on_the_disk()
    {
        var (reply, next) = Two.Handle(Aware, Prepare(1));
        Assert.Equal(new RegisterReply.Promised(Name(2), First.Instance, Ballot(1), null), reply);
        Assert.Equal(Aware with { Promised = Ballot(1) }, next);
    }

    [Fact]
    public void The_same_ballot_is_promised_again_without_a_write()
    {
        var (reply, next) = Two.Handle(Aware with { Promised = Ballot(1) }, Prepare(1));
        Assert.IsType<RegisterReply.Promised>(reply);
        Assert.Null(next);
    }

    [Theory]
    [InlineData(1, 9, 9)]
    [InlineData(2, 1, 7)]
    [InlineData(2, 2, 6)]
    public void A_lower_ballot_is_beaten_by_number_then_node_then_attempt(ulong number, ulong node, ulong attempt)
    {
        var promised = Ballot(2, 2);
        var (reply, next) = Two.Handle(Aware with { Promised = promised }, new RegisterRequest.Prepare(First.Instance, Name(2), Ballot(number, node, attempt)));
        Assert.Equal(new RegisterReply.Beaten(Name(2), First.Instance, Ballot(number, node, attempt), promised), reply);
        Assert.Null(next);
    }

    [Fact]
    public void A_promise_says_what_was_accepted()
    {
        var vote = new Vote(Ballot(1), Second("x"));
        var (reply, next) = Two.Handle(Aware with { Promised = Ballot(1), Vote = vote }, Prepare(2));
        Assert.Equal(vote, Assert.IsType<RegisterReply.Promised>(reply).Vote);
        Assert.Equal(vote, next!.Vote);
    }

    [Fact]
    public void It_accepts_at_the_ballot_that_it_promised()
    {
        var (reply, next) = Two.Handle(Aware with { Promised = Ballot(1) }, Accept(1, Second("x")));
        Assert.Equal(new RegisterReply.Accepted(Name(2), First.Instance, Ballot(1)), reply);
        Assert.Equal(new Vote(Ballot(1), Second("x")), next!.Vote);
    }

    [Fact]
    public void What_it_has_accepted_it_accepts_again_without_a_write_and_nothing_else_at_that_ballot()
    {
        var state = Aware with { Promised = Ballot(1), Vote = new Vote(Ballot(1), Second("x")) };
        Assert.Equal(new AcceptorAnswer(new RegisterReply.Accepted(Name(2), First.Instance, Ballot(1)), null), Two.Handle(state, Accept(1, Second("x"))));
        Assert.Equal(Refusal.Conflict, Reason(Two.Handle(state, Accept(1, Second("y")))));
    }

    [Fact]
    public void It_accepts_nothing_below_its_promise() => Assert.IsType<RegisterReply.Beaten>(Two.Handle(Aware with { Promised = Ballot(2) }, Accept(1, Second("x"))).Reply);

    [Fact]
    public void It_accepts_nothing_at_a_ballot_that_it_does_not_remember() => Assert.Equal(Refusal.Forgotten, Reason(Two.Handle(Aware, Accept(1, Second("x")))));

    [Fact]
    public void What_does_not_follow_the_newest_decree_is_not_accepted()
    {
        var state = Aware with { Promised = Ballot(1) };
        Assert.Equal(Refusal.Conflict, Reason(Two.Handle(state, Accept(1, Second("x").Next([Name(1)], Value("y"))))));
        Assert.Equal(Refusal.Conflict, Reason(Two.Handle(state, Accept(1, First.Forced(99, [Name(1)], Value("y"))))));
    }

    [Fact]
    public void An_instance_that_is_over_is_answered_with_the_newest_decree() =>
        Assert.Equal(new AcceptorAnswer(new RegisterReply.Overtaken(Name(2), Second("x")), null), Two.Handle(Knowing(2, Second("x")), Prepare(1)));

    [Fact]
    public void An_instance_that_it_has_not_got_to_is_answered_with_behind()
    {
        var ahead = Second("x").Instance;
        Assert.Equal(new RegisterReply.Behind(Name(2), ahead), Two.Handle(Aware, new RegisterRequest.Prepare(ahead, Name(2), Ballot(1))).Reply);
        Assert.Equal(new RegisterReply.Behind(Name(2), ahead), Two.Handle(New(2), new RegisterRequest.Prepare(ahead, Name(2), Ballot(1))).Reply);
    }

    [Fact]
    public void A_node_whose_disk_was_emptied_is_not_the_one_that_is_named()
    {
        var emptied = new Acceptor(N(2), null).Handle(AcceptorState.OfNewDisk(new DiskId(99)), new RegisterRequest.Learn(First)).Next!;
        Assert.Equal(Refusal.NotNamed, Reason(Two.Handle(emptied, Prepare(1))));
    }

    [Fact]
    public void A_disk_in_doubt_is_another_acceptor_that_knows_what_is_chosen_and_has_promised_nothing()
    {
        var doubted = (Aware with { Promised = Ballot(3), Vote = new Vote(Ballot(3), Second("x")) }).InDoubt(new DiskId(99));
        Assert.Equal((new DiskId(99), First, default, null), (doubted.Disk, doubted.Newest!, doubted.Promised, doubted.Vote));
        Assert.Equal(Refusal.NotNamed, Reason(Two.Handle(doubted, Prepare(4))));
    }

    [Fact]
    public void A_node_that_the_newest_decree_does_not_name_decides_nothing() =>
        Assert.Equal(Refusal.NotNamed, Reason(new Acceptor(N(4), null).Handle(Knowing(4, First), new RegisterRequest.Prepare(First.Instance, Name(4), Ballot(1)))));

    [Fact]
    public void What_is_asked_of_another_disk_is_refused() =>
        Assert.Equal(Refusal.OtherDisk, Reason(Two.Handle(Aware, new RegisterRequest.Prepare(First.Instance, new AcceptorName(N(2), new DiskId(99)), Ballot(1)))));

    [Fact]
    public void What_is_learned_ends_the_instance()
    {
        var (reply, next) = Two.Handle(Aware with { Promised = Ballot(9), Vote = new Vote(Ballot(8), Second("y")) }, new RegisterRequest.Learn(Second("x")));
        Assert.Equal(new RegisterReply.Learned(Name(2), Second("x").Epoch), reply);
        Assert.Equal((Second("x"), default, null), (next!.Newest!, next.Promised, next.Vote));
    }

    [Fact]
    public void Decrees_may_be_missed() =>
        Assert.Equal(Second("x").Next([Name(1)], Value("y")), Two.Handle(Aware, new RegisterRequest.Learn(Second("x").Next([Name(1)], Value("y")))).Next!.Newest);

    [Fact]
    public void Who_tells_an_old_decree_is_told_the_newest() =>
        Assert.Equal(new AcceptorAnswer(new RegisterReply.Overtaken(Name(2), Second("x")), null), Two.Handle(Knowing(2, Second("x")), new RegisterRequest.Learn(First)));

    [Fact]
    public void Another_decree_of_the_same_epoch_is_a_conflict() => Assert.Equal(Refusal.Conflict, Reason(Two.Handle(Knowing(2, Second("x")), new RegisterRequest.Learn(Second("y")))));

    [Fact]
    public void Another_lineage_is_refused_whether_it_asks_or_tells()
    {
        var forced = First.Forced(0xB, [Name(1)], Value("two"));
        Assert.Equal(Refusal.OtherLineage, Reason(Two.Handle(Aware, new RegisterRequest.Learn(forced))));
        Assert.Equal(Refusal.OtherLineage, Reason(Two.Handle(Aware, new RegisterRequest.Prepare(forced.Instance, Name(2), Ballot(1)))));
    }

    [Fact]
    public void What_an_operator_forces_is_taken_if_its_number_is_higher()
    {
        var forced = First.Forced(0xB, [Name(1)], Value("two"));
        Assert.Equal(forced, Two.Handle(Aware, new RegisterRequest.Force(forced)).Next!.Newest);
        Assert.Equal(Refusal.NotNewer, Reason(Two.Handle(Knowing(2, Second("x")), new RegisterRequest.Force(forced))));
        Assert.Equal(Refusal.OtherLineage, Reason(Two.Handle(Knowing(2, forced), new RegisterRequest.Learn(Second("x")))));
    }

    [Fact]
    public void A_seed_is_asked_by_its_node_and_votes_only_on_the_disk_that_it_promised_on()
    {
        var (reply, next) = Two.Handle(New(2), new RegisterRequest.Prepare(Seeds.Instance, new AcceptorName(N(2), default), Ballot(1)));
        Assert.Equal(Name(2), Assert.IsType<RegisterReply.Promised>(reply).Name);
        Assert.IsType<RegisterReply.Accepted>(Two.Handle(next!, new RegisterRequest.Accept(Seeds.Instance, Name(2), Ballot(1), First)).Reply);
        Assert.Equal(Refusal.OtherDisk, Reason(Two.Handle(next!, new RegisterRequest.Accept(Seeds.Instance, new AcceptorName(N(2), default), Ballot(1), First))));
        Assert.Equal(Refusal.OtherDisk, Reason(Two.Handle(AcceptorState.OfNewDisk(new DiskId(99)), new RegisterRequest.Accept(Seeds.Instance, Name(2), Ballot(1), First))));
    }

    [Fact]
    public void Seeds_of_another_list_are_refused()
    {
        foreach (var other in new[] { new SeedList([N(1), N(2)]), new SeedList([N(1), N(2), N(3)], "other terms"u8) })
        {
            Assert.Equal(Refusal.OtherSeeds, Reason(Two.Handle(New(2), new RegisterRequest.Prepare(other.Instance, new AcceptorName(N(2), default), Ballot(1)))));
            Assert.Equal(Refusal.OtherSeeds, Reason(Two.Handle(New(2), new RegisterRequest.Learn(Decree.First(other, 5, [Name(1)], default)))));
        }
    }

    [Fact]
    public void Who_has_voted_under_a_list_of_seeds_never_votes_under_another()
    {
        var voted = New(2) with { Promised = Ballot(1), Vote = new Vote(Ballot(1), First) };
        var edited = new SeedList([N(2), N(3), N(4)]);
        Assert.Equal(Refusal.OtherSeeds, Reason(new Acceptor(N(2), edited).Handle(voted, new RegisterRequest.Prepare(edited.Instance, new AcceptorName(N(2), default), Ballot(5)))));
    }

    [Fact]
    public void Who_is_no_seed_founds_nothing_and_learns_what_was_founded()
    {
        var joiner = new Acceptor(N(2), null);
        Assert.Equal(Refusal.OtherSeeds, Reason(joiner.Handle(New(2), new RegisterRequest.Prepare(Seeds.Instance, new AcceptorName(N(2), default), Ballot(1)))));
        Assert.Equal(First, joiner.Handle(New(2), new RegisterRequest.Learn(First)).Next!.Newest);
    }

    [Fact]
    public void A_seed_that_comes_late_is_told_what_was_founded() =>
        Assert.Equal(new RegisterReply.Overtaken(Name(2), First), Two.Handle(Aware, new RegisterRequest.Prepare(Seeds.Instance, new AcceptorName(N(2), default), Ballot(1))).Reply);

    [Fact]
    public void Asked_it_says_who_it_is_and_what_it_knows() => Assert.Equal(new RegisterReply.Known(Name(2), First), Two.Handle(Aware, RegisterRequest.Ask.Instance).Reply);

    private static RegisterRequest.Prepare Prepare(ulong number) => new(First.Instance, Name(2), Ballot(number));

    private static RegisterRequest.Accept Accept(ulong number, Decree decree) => new(First.Instance, Name(2), Ballot(number), decree);

    private static Refusal Reason(AcceptorAnswer answer)
    {
        Assert.Null(answer.Next);
        return Assert.IsType<RegisterReply.Refused>(answer.Reply).Reason;
    }
}
