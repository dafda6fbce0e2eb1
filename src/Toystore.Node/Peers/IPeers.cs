using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>
/// The other nodes, as a node talks to them. Links over a transport (<see cref="IPeerTransport"/>), or whatever a test puts there. Safe to call from any thread.
/// </summary>
internal interface IPeers
{
    /// <summary>
    /// Sends a request and gives the answer. Never throws for what a network can do: the reply is then <see cref="PeerReply.Unreachable"/> if nothing can have arrived, or <see cref="PeerReply.Lost"/>
    /// if something may have, at the deadline at the latest. Cancelling means that nobody is interested any more; the reply is then <see cref="PeerReply.Lost"/>.
    /// </summary>
    ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>What is known of the way to a node, without asking it.</summary>
    PeerHealth Health(NodeId node);

    /// <summary>What became of the clients' requests that needed a node, since this one started.</summary>
    PeerEvidence Evidence(NodeId node) => default;

    /// <summary>A node was heard of by another way than an answer: if there is no connection with it, the next attempt need not wait.</summary>
    void HeardFrom(NodeId node)
    {
    }
}

/// <summary>What answers the requests of other nodes.</summary>
internal interface IPeerHandler
{
    /// <summary>Answers a request. Completes synchronously when nothing has to be waited for. Must not throw; if it does, the peer is told <see cref="PeerReply.Failed"/>.</summary>
    ValueTask<PeerReply> HandleAsync(PeerCall call, CancellationToken cancellationToken);
}

/// <summary>A request as it arrived.</summary>
/// <param name="From">Who asks.</param>
/// <param name="Epoch">The topology it asks under.</param>
/// <param name="Deadline">When it stops waiting.</param>
/// <param name="Request">What it wants.</param>
internal readonly record struct PeerCall(NodeId From, Epoch Epoch, Deadline Deadline, PeerRequest Request);

/// <summary>Whether a peer can be asked.</summary>
internal enum PeerState : byte
{
    /// <summary>Never tried, or trying.</summary>
    Unknown,

    /// <summary>Connected, and it answers.</summary>
    Up,

    /// <summary>Requests, or attempts to connect, have timed out lately, or the last connection broke and no new one was made: ask it last. It may be alive for others.</summary>
    Suspect,

    /// <summary>It refuses connections or the handshake: it does not run, or must not be talked to.</summary>
    Refusing,
}

/// <summary>What is known of the way to a peer.</summary>
/// <param name="State">Whether it can be asked.</param>
/// <param name="Latency">Smoothed time of its recent answers; zero if there were none.</param>
/// <param name="InFlight">Requests that wait for its answer.</param>
/// <param name="Problem">Why it is not up, one sentence; null if it is.</param>
internal readonly record struct PeerHealth(PeerState State, TimeSpan Latency, int InFlight, string? Problem)
{
    /// <summary>When it last answered (<see cref="TimeProvider.GetTimestamp"/>); 0 if it never did.</summary>
    public long LastAnswer { get; init; }
}

/// <summary>What became of the clients' requests that needed a peer: what the way to it has cost. What the nodes ask one another on their own account is not in it.</summary>
/// <param name="Asked">Requests that were sent, or waited for a connection to be made: answered, lost in one of the ways below, given up, or under way.</param>
/// <param name="Answered">Of those, how many it answered.</param>
/// <param name="TimedOut">Of those, how many were not answered in time. These have cost their time.</param>
/// <param name="Broken">Of those, how many were lost when a connection broke.</param>
/// <param name="Unreachable">Requests that were not sent, since there was no connection: at once, and so for nothing.</param>
internal readonly record struct PeerEvidence(long Asked, long Answered, long TimedOut, long Broken, long Unreachable)
{
    /// <summary>Requests that were not even tried, because membership holds the peer dead or gone.</summary>
    public long Withheld { get; init; }
}
