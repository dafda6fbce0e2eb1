using Toystore.Simulation.Programs;

namespace Toystore.Tests.Simulation.Programs;

public sealed class TraceComparisonTests
{
    [Fact]
    public void The_first_event_that_differs_is_named_with_those_before_it()
    {
        var difference = TraceComparison.Find(Traces(["a", "b", "c", "d"], ["a", "b", "x", "d"]), 1)!;
        Assert.Equal((3, "c", "x"), (difference.Event, difference.One, difference.Other));
        Assert.Equal(["a", "b"], difference.Before);
    }

    [Fact]
    public void A_run_that_ends_earlier_differs_there()
    {
        Assert.Equal((2, "b", (string?)null), Parts(TraceComparison.Find(Traces(["a", "b"], ["a"]), 1)!));
        Assert.Equal((2, (string?)null, "b"), Parts(TraceComparison.Find(Traces(["a"], ["a", "b"]), 1)!));
    }

    [Fact]
    public void A_rare_difference_is_looked_for_several_times() => Assert.Equal((1, "a", "z"), Parts(TraceComparison.Find(Traces(["a"], ["a"], ["a"], ["z"]), 1)!));

    [Fact]
    public void Equal_traces_do_not_differ() => Assert.Null(TraceComparison.Find(Traces(["a", "two\nlines"]), 1));

    [Fact]
    public void Of_the_events_before_only_the_last_are_kept()
    {
        string[] long1 = [.. Enumerable.Range(0, 100).Select(number => $"{number}"), "end"];
        string[] long2 = [.. Enumerable.Range(0, 100).Select(number => $"{number}"), "other"];
        var difference = TraceComparison.Find(Traces(long1, long2), 1)!;
        Assert.Equal(Enumerable.Range(90, 10).Select(number => $"{number}"), difference.Before);
        Assert.Equal(101, difference.Event);
    }

    private static (long, string?, string?) Parts(TraceDifference difference) => (difference.Event, difference.One, difference.Other);

    /// <summary>Run after run says these; the last goes on for ever.</summary>
    private static RunSeed Traces(params string[][] traces)
    {
        var runs = 0;
        return (seed, options) =>
        {
            foreach (var line in traces[Math.Min(runs++, traces.Length - 1)])
            {
                options.Listener!(line);
            }

            return ScriptedRuns.Passed(seed);
        };
    }
}
