using System.Diagnostics.Metrics;
using Toystore.Core;

namespace Toystore.Node.Peers;

/// <summary>Everything that is measured of the ways to other nodes. The numbers are kept anyway; they are read when somebody collects. The table for operators is in docs/operations.md.</summary>
internal static class PeerMetrics
{
    private const string Outcome = "toystore.call.outcome";

    /// <summary>Publishes them.</summary>
    /// <param name="meter">The node's; who disposes of it ends these, too.</param>
    /// <param name="peers">The ways.</param>
    /// <param name="others">Where they lead.</param>
    public static void Publish(Meter meter, IPeers peers, IReadOnlyList<NodeId> others)
    {
        var named = others.Select(node => (Node: node, Tag: new KeyValuePair<string, object?>("toystore.peer.id", node.ToString()))).ToArray();
        meter.CreateObservableCounter("toystore.peer.call.count", () => named.SelectMany(other => Calls(peers.Evidence(other.Node), other.Tag)), "{call}", "Calls of other nodes for the requests of clients, by how they ended.");
        meter.CreateObservableGauge(
            "toystore.peer.call.latency", () => named.Select(other => new Measurement<double>(peers.Health(other.Node).Latency.TotalSeconds, other.Tag)), "s", "Smoothed time that the answers of a node take.");
    }

    private static IEnumerable<Measurement<long>> Calls(PeerEvidence evidence, KeyValuePair<string, object?> peer) =>
    [
        new(evidence.Answered, peer, new(Outcome, "answered")),
        new(evidence.TimedOut, peer, new(Outcome, "timed_out")),
        new(evidence.Broken, peer, new(Outcome, "broken")),
        new(evidence.Unreachable, peer, new(Outcome, "unreachable")),
        new(evidence.Withheld, peer, new(Outcome, "withheld")),
    ];
}
