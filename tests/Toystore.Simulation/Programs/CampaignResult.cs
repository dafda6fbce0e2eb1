using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Why no more seeds were begun.</summary>
internal enum CampaignEnd
{
    /// <summary>All have been run.</summary>
    AllSeeds,

    /// <summary>The time was up.</summary>
    Time,

    /// <summary>One failed.</summary>
    Failure,

    /// <summary>Somebody asked to stop.</summary>
    Interrupted,

    /// <summary>The simulator threw.</summary>
    Broken,
}

/// <summary>What a campaign came to.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Totals">What happened in it.</param>
/// <param name="Results">All seeds that ended, the lowest first, without last events unless they failed; empty if they were not to be kept.</param>
/// <param name="Failures">Those that failed, the lowest first. No lower seed fails: the first failure is the same however many threads there were.</param>
/// <param name="Broken">What the simulator threw, and at which seed; null if it did not.</param>
internal sealed record CampaignResult(CampaignEnd End, CampaignProgress Totals, IReadOnlyList<RunResult> Results, IReadOnlyList<RunResult> Failures, (ulong Seed, Exception Thrown)? Broken)
{
    /// <summary>Seeds that passed, and comparisons that did.</summary>
    public ulong Passed => Totals.Seeds - (ulong)Failures.Count(failure => failure.Kind != FailureKind.Nondeterminism) + Totals.Compared - (ulong)Failures.Count(failure => failure.Kind == FailureKind.Nondeterminism);

    /// <summary>Seeds that failed, comparisons that did, and the simulator if it threw.</summary>
    public ulong Failed => (ulong)Failures.Count + (Broken is null ? 0u : 1u);
}
