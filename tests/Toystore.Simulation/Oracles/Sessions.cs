using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Promise 5, as one client sees it: it reads its own acknowledged writes, and its reads do not go back behind what it has read. (A write that is nowhere any more is lost for everybody: promise 1.)</summary>
internal sealed class Sessions(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        foreach (var finding in (operation as ReadOp)?.Findings ?? [])
        {
            if (finding is { Kind: FindingKind.Missing, Proof.By: WriteOp } && finding.Value.Client == operation.Client && history.Ledger.IsLiveSomewhere(finding.Value))
            {
                Report($"A client did not see its own write: {finding.Value}, and {operation}, although they asked enough owners to meet. {history.Ledger.Whereabouts(finding.Value)}");
                continue;
            }

            var earlier = (finding.Proof?.By ?? finding.By) as ReadOp;
            if (earlier is null || earlier.Client != operation.Client || finding.Kind is not (FindingKind.Missing or FindingKind.Returned or FindingKind.Outrun))
            {
                continue;
            }

            var how = finding.Kind switch
            {
                FindingKind.Missing => "no longer shows",
                FindingKind.Returned => "shows again",
                _ => $"shows, instead of {((WriteOp)finding.By!).Name}, the older",
            };
            Report($"A client read backwards: after {earlier}, {operation}; it {how} {finding.Value}. Both asked enough owners to see the same. {history.Ledger.Whereabouts(finding.Value)}");
        }
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Session, nameof(Sessions), text);
}
