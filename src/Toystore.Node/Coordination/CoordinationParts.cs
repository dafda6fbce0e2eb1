using Toystore.Node.Healing;
using Toystore.Node.Hints;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Node.Timing;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>What coordinating takes: the seams, this node's copy and what it keeps for others, and its clockwork.</summary>
internal sealed record CoordinationParts(
    IPeers Peers, Replica Replica, HintBook Book, MissedShares Hints, TimerWheel Wheel, Hedging Hedging, PeerChoice Choice, IStore Store, NodeCounters Counters, NodeLimits Limits, TimeProvider Time)
{
    /// <summary>What requests of clients take.</summary>
    public Foreground Foreground { get; init; } = new(Time);
}
