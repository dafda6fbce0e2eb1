using System.Globalization;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>No queue passes its bound, and when nothing is going on nothing is left in any: an entry that stays is a leak.</summary>
internal sealed class Bounds(IClusterUnderTest cluster) : IOracle
{
    // A request that is worked on has a few entries at most: its own deadline, a read, its write-back, the healing of a record.
    private const int EntriesPerTask = 8;

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
