using Toystore.Simulation.Faults;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Runs a seed again, with all of its faults or with some of them.</summary>
internal static class Replay
{
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
