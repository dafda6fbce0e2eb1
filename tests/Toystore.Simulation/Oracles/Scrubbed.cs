using System.Globalization;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// Records that have rotted while nobody reads them: once everything works again, those who own them find out, and have them given back by the others within a bound of time. Looks before anybody reads again, in runs in which a record
/// was garbled.
/// </summary>
internal sealed class Scrubbed(IClusterUnderTest cluster, History history) : IOracle
{
    /// <summary>How long it may take, from when everything works: a pause of the scrubber (<see cref="Topologies.ScrubPause"/>), and some attempts.</summary>
    public static readonly TimeSpan Bound = Topologies.ScrubPause + TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task MendedAsync()
    {
        var until = cluster.Loop.Now + Bound.Ticks;
        while (Rotten() is { } rotten)
        {
            if (cluster.Loop.Now >= until)
            {
                cluster.Violations.Add(
                    FailureKind.Convergence,
                    nameof(Scrubbed),
                    string.Create(CultureInfo.InvariantCulture, $"{rotten} has been damaged for {Bound.TotalSeconds:0} s after everything was mended, and nobody has given it back."));
                return;
            }

            await cluster.Loop.PassAsync(Pause);
        }
    }

    // Only where N - W + 1 others can be asked.
    private string? Rotten()
    {
        foreach (var key in history.Keys.Where(key => key.Quorums.Writes > 1))
        {
            foreach (var owner in history.Ledger.OwnersOf(key.Key).Where(owner => history.Ledger.Visible(owner, key.Key) is { IsReadable: false } or { IsComplete: false }))
            {
                return string.Create(CultureInfo.InvariantCulture, $"The record of {key.Key} at n{owner + 1:x}");
            }
        }

        return null;
    }
}
