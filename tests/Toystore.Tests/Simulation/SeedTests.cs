using Toystore.Simulation.Programs;

namespace Toystore.Tests.Simulation;

/// <summary>Seeds that once failed, each under the name of what must hold (docs/simulation.md says how one gets here), and what holds for any seed.</summary>
public sealed class SeedTests
{
    [Fact]
    public void A_few_seeds_pass() => Assert.All((ulong[])[1, 2, 3], seed => Assert.Null(Replay.Failure(seed)));

    [Fact]
    public void A_seed_passes_without_faults() => Assert.Null(Replay.Failure(1, []));
}
