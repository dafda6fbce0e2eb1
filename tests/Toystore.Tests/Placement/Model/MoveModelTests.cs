using System.Globalization;

namespace Toystore.Tests.Placement.Model;

/// <summary>
/// The rules of docs/decisions/0011, tried on random runs. <c>TOYSTORE_MODEL_RUNS=200000</c> makes it a longer hunt, <c>TOYSTORE_MODEL_SEED</c> starts elsewhere.
/// </summary>
public sealed class MoveModelTests
{
    private const ulong RunsByDefault = 1_000;

    [Fact]
    public void No_run_breaks_a_promise()
    {
        var first = Setting("TOYSTORE_MODEL_SEED", 0);
        var runs = Setting("TOYSTORE_MODEL_RUNS", RunsByDefault);
        for (var seed = first; seed < first + runs; seed++)
        {
            if (World.Run(seed).Violation is { } violation)
            {
                Assert.Fail($"seed {seed}: {violation}\n{Trace(seed)}");
            }
        }
    }

    [Fact]
    public void The_runs_exercise_what_they_are_about()
    {
        var total = new Outcome();
        for (ulong seed = 0; seed < 300; seed++)
        {
            var outcome = World.Run(seed);
            total.Moves += outcome.Moves;
            total.Cancelled += outcome.Cancelled;
            total.Removed += outcome.Removed;
            total.Joined += outcome.Joined;
            total.ReadsInMoves += outcome.ReadsInMoves;
            total.Overtaken += outcome.Overtaken;
            total.FloorsInMoves += outcome.FloorsInMoves;
            total.SlotsDropped += outcome.SlotsDropped;
            total.SetAside += outcome.SetAside;
        }

        Assert.True(total is { Moves: > 300, Cancelled: > 100, Removed: > 50, Joined: > 100, ReadsInMoves: > 300, Overtaken: > 1_000, FloorsInMoves: > 100, SlotsDropped: > 100, SetAside: > 5 });
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

    private static string Trace(ulong seed)
    {
        var trace = new Queue<string>();
        World.Run(seed, Broken.None, line =>
        {
            trace.Enqueue(line);
            if (trace.Count > 50)
            {
                trace.Dequeue();
            }
        });
        return string.Join('\n', trace);
    }

    private static ulong Setting(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
