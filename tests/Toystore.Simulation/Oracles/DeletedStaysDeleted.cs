using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Promise 4: a deleted key stays deleted, and what has expired stays so. No read that must know of a delete shows what it deleted.</summary>
internal sealed class DeletedStaysDeleted(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        foreach (var finding in (operation as ReadOp)?.Findings ?? [])
        {
            var problem = finding switch
            {
                { Kind: FindingKind.Returned or FindingKind.Outrun, By: WriteOp { IsDelete: true } by } => $"A deleted value came back: {finding.Value} was deleted by {by}, and {operation}.",
                { Kind: FindingKind.Expired } => $"An expired value came back: {finding.Value} was to be gone from {finding.Value.ExpiresAt:O} on, which it was by every clock, and {operation}.",
                _ => null,
            };
            if (problem is not null)
            {
                cluster.Violations.Add(FailureKind.Resurrection, nameof(DeletedStaysDeleted), $"{problem} {history.Ledger.Whereabouts(finding.Value)}");
            }
        }
    }
}
