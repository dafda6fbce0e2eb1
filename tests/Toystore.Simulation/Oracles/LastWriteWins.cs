using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Under last-write-wins a write never loses to an earlier one that it could have known, and no read shows an older write than it must know of.</summary>
internal sealed class LastWriteWins(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        switch (operation)
        {
            case ReadOp read:
                Check(read);
                break;
            case WriteOp { IsLastWrite: true, Told: Told.Done } write when write.Dots.Count > 0:
                Check(write);
                break;
            default:
                break;
        }
    }

    private void Check(ReadOp read)
    {
        foreach (var finding in read.Findings)
        {
            var problem = finding switch
            {
                { Kind: FindingKind.Several } => $"More than one value of a key whose last write wins: {read}.",
                { Kind: FindingKind.Outrun, By: WriteOp { IsDelete: false } by } when finding.Proof?.By is not ReadOp earlier || earlier.Client != read.Client =>
                    $"An older write outran a later one: {read}, which must know of {by}; that is later than {finding.Value}.",
                _ => null,
            };
            if (problem is not null)
            {
                cluster.Violations.Add(FailureKind.Causality, nameof(LastWriteWins), $"{problem} {history.Ledger.Whereabouts(finding.Value)}");
            }
        }
    }

    // Its W owners and those of the earlier one overlap: one of them told its coordinator of the earlier dot, and it was minted above that.
    private void Check(WriteOp write)
    {
        if (history.Expectations.LastWrite(history.Of(write.Key), write.OwnersTold, write.Begin, isRead: false) is not { } last || last.Write == write || write.Highest.CompareTo(last.Proof.Floor) > 0 || history.Expectations.IsClockToBlame(write, last.Proof.Floor)
            || history.Expectations.MayBeReplacedFromBehind(history.Of(write.Key), last.Write, last.Proof.Floor))
        {
            return;
        }

        cluster.Violations.Add(
            FailureKind.Causality,
            nameof(LastWriteWins),
            $"A write lost to an earlier one: {write} was acknowledged after {last.Write} had been, which {last.Proof.Copies} owners hold at {last.Proof.Floor}, and has the lower dot. {history.Ledger.Whereabouts(last.Write)}");
    }
}
