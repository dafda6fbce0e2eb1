using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Where two runs of one seed part.</summary>
/// <param name="Event">The first event that differs, counted from 1.</param>
/// <param name="One">That event in one run; null if the run had ended.</param>
/// <param name="Other">That event in the other run; null if the run had ended.</param>
/// <param name="Before">The last events that both have.</param>
internal sealed record TraceDifference(long Event, string? One, string? Other, IReadOnlyList<string> Before);

/// <summary>Runs a seed again and again until an event differs, comparing line by line.</summary>
internal static class TraceComparison
{
    private const int RunsMax = 6;
    private const int BeforeMax = 10;

    /// <summary>The first difference; null if all runs have had the same events. The trace of the first run is kept in a temporary file meanwhile.</summary>
    public static TraceDifference? Find(RunSeed run, ulong seed)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var kept = new StreamWriter(path))
            {
                run(seed, new RunOptions { Listener = line => kept.WriteLine(Escaped(line)) });
            }

            for (var i = 1; i < RunsMax; i++)
            {
                using var one = new StreamReader(path);
                if (Compare(run, seed, one) is { } difference)
                {
                    return difference;
                }
            }

            return null;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TraceDifference? Compare(RunSeed run, ulong seed, StreamReader one)
    {
        var before = new Queue<string>();
        var count = 0L;
        TraceDifference? difference = null;
        run(seed, new RunOptions { Listener = line => Next(Escaped(line)) });
        if (difference is null && one.ReadLine() is { } left)
        {
            difference = new TraceDifference(count + 1, left, null, [.. before]);
        }

        return difference;

        void Next(string other)
        {
            if (difference is not null)
            {
                return;
            }

            count++;
            var expected = one.ReadLine();
            if (expected != other)
            {
                difference = new TraceDifference(count, expected, other, [.. before]);
                return;
            }

            before.Enqueue(other);
            if (before.Count > BeforeMax)
            {
                before.Dequeue();
            }
        }
    }

    /// <summary>An event is one line of the file, whatever is in it.</summary>
    private static string Escaped(string line) => line.ReplaceLineEndings("\\n");
}
