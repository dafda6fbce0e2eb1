using System.Globalization;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// Promise 3: once everything works again, every owner of every key answers a read by all N owners within a bound of time, and after those reads all of them hold the same. These reads are judged like all others, so that nothing
/// acknowledged is missing at the end either.
/// </summary>
internal sealed class Convergence(IClusterUnderTest cluster, History history) : IOracle
{
    /// <summary>How long it may take, from when everything works.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task MendedAsync()
    {
        var until = cluster.Loop.Now + Bound.Ticks;
        foreach (var key in history.Keys.ToList())
        {
            if (IsLostForReads(key))
            {
                cluster.Trace.Note("last", $"does not read {key.Key}: with W = 1, an owner whose record was garbled cannot be told what it lacks");
                continue;
            }

            var problem = "";
            while (await ProblemAsync(key) is { } found)
            {
                problem = found;
                if (cluster.Loop.Now >= until)
                {
                    Report(string.Create(CultureInfo.InvariantCulture, $"The owners of {key.Key} have not come to agree within {Bound.TotalSeconds:0} s after everything was mended: {problem}"));
                    break;
                }

                await cluster.Loop.PassAsync(Pause);
            }
        }
    }

    private async Task<string?> ProblemAsync(KeyHistory key)
    {
        foreach (var owner in history.Ledger.OwnersOf(key.Key))
        {
            var options = new ReadOptions { R = key.Quorums.Copies, Sloppy = false, Timeout = Patience };
            var read = history.BeginRead(Operation.LastReader, owner, key.Key, options);
            history.End(read, await cluster.AskAsync<ReadOutcome?>(owner, async store => await store.GetAsync(key.Key, options), null));
            if (!read.IsAnswered)
            {
                return $"{read}{(read.Outcome is ReadOutcome.Unavailable { Detail: var detail } ? $": {detail}" : "")}";
            }
        }

        return Difference(key.Key);
    }

    private string? Difference(Key key)
    {
        var records = history.Ledger.OwnersOf(key).Select(owner => (Owner: owner, Record: history.Ledger.Visible(owner, key))).ToList();
        return records.TrueForAll(each => HaveSameDots(each.Record.Container, records[0].Record.Container))
            ? null
            : "they hold different values: " + string.Join("; ", records.Select(each => string.Create(CultureInfo.InvariantCulture, $"n{each.Owner + 1:x} {each.Record.Container}"))) + ".";
    }

    // By the dots themselves: the digest is the code's own idea of what is the same.
    private static bool HaveSameDots(Container one, Container other) => one.Siblings.ToArray().Select(sibling => sibling.Dot).Order().SequenceEqual(other.Siblings.ToArray().Select(sibling => sibling.Dot).Order());

    private bool IsLostForReads(KeyHistory key) =>
        key.Quorums.Copies - key.Quorums.Writes + 1 >= key.Quorums.Copies && history.Ledger.OwnersOf(key.Key).Any(owner => history.Ledger.IsUnknowing(owner, key.Key) || history.Ledger.Visible(owner, key.Key) is { IsReadable: false } or { IsComplete: false });

    private void Report(string text) => cluster.Violations.Add(FailureKind.Convergence, nameof(Convergence), text);
}
