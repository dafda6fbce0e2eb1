using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Promise 1: an acknowledged write is never lost while fewer than W of the replicas that acknowledged it lose their disks. Looks at every read that must know of one.</summary>
internal sealed class AcknowledgedWritesSurvive(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        foreach (var finding in (operation as ReadOp)?.Findings ?? [])
        {
            if (finding is { Kind: FindingKind.Missing, Proof.By: WriteOp } && (finding.Value.Client != operation.Client || !history.Ledger.IsLiveSomewhere(finding.Value)))
            {
                cluster.Violations.Add(
                    FailureKind.LostWrite,
                    nameof(AcknowledgedWritesSurvive),
                    $"A write that was acknowledged is lost: {finding.Value}. Nobody who may have seen it has written since, and {operation} begun after that asked enough owners to meet one of those that acknowledged it. {history.Ledger.Whereabouts(finding.Value)}");
            }
        }
    }
}
