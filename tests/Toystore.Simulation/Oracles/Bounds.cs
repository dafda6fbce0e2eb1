using System.Globalization;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>No queue passes its bound, and when nothing is going on nothing is left in any: an entry that stays is a leak.</summary>
internal sealed class Bounds(IClusterUnderTest cluster, DotLedger ledger) : IOracle
{
    // A request that is worked on has a few entries at most: its own deadline, a read, its write-back, the healing of a record.
    private const int EntriesPerTask = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Where a dot is minted the key must not have more values than it may with it. What merges bring does not count, and a dot that was elsewhere first may itself have been merged.
    public void FirstStored(StoredDot stored, WriteOp? write)
    {
        if (ledger.IndexOf(stored.Sibling.Dot.Actor.Node) == stored.Node && stored.Stayed > 0 && stored.Stayed + 1 > cluster.SiblingsMax)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"n{stored.Node + 1:x} minted {stored.Sibling.Dot} for {stored.Key} beside {stored.Stayed} values that it had already, of at most {cluster.SiblingsMax} in all."));
        }
    }

    // What waits to be sent goes in one piece when the wire is free. One frame alone may be larger.
    public void Sent(string wire, int frames, int bytes)
    {
        if (frames > 1 && bytes > cluster.QueuedBytesMax)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"{frames} frames with {bytes} bytes waited to be sent from {wire}, where {cluster.QueuedBytesMax} bytes may."));
        }
    }

    public void Sampled()
    {
        for (var node = 0; node < cluster.Nodes; node++)
        {
            foreach (var queue in cluster.Queues(node))
            {
                var bound = queue.Bound ?? (EntriesPerTask * cluster.TasksMax);
                if (queue.Length > bound || queue.Length < 0)
                {
                    Report(string.Create(CultureInfo.InvariantCulture, $"A queue of n{node + 1:x} has passed its bound: {queue.Name} has {queue.Length} entries of at most {bound}."));
                }
            }
        }
    }

    /// <summary>Nodes go on reporting and comparing by themselves: waits for a moment in which none does. What never ends is a leak.</summary>
    public async Task RestAsync()
    {
        for (var until = cluster.Loop.Now + Patience.Ticks; cluster.Loop.Now < until && Enumerable.Range(0, cluster.Nodes).Any(node => cluster.Queues(node).Any(queue => queue.Length != 0));)
        {
            await cluster.Loop.PassAsync(Pause);
        }
    }

    public void CameToRest()
    {
        for (var node = 0; node < cluster.Nodes; node++)
        {
            foreach (var queue in cluster.Queues(node))
            {
                if (queue.Length != 0)
                {
                    Report(string.Create(CultureInfo.InvariantCulture, $"A queue of n{node + 1:x} is not empty although nothing was asked of the cluster for a long while: {queue.Name} has {queue.Length} entries."));
                }
            }
        }
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Bound, nameof(Bounds), text);
}
