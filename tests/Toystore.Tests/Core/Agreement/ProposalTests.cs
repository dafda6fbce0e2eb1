using Toystore.Core.Agreement;
using static Toystore.Tests.Core.Agreement.Cast;

namespace Toystore.Tests.Core.Agreement;

public sealed class ProposalTests
{
    private readonly Proposal _proposal = new(First, Second("mine"), Ballot(5));

    [Fact]
    public void It_asks_all_acceptors_for_a_promise() =>
        Assert.Equal([1UL, 2, 3], _proposal.Begin().Messages.Select(message => Assert.IsType<RegisterRequest.Prepare>(message.Request).To).Select(to => to.Node.Value));

    [Fact]
    public void A_majority_that_promises_is_asked_to_accept()
    {
        Assert.Empty(Promised(1).Messages);
        var step = Promised(3);
        Assert.Equal([Name(1), Name(3)], step.Messages.Select(message => Assert.IsType<RegisterRequest.Accept>(message.Request).To));
        Assert.All(step.Messages, message => Assert.Equal(Second("mine"), ((RegisterRequest.Accept)message.Request).Decree));
    }

    [Fact]
    public void What_was_accepted_at_the_highest_ballot_is_proposed_in_place_of_the_own_decree()
    {
        Promised(1, new Vote(Ballot(3), Second("low")));
        var step = Promised(2, new Vote(Ballot(4), Second("high")));
        Assert.Equal([Second("high"), Second("high")], step.Messages.Select(message => ((RegisterRequest.Accept)message.Request).Decree));
    }

    [Fact]
    public void A_majority_that_accepts_has_chosen_and_all_whom_it_concerns_are_told()
    {
        var proposal = new Proposal(First, Second("mine", 3, 4, 5), Ballot(5));
        proposal.Heard(new RegisterReply.Promised(Name(1), First.Instance, Ballot(5), null));
        proposal.Heard(new RegisterReply.Promised(Name(2), First.Instance, Ballot(5), null));
        Assert.Null(proposal.Heard(new RegisterReply.Accepted(Name(1), First.Instance, Ballot(5))).Outcome);
        var step = proposal.Heard(new RegisterReply.Accepted(Name(2), First.Instance, Ballot(5)));
        Assert.Equal(new ProposalOutcome.Chosen(Second("mine", 3, 4, 5)), step.Outcome);
        Assert.Equal([1UL, 2, 3, 4, 5], step.Messages.Select(message => message.To.Value));
        Assert.All(step.Messages, message => Assert.Equal(new RegisterRequest.Learn(Second("mine", 3, 4, 5)), message.Request));
    }

    [Fact]
    public void An_answer_counts_once()
    {
        Promised(1);
        Assert.Empty(Promised(1).Messages);
        Promised(2);
        Accepted(1);
        Assert.Null(Accepted(1).Outcome);
        Assert.NotNull(Accepted(2).Outcome);
    }

    [Fact]
    public void Answers_to_other_attempts_and_of_other_disks_and_of_strangers_do_not_count()
    {
        Promised(1);
        Assert.Equal(ProposalStep.Nothing, _proposal.Heard(new RegisterReply.Promised(Name(2), First.Instance, Ballot(5, 1, 8), null)));
        Assert.Equal(ProposalStep.Nothing, _proposal.Heard(new RegisterReply.Promised(Name(2), Second("x").Instance, Ballot(5), null)));
        Assert.Equal(ProposalStep.Nothing, _proposal.Heard(new RegisterReply.Promised(new AcceptorName(N(2), new DiskId(99)), First.Instance, Ballot(5), null)));
        Assert.Equal(ProposalStep.Nothing, Promised(4));
        Assert.NotEmpty(Promised(3).Messages);
    }

    [Fact]
    public void A_promise_that_comes_late_is_followed_by_the_vote()
    {
        Promised(1);
        Promised(2);
        Assert.Equal([new Outgoing(N(3), new RegisterRequest.Accept(First.Instance, Name(3), Ballot(5), Second("mine")))], Promised(3).Messages);
    }

    [Fact]
    public void Who_is_behind_is_told_the_newest_decree_and_asked_again()
    {
        Assert.Equal([new Outgoing(N(2), new RegisterRequest.Learn(First))], _proposal.Heard(new RegisterReply.Behind(Name(2), First.Instance)).Messages);
        Assert.Equal([new Outgoing(N(2), new RegisterRequest.Prepare(First.Instance, Name(2), Ballot(5)))], _proposal.Heard(new RegisterReply.Learned(Name(2), First.Epoch)).Messages);
    }

    [Fact]
    public void It_is_beaten_when_too_few_are_left()
    {
        Assert.Null(Beaten(1, 7).Outcome);
        Assert.Equal(new ProposalOutcome.Beaten(Ballot(8, 2)), Beaten(2, 8).Outcome);
        Assert.Equal(ProposalStep.Nothing, Promised(3));
    }

