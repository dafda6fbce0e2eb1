using System.Globalization;
using Toystore.Core.Placement;
using Toystore.Node.Agreement;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;
using Toystore.Storage;

namespace Toystore.Simulation.Oracles;

/// <summary>There is one topology of each number, whatever comes to lie on whichever disk; in the end all have the newest, and every change that was said to be made is in its history.</summary>
internal sealed class Decrees(IClusterUnderTest cluster) : IOracle
{
    private readonly Dictionary<Epoch, (ulong Fingerprint, int Node)> _seen = [];
    private readonly HashSet<string> _made = [];

    /// <summary>Something was written to a node's disk.</summary>
    public void Written(int node, StoreBatch batch)
    {
        foreach (var change in batch.Changes)
        {
            if (change.Key == HostedAcceptor.Place && !change.Delete && HostedAcceptor.NewestOf(change.Bytes) is { } decree)
            {
                if (!_seen.TryAdd(decree.Epoch, (decree.Fingerprint, node)) && _seen[decree.Epoch] is var other && other.Fingerprint != decree.Fingerprint)
                {
                    Report(string.Create(CultureInfo.InvariantCulture, $"n{node + 1:x} has another topology {decree.Epoch} than n{other.Node + 1:x} had."));
                }
            }
        }
    }

    /// <summary>A change was made, as its proposer was told.</summary>
    public void Changed(string what) => _made.Add(what);

    public void CameToRest()
    {
        var keepers = Enumerable.Range(0, cluster.Nodes).Select(cluster.KeeperOf).OfType<TopologyKeeper>().ToList();
        foreach (var keeper in keepers)
        {
            if (keeper.Epoch != keepers[0].Epoch)
            {
                Report($"After all was mended, and the cluster had rested, one node has topology {keepers[0].Epoch} and another {keeper.Epoch}.");
            }

            if (keeper.Edition is { Notes: { Count: < Edition.NotesMax } notes } && _made.FirstOrDefault(what => !notes.Any(note => note.What == what)) is { } missing)
            {
                Report($"\"{missing}\" was said to be done, and is not in the history of topology {keeper.Epoch}.");
            }
        }
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Agreement, nameof(Decrees), text);
}
