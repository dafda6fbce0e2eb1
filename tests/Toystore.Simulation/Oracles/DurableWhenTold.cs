using System.Globalization;
using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// Promise 1, at the moment it is made: when a client is told that its write is done, as many members as it is told of have it - on the platter, if that was asked - or something that knows of it: owners, or others that keep it in the
/// place of one owner each. A disk that lost it since the client asked counts as if it still had it.
/// </summary>
internal sealed class DurableWhenTold(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        if (operation is not WriteOp { Outcome: WriteOutcome.Done done } write || (write.Dots.Count == 0 && write is { SeesForItself: true, IsDelete: true }))
        {
            return; // a delete that found nothing leaves nothing
        }

        var wanted = Math.Max(write.Needed, done.Copies);
        var isDurable = done.Durability == WriteDurability.Fsync;
        var best = 0;
        foreach (var dot in write.Dots)
        {
            best = Math.Max(best, CountHolders(write, dot, isDurable));
        }

        if (best < wanted)
        {
            cluster.Violations.Add(
                FailureKind.LostWrite,
                nameof(DurableWhenTold),
                string.Create(CultureInfo.InvariantCulture, $"A client was told too early: {write} is done with {done.Copies} copies ({done.Durability.ToString().ToLowerInvariant()}; W = {write.Needed}), and {best} members have it {(isDurable ? "on the platter" : "where a killed process leaves it")}. {history.Ledger.Whereabouts(write)} {(isDurable ? OnPlatters(write) : "")}"));
        }
    }

    private int CountHolders(WriteOp write, Dot dot, bool isDurable)
    {
        var holders = 0;
        var missing = new List<int>();
        var owners = history.Ledger.OwnersOf(write.Key).ToList();
        foreach (var owner in owners)
        {
            var record = isDurable ? history.Ledger.Synced(owner, write.Key) : history.Ledger.Visible(owner, write.Key);
            var excused = history.Ledger.LossesOf(dot).Any(loss => loss.Node == owner && loss.Moment > write.AttemptBegan && !(isDurable && loss.How == DiskLoss.PowerCut));
            if (record.StateOf(dot) != DotState.Unheard || excused)
            {
                holders++;
            }
            else
            {
                missing.Add(owner);
            }
        }

        // An owner keeps nothing in the place of another one, and nobody stands in for two.
        var keepers = history.Ledger.KeepersOf(write.Key, dot, isDurable).Where(each => !owners.Contains(each.Holder)).ToList();
        var lost = history.Ledger.HintLossesOf(dot).Count(loss => loss.Moment > write.AttemptBegan && !(isDurable && loss.How == DiskLoss.PowerCut));
        return holders + Math.Min(missing.Count, Matched(missing, keepers, []) + lost);
    }

    // For how many of these owners somebody keeps it who does so for no other.
    private static int Matched(IReadOnlyList<int> owners, List<(int Holder, int Owner)> keepers, HashSet<int> used)
    {
        if (owners.Count == 0)
        {
            return 0;
        }

        IReadOnlyList<int> rest = [.. owners.Skip(1)];
        var best = Matched(rest, keepers, used);
        foreach (var (holder, owner) in keepers)
        {
            if (owner == owners[0] && used.Add(holder))
            {
                best = Math.Max(best, 1 + Matched(rest, keepers, used));
                used.Remove(holder);
            }
        }

        return best;
    }

    private string OnPlatters(WriteOp write) =>
        "On the platters: " + string.Join("; ", history.Ledger.OwnersOf(write.Key).Select(owner => string.Create(CultureInfo.InvariantCulture, $"n{owner + 1:x} {history.Ledger.Synced(owner, write.Key).Container}"))) + ".";
}
