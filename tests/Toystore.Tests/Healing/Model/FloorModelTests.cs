using System.Globalization;

namespace Toystore.Tests.Healing.Model;

/// <summary>
/// The rules of docs/decisions/0009, tried on random runs. <c>TOYSTORE_MODEL_RUNS=200000</c> makes it a longer hunt, <c>TOYSTORE_MODEL_SEED</c> starts elsewhere.
/// </summary>
public sealed class FloorModelTests
{
    private const ulong RunsByDefault = 1_000;

    [Fact]
    public void No_run_breaks_a_promise()
    {
        var first = Setting("TOYSTORE_MODEL_SEED", 0);
        var runs = Setting("TOYSTORE_MODEL_RUNS", RunsByDefault);
        for (var seed = first; seed < first + runs; seed++)
        {
            var outcome = World.Run(seed);
            if (outcome.Violation is null)
            {
                continue;
            }

            var trace = new Queue<string>();
            World.Run(seed, Broken.None, line =>
            {
                trace.Enqueue(line);
                if (trace.Count > 50)
                {
                    trace.Dequeue();
                }
            });
            Assert.Fail($"seed {seed}: {outcome.Violation}\n{string.Join('\n', trace)}");
        }
    }

    [Fact]
    public void The_runs_exercise_what_they_are_about()
    {
        var total = new Outcome();
        for (ulong seed = 0; seed < 300; seed++)
        {
            var outcome = World.Run(seed);
            total.Reads += outcome.Reads;
            total.PurgesInFaults += outcome.PurgesInFaults;
            total.FloorsInFaults += outcome.FloorsInFaults;
            total.FloorsAdopted += outcome.FloorsAdopted;
            total.TooLow += outcome.TooLow;
            total.Stale += outcome.Stale;
            total.GhostsRejected += outcome.GhostsRejected;
            total.RoundsToClean = Math.Max(total.RoundsToClean, outcome.RoundsToClean);
        }

        Assert.True(total is { Reads: > 1_000, PurgesInFaults: > 100, FloorsInFaults: > 1_000, FloorsAdopted: > 1_000, TooLow: > 1_000, Stale: > 1_000, GhostsRejected: > 100 });
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var traces = new List<string>[] { [], [] };
        foreach (var trace in traces)
        {
            World.Run(7, Broken.None, trace.Add);
        }

        Assert.NotEmpty(traces[0]);
        Assert.Equal(traces[0], traces[1]);
    }

    private static ulong Setting(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
