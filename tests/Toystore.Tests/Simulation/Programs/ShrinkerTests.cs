using CsCheck;
using Toystore.Simulation.Programs;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Programs;

public sealed class ShrinkerTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 5)]
    [InlineData(8, 1, 8)]
    [InlineData(9, 2, 3, 7)]
    [InlineData(100, 13, 50, 51, 99)]
    [InlineData(30)]
    [InlineData(0)]
    public void The_faults_that_are_needed_are_found(int drawn, params int[] needed)
    {
        var shrunk = Shrink(drawn, faults => needed.All(faults.Contains) ? FailureKind.LostWrite : FailureKind.None);
        Assert.Equal(needed, shrunk.Result.Faults.Select(fault => fault.Number));
        Assert.True(shrunk.FailsAgain && shrunk.IsLeast);
    }

    [Fact]
    public void Each_fault_that_is_left_is_needed() => Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20].HashSet[1, 4].Array[1, 4]).Sample((drawn, reasons) =>
    {
        bool Fails(IReadOnlySet<int> faults) => reasons.Any(reason => reason.All(faults.Contains));
        if (!Fails(Enumerable.Range(1, drawn).ToHashSet()))
        {
            return;
        }

        var left = Shrink(drawn, faults => Fails(faults) ? FailureKind.Causality : FailureKind.None).Result.Faults.Select(fault => fault.Number).ToHashSet();
        Assert.True(Fails(left));
        Assert.All(left, one => Assert.False(Fails(left.Where(number => number != one).ToHashSet())));
    });

    [Fact]
    public void Another_kind_of_failure_is_another_failure()
    {
        var shrunk = Shrink(8, faults => faults.Contains(3) ? FailureKind.LostWrite : faults.Count < 8 ? FailureKind.Stuck : FailureKind.LostWrite);
        Assert.Equal([3], shrunk.Result.Faults.Select(fault => fault.Number));
    }

    [Fact]
    public void A_seed_that_does_not_fail_again_is_not_shrunk()
    {
        var shrunk = Shrink(8, _ => FailureKind.None);
        Assert.False(shrunk.FailsAgain);
        Assert.Equal(1, shrunk.Runs);
    }

    [Fact]
    public void When_the_time_is_up_it_says_that_fewer_may_do()
    {
        var shrunk = Shrink(64, faults =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return faults.Contains(1) && faults.Contains(64) ? FailureKind.LostWrite : FailureKind.None;
        });
        Assert.Equal(6, shrunk.Runs);
        Assert.True(shrunk is { FailsAgain: true, IsLeast: false });
        Assert.Equal(FailureKind.LostWrite, shrunk.Result.Kind);
    }

    [Fact]
    public void No_schedule_is_run_twice()
    {
        var seen = new HashSet<string>();
        Shrink(12, faults =>
        {
            Assert.True(seen.Add(string.Join(',', faults)) || faults.Count == 12);
            return faults.Contains(2) && faults.Contains(11) ? FailureKind.Bound : FailureKind.None;
        });
    }

    [Fact]
    public void Progress_says_how_many_are_left()
    {
        var said = new List<ShrinkProgress>();
        var failure = ScriptedRuns.Failed(1, FailureKind.Bound, 4);
        new Shrinker((seed, options) => options.Faults!.Any(fault => fault.Number == 2) ? failure : ScriptedRuns.Passed(seed), _time, TimeSpan.FromMinutes(1)).Shrink(failure, said.Add, TestContext.Current.CancellationToken);
        Assert.Equal(new ShrinkProgress(1, 4, said[^1].Runs), said[^1]);
    }

    private Shrunk Shrink(int drawn, Func<HashSet<int>, FailureKind> outcome)
    {
        var failure = ScriptedRuns.Failed(42, outcome(Enumerable.Range(1, drawn).ToHashSet()) is FailureKind.None ? FailureKind.LostWrite : outcome(Enumerable.Range(1, drawn).ToHashSet()), drawn);
        RunResult Run(ulong seed, RunOptions options)
        {
            Assert.Equal(42ul, seed);
            return ScriptedRuns.Passed(seed) with { Kind = outcome(options.Faults!.Select(fault => fault.Number).ToHashSet()), Faults = options.Faults! };
        }

        _time.Advance(TimeSpan.Zero);
        return new Shrinker(Run, _time, TimeSpan.FromMinutes(1)).Shrink(failure, cancellationToken: TestContext.Current.CancellationToken);
    }
}
