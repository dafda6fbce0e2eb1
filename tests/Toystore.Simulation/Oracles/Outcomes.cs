using System.Globalization;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Promise 6: done, not done and unknown are never reported one for the other, and nobody is shown what nobody wrote.</summary>
internal sealed class Outcomes(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        switch (operation)
        {
            case ReadOp read:
                Check(read);
                break;
            case WriteOp write:
                Check(write);
                break;
            default:
                break;
        }
    }

    public void FirstStored(StoredDot stored, WriteOp? write)
    {
        if (write is { MayHaveHappened: false })
        {
            Report($"A write happened that was reported as not happening: {write} is now on the disk of n{stored.Node + 1:x} as {stored.Sibling.Dot}.");
        }
    }

    private void Check(ReadOp read)
    {
        foreach (var strange in read.Strange)
        {
            Report($"A read showed what was never written: {read}; that is {strange}.");
        }

        foreach (var write in read.Shown)
        {
            if (!write.MayHaveHappened)
            {
                Report($"A write shows that was reported as not happening: {write}, and {read}.");
            }
        }

        if (read.Outcome is ReadOutcome.Invalid invalid)
        {
            Report($"A read that makes sense was refused: {read}: {invalid.Problem}");
        }
    }

    private void Check(WriteOp write)
    {
        switch (write.Outcome)
        {
            case WriteOutcome.Done done when done.Copies < write.Needed:
                Report(string.Create(CultureInfo.InvariantCulture, $"A write was reported as done with {done.Copies} copies, and needs {write.Needed}: {write}."));
                break;
            case WriteOutcome.Done done when write.Durability == WriteDurability.Fsync && done.Durability != WriteDurability.Fsync:
                Report($"A write was to be on the disk when it is done, and was reported as done with less: {write}.");
                break;
            case WriteOutcome.Invalid invalid:
                Report($"A write that makes sense was refused: {write}: {invalid.Problem}");
                break;
            default:
                break;
        }

        if (!write.MayHaveHappened && write.Dots.Count > 0)
        {
            Report($"A write was reported as not happening, and happened: {write}. {history.Ledger.Whereabouts(write)}");
        }
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Outcome, nameof(Outcomes), text);
}
