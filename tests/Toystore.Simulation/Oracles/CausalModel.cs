using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Promise 2: concurrent writes are never silently dropped, and what was replaced stays so. Compares reads with the causal model (<see cref="Expectations"/>).</summary>
internal sealed class CausalModel(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        switch (operation)
        {
            case ReadOp read:
                foreach (var finding in read.Findings)
                {
                    if (Problem(read, finding) is { } problem)
                    {
                        cluster.Violations.Add(FailureKind.Causality, nameof(CausalModel), $"{problem} {history.Ledger.Whereabouts(finding.Value)}");
                    }
                }

                break;
            case WriteOp { Told: Told.Done, IsLastWrite: false, MayBeReplaced: false } write:
                CheckNotSwallowed(write);
                break;
            default:
                break;
        }
    }

    private static string? Problem(ReadOp read, Finding finding) => finding switch
    {
        { Kind: FindingKind.Missing, Proof.By: ReadOp earlier } when earlier.Client != read.Client =>
            $"A value vanished: {earlier} showed {finding.Value}, nobody who may have seen it has written since, and {read} does not show it.",
        { Kind: FindingKind.Vanished } => $"A value vanished, and what may have replaced it with it: {read} shows neither {finding.Value} nor any write whose client may have seen that.",
        { Kind: FindingKind.Returned, By: WriteOp { IsDelete: false } by } => $"A value that was replaced came back: {finding.Value} was replaced by {by}, and {read} shows it.",
        { Kind: FindingKind.Returned, By: ReadOp earlier } when earlier.Client != read.Client => $"A value that was gone came back: {earlier} had seen {finding.Value} replaced, and {read} shows it.",
        { Kind: FindingKind.Uncovered } => $"A context does not cover what came with it: whoever writes with that of {read} does not replace {finding.Value}.",
        _ => null,
    };

    // An owner that has seen it, and does not have it, has been told that somebody replaced it.
    private void CheckNotSwallowed(WriteOp write)
    {
        var key = history.Of(write.Key);
        if (write.IsDelete || write.ExpiresAt is not null || write.Dots.Count != 1 || history.Ledger.LossesOf(write.Dots[0]).Count > 0 || key.Pending.Exists(other => other.MayReplace(write)))
        {
            return;
        }

        foreach (var owner in history.Ledger.OwnersOf(write.Key))
        {
            if (history.Ledger.Visible(owner, write.Key).StateOf(write.Dots[0]) == DotState.Replaced)
            {
                cluster.Violations.Add(
                    FailureKind.Causality,
                    nameof(CausalModel),
                    $"A write was swallowed: an owner takes {write} for replaced, and nobody who may have seen it has written. {history.Ledger.Whereabouts(write)}");
            }
        }
    }
}
