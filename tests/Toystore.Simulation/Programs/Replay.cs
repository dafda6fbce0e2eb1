using Toystore.Simulation.Faults;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Runs a seed again, with all of its faults or with some of them.</summary>
internal static class Replay
{
    /// <summary>What is wrong with a seed; null if nothing is. For tests: <c>Assert.Null(Replay.Failure(42, [3, 7]))</c> runs it with two of its faults.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="faults">Numbers of the faults to keep, which may be none; null for all that the seed draws.</param>
    public static string? Failure(ulong seed, IReadOnlyList<int>? faults = null)
    {
        var result = SimulationRun.Run(seed, new RunOptions { Faults = faults is null ? null : Choose(SimulationRun.Run, seed, faults) });
        return result.Kind == FailureKind.None ? null : $"{result.Kind}, found by {result.Oracle}: {result.Message}\n{string.Join('\n', result.LastEvents)}";
    }

    /// <summary>Those of the faults that the seed draws which have these numbers. Throws <see cref="UsageException"/> for a number that it does not draw.</summary>
    public static IReadOnlyList<Fault> Choose(RunSeed run, ulong seed, IReadOnlyList<int> numbers)
    {
        if (numbers.Count == 0)
        {
            return [];
        }

        var drawn = run(seed, new RunOptions()).Faults;
        foreach (var number in numbers)
        {
            if (!drawn.Any(fault => fault.Number == number))
            {
                throw new UsageException($"Seed {seed} draws no fault #{number}; it draws {(drawn.Count == 0 ? "none" : string.Join(", ", drawn.Select(fault => $"#{fault.Number}")))}. Another version of the code may have drawn others.");
            }
        }

        return [.. drawn.Where(fault => numbers.Contains(fault.Number))];
    }
}