    [Fact]
    public void One_that_is_beaten_does_not_stop_the_others()
    {
        Beaten(1, 7);
        Promised(2);
        Promised(3);
        Accepted(2);
        Assert.IsType<ProposalOutcome.Chosen>(Accepted(3).Outcome);
    }

    [Fact]
    public void A_later_decree_ends_it_and_an_earlier_one_does_not()
    {
        Assert.Equal(ProposalStep.Nothing, _proposal.Heard(new RegisterReply.Overtaken(Name(1), First)));
        Assert.Equal(new ProposalOutcome.Overtaken(Second("theirs")), _proposal.Heard(new RegisterReply.Overtaken(Name(1), Second("theirs"))).Outcome);
    }

    [Fact]
    public void Stopped_it_is_undecided_and_says_who_refused()
    {
        _proposal.Heard(new RegisterReply.Refused(Name(3), First.Instance, Refusal.NotNamed, First.Epoch));
        Assert.Equal([(N(3), Refusal.NotNamed)], Assert.IsType<ProposalOutcome.Undecided>(_proposal.Stop().Outcome).Refusals);
        Assert.Empty(_proposal.Again().Messages);
    }

    [Fact]
    public void Only_what_is_not_answered_is_sent_again()
    {
        Promised(1);
        Promised(2);
        Accepted(1);
        Assert.Equal(
            [new Outgoing(N(2), new RegisterRequest.Accept(First.Instance, Name(2), Ballot(5), Second("mine"))), new Outgoing(N(3), new RegisterRequest.Prepare(First.Instance, Name(3), Ballot(5)))],
            _proposal.Again().Messages);
    }

    [Fact]
    public void A_founding_pins_each_seed_to_the_disk_that_its_promise_came_from()
    {
        var founding = new Proposal(Seeds, names => Decree.First(Seeds, Lineage, names, Value("one")), Ballot(1));
        Assert.All(founding.Begin().Messages, message => Assert.Equal(default, ((RegisterRequest.Prepare)message.Request).To.Disk));
        founding.Heard(new RegisterReply.Promised(Name(2), Seeds.Instance, Ballot(1), null));
        var step = founding.Heard(new RegisterReply.Promised(Name(3), Seeds.Instance, Ballot(1), null));
        Assert.Equal([Name(2), Name(3)], step.Messages.Select(message => ((RegisterRequest.Accept)message.Request).To));
        Assert.Equal([Name(2), Name(3)], founding.Proposed!.Acceptors.ToArray());
        founding.Heard(new RegisterReply.Accepted(Name(2), Seeds.Instance, Ballot(1)));
        Assert.Null(founding.Heard(new RegisterReply.Accepted(new AcceptorName(N(3), new DiskId(99)), Seeds.Instance, Ballot(1))).Outcome);
    }

    /// <summary>A proposer gets one vote for "x", starts again with the same ballot, and gets "y" chosen by the two others; whoever comes next cannot tell which of two votes at one ballot it was. With a ballot of its own "y" is the higher.</summary>
    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void A_ballot_must_not_be_used_twice(ulong attempt, bool isKept)
    {
        var cluster = new ulong[] { 1, 2, 3 }.Select(node => (Acceptor: new Acceptor(N(node), null), State: Knowing(node, First))).ToArray();
        RegisterReply Ask(ulong node, RegisterRequest request)
        {
            var (reply, next) = cluster[node - 1].Acceptor.Handle(cluster[node - 1].State, request);
            cluster[node - 1].State = next ?? cluster[node - 1].State;
            return reply;
        }

        Decree? Run(Decree decree, Ballot ballot, ulong[] promise, ulong[] accept)
        {
            var proposal = new Proposal(First, decree, ballot);
            foreach (var node in promise)
            {
                proposal.Heard(Ask(node, new RegisterRequest.Prepare(First.Instance, Name(node), ballot)));
            }

            var steps = accept.Select(node => proposal.Heard(Ask(node, new RegisterRequest.Accept(First.Instance, Name(node), ballot, proposal.Proposed!))));
            return steps.Select(step => step.Outcome).OfType<ProposalOutcome.Chosen>().FirstOrDefault()?.Decree;
        }

        Assert.Null(Run(Second("x"), Ballot(1), [1, 2], [1]));
        Assert.Equal(Second("y"), Run(Second("y"), Ballot(1, 1, attempt), [2, 3], [2, 3]));
        Assert.Equal(Second(isKept ? "y" : "x"), Run(Second("z"), Ballot(2, 2), [1, 2], [1, 2]));
    }

    private ProposalStep Promised(ulong node, Vote? vote = null) => _proposal.Heard(new RegisterReply.Promised(Name(node), First.Instance, Ballot(5), vote));

    private ProposalStep Accepted(ulong node) => _proposal.Heard(new RegisterReply.Accepted(Name(node), First.Instance, Ballot(5)));

    private ProposalStep Beaten(ulong node, ulong by) => _proposal.Heard(new RegisterReply.Beaten(Name(node), First.Instance, Ballot(5), Ballot(by, 2)));
}
