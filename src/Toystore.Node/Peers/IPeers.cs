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
