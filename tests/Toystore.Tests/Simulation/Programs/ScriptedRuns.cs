using Toystore.Simulation.Faults;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Programs;

/// <summary>Runs that come to what a test says.</summary>
internal static class ScriptedRuns
{
    /// <summary>Faults #1 to #<paramref name="count"/>.</summary>
    public static IReadOnlyList<Fault> Faults(int count) =>
        [.. Enumerable.Range(1, count).Select(number => new Fault(number, TimeSpan.FromSeconds(number), TimeSpan.FromSeconds(1), FaultKind.Kill, number % 3, 0, 0.5))];

    /// <summary>A run of two virtual seconds in which all went well.</summary>
    public static RunResult Passed(ulong seed, int faults = 0) => new(
        seed, FailureKind.None, null, null, ["0.5 n1 an event"], 1000 + seed, TimeSpan.FromSeconds(2), new RunFigures(Done: 10, NotDone: 2, Unknown: 1, Reads: 20, FailedReads: 3, Faults: 4, Steps: 100), "3 nodes, N=3 R=2 W=2", Faults(faults));

    /// <summary>A run that broke a promise.</summary>
    public static RunResult Failed(ulong seed, FailureKind kind, int faults = 0) => Passed(seed, faults) with { Kind = kind, Oracle = "AnOracle", Message = $"it broke with {faults} faults" };
}
