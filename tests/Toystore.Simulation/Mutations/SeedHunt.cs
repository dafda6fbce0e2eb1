using System.Globalization;
using System.Text.Json;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Mutations;

/// <summary>What the program of a <see cref="MutatedTree"/> does: runs seeds in order until one fails, and says how each ended, a line of JSON each.</summary>
internal static class SeedHunt
{
    /// <summary>Runs the seeds from the first argument to the second; 1 if one failed.</summary>
    public static int Run(IReadOnlyList<string> args, Func<ulong, RunResult> run, TextWriter output)
    {
        var last = ulong.Parse(args[1], CultureInfo.InvariantCulture);
        for (var seed = ulong.Parse(args[0], CultureInfo.InvariantCulture); seed <= last; seed++)
        {
            var result = run(seed);
            var isWell = result.Kind == FailureKind.None;
            output.WriteLine(JsonSerializer.Serialize(new SeedVerdict(seed, isWell ? null : result.Kind.ToString(), result.Oracle, result.Message, result.Hash)));
            output.Flush();
            if (!isWell)
            {
                return 1;
            }
        }

        return 0;
    }
}
