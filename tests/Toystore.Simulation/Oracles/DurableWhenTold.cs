using System.Globalization;
using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// Promise 1, at the moment it is made: when a client is told that its write is done, as many owners as it is told of have it - on the platter, if that was asked - or something that knows of it. A disk that lost it
/// since the client asked counts as if it still had it.
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
                string.Create(CultureInfo.InvariantCulture, $"A client was told too early: {write} is done with {done.Copies} copies ({done.Durability.ToString().ToLowerInvariant()}; W = {write.Needed}), and {best} of its owners have it {(isDurable ? "on the platter" : "where a killed process leaves it")}. {history.Ledger.Whereabouts(write)} {(isDurable ? OnPlatters(write) : "")}"));
        }
    }

    private int CountHolders(WriteOp write, Dot dot, bool isDurable)
    {
        var holders = 0;
        foreach (var owner in history.Ledger.OwnersOf(write.Key))
        {
            var record = isDurable ? history.Ledger.Synced(owner, write.Key) : history.Ledger.Visible(owner, write.Key);
            var excused = history.Ledger.LossesOf(dot).Any(loss => loss.Node == owner && loss.Moment > write.AttemptBegan && !(isDurable && loss.How == DiskLoss.PowerCut));
            holders += record.StateOf(dot) != DotState.Unheard || excused ? 1 : 0;
        }

        return holders;
    }

    private string OnPlatters(WriteOp write) =>
        "On the platters: " + string.Join("; ", history.Ledger.OwnersOf(write.Key).Select(owner => string.Create(CultureInfo.InvariantCulture, $"n{owner + 1:x} {history.Ledger.Synced(owner, write.Key).Container}"))) + ".";
}
