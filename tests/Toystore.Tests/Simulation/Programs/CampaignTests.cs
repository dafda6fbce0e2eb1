using System.Collections.Concurrent;
using Toystore.Simulation.Programs;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Programs;

public sealed class CampaignTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Every_seed_is_run_once_and_results_are_in_the_order_of_seeds(int threads)
    {
        var begun = new ConcurrentBag<ulong>();
        var result = Run(new CampaignOptions { Seeds = new SeedRange(7, 50), Threads = threads }, seed =>
        {
            begun.Add(seed);
            return ScriptedRuns.Passed(seed);
        });

        var all = Enumerable.Range(7, 50).Select(seed => (ulong)seed);
        Assert.Equal(all, begun.Order());
        Assert.Equal(all, result.Results.Select(run => run.Seed));
        Assert.Equal((CampaignEnd.AllSeeds, 50ul, 0ul), (result.End, result.Passed, result.Failed));
    }

    [Fact]
    public void Totals_add_up_what_the_runs_did()
    {
        var totals = Run(new CampaignOptions { Seeds = new SeedRange(1, 5), Twice = 2, Threads = 1 }, seed =>
        {
            _time.Advance(TimeSpan.FromSeconds(seed == 4 ? 3 : 1));
            return ScriptedRuns.Passed(seed);
        }).Totals;

        Assert.Equal((5ul, 2ul, 50, 10, 5, 100, 15, 20, 500), (totals.Seeds, totals.Compared, totals.Done, totals.NotDone, totals.Unknown, totals.Reads, totals.FailedReads, totals.Faults, totals.Steps));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(9)), (totals.VirtualTime, totals.Elapsed));
        Assert.Equal((4ul, TimeSpan.FromSeconds(3)), (totals.SlowestSeed, totals.SlowestTime));
    }

    [Fact]
    public void A_world_runs_on_a_thread_of_its_own_from_beginning_to_end()
    {
        var seen = new ConcurrentBag<(bool IsPooled, bool HasContext)>();
        Run(new CampaignOptions { Seeds = new SeedRange(1, 6), Threads = 2 }, seed =>
        {
            seen.Add((Thread.CurrentThread.IsThreadPoolThread, SynchronizationContext.Current is not null));
            return ScriptedRuns.Passed(seed);
        });
        Assert.All(seen, thread => Assert.Equal((false, false), thread));
    }

    [Fact]
    public void After_a_failure_no_seed_is_begun_and_those_under_way_end_so_that_the_lowest_is_found()
    {
        var begun = new ConcurrentBag<ulong>();
        using var third = new ManualResetEventSlim();
        var result = Run(new CampaignOptions { Seeds = new SeedRange(1, 1000), Threads = 2 }, seed =>
        {
            begun.Add(seed);
            if (seed == 2)
            {
                third.Wait(TestContext.Current.CancellationToken);
            }
            else if (seed == 3)
            {
                third.Set();
            }

            return seed == 1 ? ScriptedRuns.Passed(seed) : ScriptedRuns.Failed(seed, FailureKind.LostWrite);
        });

        Assert.Equal([1ul, 2, 3], begun.Order().ToList());
        Assert.Equal([2ul, 3], result.Failures.Select(failure => failure.Seed));
        Assert.Equal((CampaignEnd.Failure, 1ul, 2ul), (result.End, result.Passed, result.Failed));
    }

    [Fact]
    public void When_the_time_is_up_no_seed_is_begun()
    {
        var result = Run(new CampaignOptions { Seeds = new SeedRange(1, null), TimeMax = TimeSpan.FromMinutes(5), Threads = 1 }, seed =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return ScriptedRuns.Passed(seed);
        });
        Assert.Equal((CampaignEnd.Time, 5ul), (result.End, result.Totals.Seeds));
    }

    [Fact]
    public void Seeds_may_be_used_up_before_the_time_is()
    {
        var result = Run(new CampaignOptions { Seeds = new SeedRange(1, 3), TimeMax = TimeSpan.FromMinutes(5), Threads = 1 }, seed => ScriptedRuns.Passed(seed));
        Assert.Equal((CampaignEnd.AllSeeds, 3ul), (result.End, result.Totals.Seeds));
    }

    [Fact]
    public void Only_the_first_seeds_are_run_twice()
    {
        var begun = new ConcurrentBag<ulong>();
        var result = Run(new CampaignOptions { Seeds = new SeedRange(5, 4), Twice = 2, Threads = 2 }, seed =>
        {
            begun.Add(seed);
            return ScriptedRuns.Passed(seed);
        });
        Assert.Equal([5ul, 5, 6, 6, 7, 8], begun.Order().ToList());
        Assert.Equal(6ul, result.Passed);
    }

    [Fact]
    public void Two_runs_of_a_seed_with_different_hashes_are_a_failure()
    {
        var runs = 0ul;
        var result = Run(new CampaignOptions { Seeds = SeedRange.One(9), Twice = 1, Threads = 1 }, seed => ScriptedRuns.Passed(seed) with { Hash = ++runs });
        var failure = Assert.Single(result.Failures);
        Assert.Equal(FailureKind.Nondeterminism, failure.Kind);
        Assert.Contains("0000000000000001", failure.Message, StringComparison.Ordinal);
        Assert.Contains("0000000000000002", failure.Message, StringComparison.Ordinal);
        Assert.Equal((1ul, 1ul), (result.Passed, result.Failed));
    }

    [Fact]
    public void A_seed_that_fails_only_the_second_time_is_not_deterministic()
    {
        var runs = 0;
        var result = Run(new CampaignOptions { Seeds = SeedRange.One(9), Twice = 1, Threads = 1 }, seed => ++runs == 1 ? ScriptedRuns.Passed(seed) : ScriptedRuns.Failed(seed, FailureKind.Session));
        Assert.Equal(FailureKind.Nondeterminism, Assert.Single(result.Failures).Kind);
        Assert.Contains("Session", result.Failures[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_does_not_end_is_left_behind_and_reported()
    {
        using var end = new ManualResetEventSlim();
        var result = Run(new CampaignOptions { Seeds = new SeedRange(1, 10), Threads = 1, RunTimeMax = TimeSpan.FromMinutes(1) }, seed =>
        {
            if (seed == 2)
            {
                _time.Advance(TimeSpan.FromMinutes(2));
                end.Wait(TestContext.Current.CancellationToken);
            }

            return ScriptedRuns.Passed(seed);
        });
        end.Set();
        Assert.Equal((2ul, FailureKind.Stuck, Campaign.Watch), (result.Failures[0].Seed, result.Failures[0].Kind, result.Failures[0].Oracle));
    }

    [Fact]
    public void What_the_simulator_throws_ends_the_campaign_and_names_the_seed()
    {
        var result = Run(new CampaignOptions { Seeds = new SeedRange(1, 10), Threads = 1 }, seed => seed == 3 ? throw new InvalidOperationException("oops") : ScriptedRuns.Passed(seed));
        Assert.Equal((CampaignEnd.Broken, 3ul, "oops", 1ul), (result.End, result.Broken?.Seed, result.Broken?.Thrown.Message, result.Failed));
    }

    [Fact]
    public void Asked_to_stop_it_begins_no_seed_any_more()
    {
        using var stop = new CancellationTokenSource();
        var options = new CampaignOptions { Seeds = new SeedRange(1, 100), Threads = 1 };
        var result = new Campaign(options, (seed, _) =>
        {
            if (seed == 5)
            {
                stop.Cancel();
            }

            return ScriptedRuns.Passed(seed);
        }, _time).Run(cancellationToken: stop.Token);
        Assert.Equal((CampaignEnd.Interrupted, 5ul), (result.End, result.Totals.Seeds));
    }

    [Fact]
    public void Last_events_are_kept_of_failures_only()
    {
        var options = new CampaignOptions { Seeds = new SeedRange(1, 2), Threads = 1 };
        var result = Run(options, seed => seed == 2 ? ScriptedRuns.Failed(seed, FailureKind.Bound) : ScriptedRuns.Passed(seed));
        Assert.Equal([0, 1], result.Results.Select(run => run.LastEvents.Count));
        Assert.Empty(Run(options with { KeepsResults = false }, seed => ScriptedRuns.Passed(seed)).Results);
    }

    [Fact]
    public void The_last_seed_of_all_may_be_run()
    {
        Assert.True(SeedRange.One(ulong.MaxValue).TryGet(0, out var seed));
        Assert.Equal(ulong.MaxValue, seed);
        Assert.False(new SeedRange(ulong.MaxValue, null).TryGet(1, out _));
    }

    private CampaignResult Run(CampaignOptions options, Func<ulong, RunResult> run) =>
        new Campaign(options, (seed, _) => run(seed), _time).Run(cancellationToken: TestContext.Current.CancellationToken);
}
