using System.Globalization;
using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;
using Toystore.Storage;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// What members do that stand in for owners (Dynamo §4.6): nothing where a client asked for owners only; nothing in the place of an owner that could be reached all the time; that one of them has nothing never answers a read. And once
/// everything works again, all that they keep goes to the owners within a bound of time, and then nothing is missing there (<see cref="AcknowledgedWritesSurvive"/> looks). Nothing is forgotten before its owner has it on the disk.
/// </summary>
internal sealed class Hints(IClusterUnderTest cluster, History history) : IOracle
{
    /// <summary>How long it may take, from when everything works: who could not deliver something tries again after half a minute.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    // For so long after everything was as it should be a node may still believe that another one is gone.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public void Ended(Operation operation)
    {
        switch (operation)
        {
            case WriteOp { Outcome: WriteOutcome.Done { StandIns: > 0 } } write:
                Check(write);
                break;
            case ReadOp { Outcome.StandIns: > 0 } read:
                Check(read);
                break;
            default:
                break;
        }
    }

    // The owner has it on the platter before its holder forgets it; unless its disk was replaced, or garbled, after that.
    public void HintRemoved(int holder, StoreKey place, Container held)
    {
        var owner = history.Ledger.IndexOf(place.Target);
        if (history.Ledger.WasReplaced(owner) || history.Ledger.IsUnknowing(owner, place.Key))
        {
            return;
        }

        var there = history.Ledger.Synced(owner, place.Key);
        foreach (var sibling in held.Siblings)
        {
            if (there.IsReadable && there.StateOf(sibling.Dot) == DotState.Unheard && history.Ledger.LossesOf(sibling.Dot).All(loss => loss.Node != owner || loss.How == DiskLoss.PowerCut))
            {
                cluster.Violations.Add(
                    FailureKind.LostWrite,
                    nameof(Hints),
                    $"n{holder + 1:x} has removed what it kept of {place.Key} for {place.Target}, and that has not {sibling.Dot} on its disk ({there.Container}).");
            }
        }
    }

    public async Task MendedAsync()
    {
        var until = cluster.Loop.Now + Bound.Ticks;
        while (history.Ledger.AnyHints)
        {
            if (cluster.Loop.Now >= until)
            {
                cluster.Violations.Add(
                    FailureKind.Convergence,
                    nameof(Hints),
                    string.Create(CultureInfo.InvariantCulture, $"Owners have not been given what was kept for them within {Bound.TotalSeconds:0} s after everything was mended: {history.Ledger.Hints}."));
                return;
            }

            await cluster.Loop.PassAsync(Pause);
        }

        history.Drained();
    }

    private void Check(WriteOp write)
    {
        if (write.Options.Sloppy == false || write.Options.Precondition is not null)
        {
            Report($"A write was to count owners only, and others were counted: {write}.");
        }

        if (cluster.TogetherSince is { } since && since + Grace < write.SentAt)
        {
            Report($"Others were counted in the place of owners that could be reached all the time, so that who reads from owners may miss it: {write}. {history.Ledger.Whereabouts(write)}");
        }
    }

    private void Check(ReadOp read)
    {
        if (read.Options.Sloppy == false)
        {
            Report($"A read was to ask owners only, and others answered: {read}.");
        }

        if (read.Outcome is ReadOutcome.NotFound { Context: null })
        {
            Report($"A read says that there never was anything, and fewer than R owners have said so: {read}.");
        }
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Outcome, nameof(Hints), text);
}
