using System.Globalization;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// A node that was given an older copy of its disk finds out, if another one's disk remembers more of it: from then on it says that it does not know. What it answered before nobody can judge; so this looks at the disks, and asks the
/// node whether it has noticed. It errs on the side of the node: only the first process on the older copy must notice.
/// </summary>
internal sealed class RolledBackDisks(IClusterUnderTest cluster) : IOracle
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task MendedAsync()
    {
        var until = cluster.Loop.Now + Bound.Ticks;
        for (var node = 0; node < cluster.Nodes; node++)
        {
            while (cluster.HasMissedRollBack(node) && cluster.Loop.Now < until)
            {
                await cluster.Loop.PassAsync(Pause);
            }

            if (cluster.HasMissedRollBack(node))
            {
                cluster.Violations.Add(
                    FailureKind.LostWrite,
                    nameof(RolledBackDisks),
                    string.Create(CultureInfo.InvariantCulture, $"The disk of n{node + 1:x} was rolled back, another node's disk remembers more of it, and {Bound.TotalSeconds:0} s after everything was mended it has not noticed: it answers as if it knew."));
            }
        }
    }
}
