using Toystore.Core.Agreement;
using static Toystore.Tests.Core.Agreement.Cast;

namespace Toystore.Tests.Core.Agreement;

public sealed class AmendmentTests
{
    [Fact]
    public void A_change_is_done_when_a_majority_of_those_who_decide_next_know_it()
    {
        var amendment = new Amendment(N(1), First, decree => new Verdict.Propose(decree.Next([Name(3), Name(4), Name(5)], Value("two"))), new Random(1));
        var ballot = BallotOf(amendment.Begin());
        var told = Choose(amendment, First, ballot);
        Assert.Equal([1UL, 2, 3, 4, 5], told.Messages.Select(message => message.To.Value));
        var two = Assert.IsType<RegisterRequest.Learn>(told.Messages[0].Request).Decree;
        Assert.Null(amendment.Heard(new RegisterReply.Learned(Name(1), two.Epoch)).Next);
        Assert.Null(amendment.Heard(new RegisterReply.Learned(Name(4), two.Epoch)).Next);
        Assert.Null(amendment.Heard(new RegisterReply.Learned(Name(4), two.Epoch)).Next);
        Assert.Equal([3UL, 5], amendment.TooLong().Messages.Select(message => message.To.Value));
        Assert.Equal(new AmendmentNext.Done(two), amendment.Heard(new RegisterReply.Learned(Name(5), two.Epoch)).Next);
    }

    [Fact]
    public void A_change_is_made_of_what_others_got_through_before_it()
    {
        var seen = new List<Decree>();
        var amendment = new Amendment(N(1), First, decree => Remember(seen, decree), new Random(1));
        amendment.Begin();
        var step = amendment.Heard(new RegisterReply.Overtaken(Name(2), Second("theirs")));
        Assert.Equal([First, Second("theirs")], seen);
        Assert.All(step.Messages, message => Assert.Equal(Second("theirs").Instance, ((RegisterRequest.Prepare)message.Request).Instance));
    }

    [Fact]
    public void A_change_that_refuses_ends_with_its_reason()
    {
        var amendment = new Amendment(N(1), First, _ => new Verdict.Refuse("too few members"), new Random(1));
        Assert.Equal(new AmendmentNext.Refused(First, "too few members"), amendment.Begin().Next);
    }

    [Fact]
    public void A_change_whose_own_attempt_somebody_else_finished_is_not_made_twice()
    {
        var made = 0;
        var amendment = new Amendment(N(1), First, decree => { made++; return new Verdict.Propose(decree.Next([Name(1)], Value("mine"))); }, new Random(1));
        amendment.Begin();
        var mine = First.Next([Name(1)], Value("mine"));
        amendment.Learned(mine.Next([Name(1)], Value("another's")));
        Assert.Equal(1, made);
        Assert.IsType<AmendmentNext.Done>(amendment.Heard(new RegisterReply.Learned(Name(1), new(Lineage, 3))).Next);
    }

    [Fact]
    public void Who_is_beaten_pauses_longer_each_time_and_then_tries_above()
    {
        var amendment = new Amendment(N(1), First, decree => new Verdict.Propose(decree.Next([Name(1)], Value("mine"))), new Random(1));
        var step = amendment.Begin();
        for (var time = 0; time < 12; time++)
        {
            var ballot = BallotOf(step);
            amendment.Heard(new RegisterReply.Beaten(Name(1), First.Instance, ballot, Ballot(ballot.Number + 5)));
            var pause = Assert.IsType<AmendmentNext.Pause>(amendment.Heard(new RegisterReply.Beaten(Name(2), First.Instance, ballot, Ballot(ballot.Number + 9))).Next).Length;
            var most = Math.Min(50 << time, 5000);
            Assert.InRange(pause.TotalMilliseconds, most / 2, most);
            step = amendment.Rested();
            Assert.Equal(ballot.Number + 10, BallotOf(step).Number);
        }
    }

    [Fact]
    public void A_change_that_cannot_be_decided_on_says_who_refused()
    {
        var amendment = new Amendment(N(1), First, decree => new Verdict.Propose(decree.Next([Name(1)], Value("mine"))), new Random(1));
        amendment.Begin();
        amendment.Heard(new RegisterReply.Refused(Name(1), First.Instance, Refusal.NotNamed, First.Epoch));
        Assert.Equal([(N(1), Refusal.NotNamed)], Assert.IsType<AmendmentNext.Pause>(amendment.TooLong().Next).Refusals);
    }

    [Fact]
    public void A_newer_decree_ends_a_pause_and_an_older_one_does_not()
    {
        var amendment = new Amendment(N(1), First, decree => new Verdict.Propose(decree.Next([Name(1)], Value("mine"))), new Random(1));
        amendment.Begin();
        amendment.TooLong();
        Assert.Null(amendment.Learned(First).Next);
        Assert.IsType<AmendmentNext.Answers>(amendment.Learned(Second("theirs")).Next);
        Assert.Empty(amendment.Rested().Messages);
    }

    [Fact]
    public void Two_attempts_of_one_node_never_have_the_same_ballot()
    {
        var ballots = Enumerable.Range(0, 100).Select(seed => BallotOf(new Amendment(N(1), First, decree => new Verdict.Propose(decree.Next([Name(1)], Value("mine"))), new Random(seed)).Begin()));
        Assert.Equal(100, ballots.Distinct().Count());
    }

    [Fact]
    public void A_founding_is_done_when_there_is_a_first_decree_whoever_made_it()
    {
        var amendment = new Amendment(N(1), Seeds, names => Decree.First(Seeds, 77, names, Value("mine")), new Random(1));
        Assert.Equal(3, amendment.Begin().Messages.Length);
        amendment.Heard(new RegisterReply.Overtaken(Name(2), First));
        amendment.Heard(new RegisterReply.Learned(Name(2), First.Epoch));
        Assert.Equal(new AmendmentNext.Done(First), amendment.Heard(new RegisterReply.Learned(Name(3), First.Epoch)).Next);
    }

    [Fact]
    public void A_founding_does_not_take_what_other_seeds_founded()
    {
        var amendment = new Amendment(N(1), Seeds, names => Decree.First(Seeds, 77, names, Value("mine")), new Random(1));
        amendment.Begin();
        Assert.Null(amendment.Learned(Decree.First(new SeedList([N(2), N(3)]), 5, [Name(2)], default)).Next);
    }

    private static Verdict.Propose Remember(List<Decree> seen, Decree decree)
    {
        seen.Add(decree);
        return new Verdict.Propose(decree.Next([Name(1)], Value("mine")));
    }

    private static Ballot BallotOf(AmendmentStep step) => Assert.IsType<RegisterRequest.Prepare>(step.Messages[^1].Request).Ballot;

    private static AmendmentStep Choose(Amendment amendment, Decree newest, Ballot ballot)
    {
        AmendmentStep step = default;
        foreach (var name in newest.Acceptors[..2].ToArray())
        {
            amendment.Heard(new RegisterReply.Promised(name, newest.Instance, ballot, null));
        }

        foreach (var name in newest.Acceptors[..2].ToArray())
        {
            step = amendment.Heard(new RegisterReply.Accepted(name, newest.Instance, ballot));
        }

        return step;
    }
}
