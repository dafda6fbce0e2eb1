using System.Diagnostics.Metrics;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

public sealed class PeerMetricsTests
{
    [Fact]
    public void What_the_ways_to_others_have_cost_is_published_by_peer_and_outcome()
    {
        using var meter = new Meter("test");
        PeerMetrics.Publish(meter, new Ways(), [new NodeId(2), new NodeId(3)]);
        var (heard, units) = MeterReading.Collect(meter);
        Assert.Equal(10, heard.Keys.Count(name => name.StartsWith("toystore.peer.call.count", StringComparison.Ordinal)));
        Assert.Equal((20, 21, 22, 23, 24), (heard["toystore.peer.call.count n2 answered"], heard["toystore.peer.call.count n2 timed_out"], heard["toystore.peer.call.count n2 broken"], heard["toystore.peer.call.count n2 unreachable"], heard["toystore.peer.call.count n2 withheld"]));
        Assert.Equal(34, heard["toystore.peer.call.count n3 withheld"]);
        Assert.Equal(0.003, heard["toystore.peer.call.latency n3"]);
        var table = Tidy.Sources.Text("docs/operations.md");
        Assert.All(units, instrument => Assert.Contains($"| `{instrument.Key}` | {instrument.Value} |", table, StringComparison.Ordinal));
    }

    private sealed class Ways : IPeers
    {
        public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken) => throw new InvalidOperationException("Nobody is asked.");

        public PeerHealth Health(NodeId node) => new(PeerState.Up, TimeSpan.FromMilliseconds(node.Value), 0, null);

        public PeerEvidence Evidence(NodeId node) => (long)node.Value * 10 is var first ? new PeerEvidence(99, first, first + 1, first + 2, first + 3) { Withheld = first + 4 } : default;
    }
}
