using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Membership;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Membership;

public sealed class SteeredPeersTests
{
    private static readonly NodeId Other = new(2);
    private static readonly PeerRequest Request = new PeerRequest.ReadDigest("k");

    private readonly Links _links = new();
    private Verdict? _verdict;

    private SteeredPeers Peers => new(_links, node => node == Other ? _verdict : null);

    [Theory]
    [InlineData(MemberState.Alive, (byte)PeerState.Up)]
    [InlineData(MemberState.Suspect, (byte)PeerState.Suspect)]
    [InlineData(MemberState.Dead, (byte)PeerState.Refusing)]
    [InlineData(MemberState.Left, (byte)PeerState.Refusing)]
    public void A_verdict_counts_that_is_younger_than_the_last_answer(MemberState state, byte expected)
    {
        _links.LastAnswer = 99;
        _verdict = Held(state, since: 100);
        Assert.Equal((PeerState)expected, Peers.Health(Other).State);
        Assert.Equal(state == MemberState.Alive, Peers.Health(Other).Problem is null);
    }

    [Theory]
    [InlineData(MemberState.Suspect)]
    [InlineData(MemberState.Dead)]
    [InlineData(MemberState.Left)]
    public async Task The_first_answer_after_a_verdict_brings_a_member_back(MemberState state)
    {
        _links.LastAnswer = 101;
        _verdict = Held(state, since: 100);
        Assert.Equal(PeerState.Up, Peers.Health(Other).State);
        Assert.Same(PeerReply.Overloaded.Instance, await AskAsync(Request));
    }

    [Theory]
    [InlineData(MemberState.Dead)]
    [InlineData(MemberState.Left)]
    public async Task Who_is_held_dead_or_has_left_is_asked_for_nothing(MemberState state)
    {
        _verdict = Held(state, since: 100);
        Assert.IsType<PeerReply.Unreachable>(await AskAsync(Request));
        Assert.Equal(0, _links.Calls);
    }

    [Fact]
    public async Task A_suspect_is_asked_all_the_same_if_it_comes_to_that()
    {
        _verdict = Held(MemberState.Suspect, since: 100);
        Assert.Same(PeerReply.Overloaded.Instance, await AskAsync(Request));
    }

    [Fact]
    public async Task An_operator_asks_also_the_dead()
    {
        _verdict = Held(MemberState.Dead, since: 100);
        Assert.Same(PeerReply.Overloaded.Instance, await AskAsync(PeerRequest.HowAreYou.Instance));
    }

    [Fact]
    public void What_the_link_has_met_counts_as_well()
    {
        _links.State = PeerState.Refusing;
        _verdict = Held(MemberState.Suspect, since: 100);
        Assert.Equal(PeerState.Refusing, Peers.Health(Other).State);
        _verdict = Held(MemberState.Alive, since: 100);
        Assert.Equal(PeerState.Refusing, Peers.Health(Other).State);
    }

    private static Verdict Held(MemberState state, long since) => new(state, Incarnation.OfBoot(1), new NodeId(3), since, Verdict.ProblemOf(Other, state, new NodeId(3)));

    private ValueTask<PeerReply> AskAsync(PeerRequest request) => Peers.CallAsync(Other, default, request, default, TestContext.Current.CancellationToken);

    private sealed class Links : IPeers
    {
        public long LastAnswer { get; set; }

        public PeerState State { get; set; } = PeerState.Up;

        public int Calls { get; private set; }

        public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken)
        {
            Calls++;
            return new(PeerReply.Overloaded.Instance);
        }

        public PeerHealth Health(NodeId node) => new(State, TimeSpan.Zero, 0, State == PeerState.Up ? null : "It does not listen.") { LastAnswer = LastAnswer };
    }
}
