using System.Globalization;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// An owner that has lost something says that it knows a slot again only when it holds all that was acknowledged before, or knows it to be replaced (docs/decisions/0009, rule 17). Looked at on its disk, at the moment at which that says so, of
/// the writes that W owners held before the process of this disk began, and that no other disk has lost since. It errs on the side of the node: nothing is asked of writes with more than one dot.
/// </summary>
internal sealed class Refilled : IOracle
{
    private readonly IClusterUnderTest _cluster;
    private readonly History _history;

    public Refilled(IClusterUnderTest cluster, History history)
    {
        (_cluster, _history) = (cluster, history);
        history.Ledger.Refilled = Knows;
    }

    private void Knows(int node, SlotSet slots, long since)
    {
        foreach (var key in _history.Keys)
        {
            if (slots.Contains(Slot.Of(key.Key)) && !key.IsLastWrite && _history.Ledger.OwnersOf(key.Key).Contains(node))
            {
                Check(node, key, since);
            }
        }
    }

    private void Check(int node, KeyHistory key, long since)
    {
        var record = _history.Ledger.Visible(node, key.Key);
        if (record is not { IsReadable: true, IsComplete: true } || _history.Ledger.IsUnknowing(node, key.Key))
        {
            return;
        }

        foreach (var write in key.Writes)
        {
            if (write is not { Attempts: 1, Dots.Count: 1 } || !write.Facts.Exists(fact => fact.By == write && fact.Known < since && fact.Copies >= key.Quorums.Writes && !HasLost(write.Dots[0], fact, node)))
            {
                continue;
            }

            var dot = write.Dots[0];
            if (record.StateOf(dot) == DotState.Unheard || (_history.Ledger.Bare(node, key.Key).StateOf(dot) == DotState.Unheard && _history.Ledger.IsOnlyShown(key.Key, dot, except: node)))
            {
                _cluster.Violations.Add(
                    FailureKind.LostWrite,
                    nameof(Refilled),
                    string.Create(CultureInfo.InvariantCulture, $"n{node + 1:x} says that it knows {Slot.Of(key.Key)} again, and it has not been given {write}, which was acknowledged before it began. {_history.Ledger.Whereabouts(write)}"));
                return;
            }
        }
    }

    private bool HasLost(Dot dot, Fact fact, int node) =>
        _history.Ledger.LossesOf(dot).Any(loss => loss.Node != node && loss.Moment > fact.Since && !(fact.IsDurable && loss.How == DiskLoss.PowerCut));
}
