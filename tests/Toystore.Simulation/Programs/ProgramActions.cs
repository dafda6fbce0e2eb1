using Toystore.Simulation.Membership;
using HuntOptions = Toystore.Simulation.Mutations.CampaignOptions;

namespace Toystore.Simulation.Programs;

/// <summary>What the program does when it is asked to, so that a test can do something else.</summary>
/// <param name="Run">Runs a seed.</param>
/// <param name="MeasureIdle">Lets a cluster do nothing for an hour.</param>
/// <param name="Hunt">Plants bugs and hunts them; the exit code.</param>
internal sealed record ProgramActions(RunSeed Run, Func<IdleFigures> MeasureIdle, Func<HuntOptions, CancellationToken, Task<int>> Hunt)
{
    /// <summary>Runs the named experiments of the membership protocol with a seed, up to so many members.</summary>
    public Action<TextWriter, IReadOnlyCollection<string>, ulong, int> MeasureSwim { get; init; } = SwimReport.Run;
}
