using System.Globalization;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>
/// Runs many seeds on several threads, each world wholly on one of them. Seeds are begun in order, and after a failure none is begun any more while those under way end: so the lowest seed that fails is found whatever the threads do.
/// </summary>
internal sealed class Campaign(CampaignOptions options, RunSeed run, TimeProvider time)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Guards everything below, and is pulsed when a worker ends.</summary>
    private readonly object _gate = new();
    private readonly List<RunResult> _results = [];
    private readonly List<RunResult> _failures = [];
    private readonly List<Worker> _workers = [];
    private CampaignProgress _totals = new() { SeedsAll = options.Seeds.Count };
    private (ulong Seed, Exception Thrown)? _broken;
    private CampaignEnd? _end;
    private ulong _taken;
    private long _began;

    /// <summary>What a run that does not end is reported by.</summary>
    public const string Watch = "the campaign's watch";

    /// <summary>Runs them; call it once. <paramref name="watch"/> hears several times a second, on this thread, how far it has come.</summary>
    public CampaignResult Run(Action<CampaignProgress>? watch = null, CancellationToken cancellationToken = default)
    {
        _began = time.GetTimestamp();
        using var stopping = cancellationToken.Register(() => Stop(CampaignEnd.Interrupted));
        for (var i = 0; i < options.Threads; i++)
        {
            var worker = new Worker();
            _workers.Add(worker);
            new Thread(() => Work(worker)) { IsBackground = true, Name = $"world {i + 1}" }.Start();
        }

        while (true)
        {
            CampaignProgress now;
            lock (_gate)
            {
                var isOver = _workers.TrueForAll(worker => worker.IsOver) || !Monitor.Wait(_gate, WatchInterval) && LeavesStuckOnes();
                if (isOver)
                {
                    return Result();
                }

                now = Snapshot();
            }

            watch?.Invoke(now);
        }
    }

    private void Work(Worker worker)
    {
        while (TryTake(worker, out var seed, out var twice))
        {
            RunResult? result = null, second = null;
            Exception? thrown = null;
            try
            {
                result = run(seed, new RunOptions());
                second = twice && result.Kind == FailureKind.None ? run(seed, new RunOptions()) : null;
            }
            catch (Exception e)
            {
                thrown = e;
            }

            lock (_gate)
            {
                if (worker.IsOver)
                {
                    return; // it has been left behind, and its seed reported
                }

                worker.Seed = null;
                if (thrown is not null)
                {
                    _broken ??= (seed, thrown);
                    Stop(CampaignEnd.Broken);
                }
                else
                {
                    Ended(second is null ? result! : Compare(result!, second), second is not null, time.GetElapsedTime(worker.Began));
                }
            }
        }

        lock (_gate)
        {
            worker.IsOver = true;
            Monitor.PulseAll(_gate);
        }
    }

    private bool TryTake(Worker worker, out ulong seed, out bool twice)
    {
        lock (_gate)
        {
            if (options.TimeMax is { } most && time.GetElapsedTime(_began) >= most)
            {
                Stop(CampaignEnd.Time);
            }

            twice = _taken < options.Twice;
            if (!options.Seeds.TryGet(_taken, out seed))
            {
                Stop(CampaignEnd.AllSeeds);
            }

            if (_end is not null)
            {
                return false;
            }

            _taken++;
            worker.Seed = seed;
            worker.Began = time.GetTimestamp();
            return true;
        }
    }

    private static RunResult Compare(RunResult first, RunResult second)
    {
        var isSame = first.Hash == second.Hash && first.Kind == second.Kind && first.VirtualTime == second.VirtualTime && first.Figures == second.Figures;
        return isSame
            ? first
            : first with
            {
                Kind = FailureKind.Nondeterminism,
                Oracle = "two runs of one seed",
                Message = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The first run has the hash {first.Hash:x16} after {first.Figures.Steps} steps and {first.VirtualTime.TotalSeconds:0.000000} s, the second {second.Hash:x16} after {second.Figures.Steps} steps and {second.VirtualTime.TotalSeconds:0.000000} s{(second.Kind == FailureKind.None ? "" : $", and fails: {second.Kind}: {second.Message}")}."),
            };
    }

    private void Ended(RunResult result, bool isCompared, TimeSpan took)
    {
        var figures = result.Figures;
        var isSlowest = took > _totals.SlowestTime || _totals.Seeds == 0;
        _totals = _totals with
        {
            Seeds = _totals.Seeds + 1,
            Compared = _totals.Compared + (isCompared ? 1u : 0),
            VirtualTime = _totals.VirtualTime + result.VirtualTime,
            Done = _totals.Done + figures.Done,
            NotDone = _totals.NotDone + figures.NotDone,
            Unknown = _totals.Unknown + figures.Unknown,
            Reads = _totals.Reads + figures.Reads,
            FailedReads = _totals.FailedReads + figures.FailedReads,
            Faults = _totals.Faults + figures.Faults,
            Steps = _totals.Steps + figures.Steps,
            SlowestSeed = isSlowest ? result.Seed : _totals.SlowestSeed,
            SlowestTime = isSlowest ? took : _totals.SlowestTime,
        };
        if (result.Kind != FailureKind.None)
        {
            _failures.Add(result);
            Stop(CampaignEnd.Failure);
        }

        if (options.KeepsResults)
        {
            _results.Add(result.Kind == FailureKind.None ? result with { LastEvents = [], Faults = [] } : result);
        }
    }

    /// <summary>Gives up those that have been running for too long: nothing can end a thread that goes round in circles. True if nobody is left.</summary>
    private bool LeavesStuckOnes()
    {
        foreach (var worker in _workers)
        {
            if (worker is { IsOver: false, Seed: { } seed } && time.GetElapsedTime(worker.Began) is var took && took > options.RunTimeMax)
            {
                worker.IsOver = true;
                var message = string.Create(CultureInfo.InvariantCulture, $"The run has not ended after {options.RunTimeMax.TotalSeconds:0} s of real time. --trace shows how far it gets.");
                Ended(new RunResult(seed, FailureKind.Stuck, Watch, message, [], 0, TimeSpan.Zero, default, "not known", []), isCompared: false, took);
            }
        }

        return _workers.TrueForAll(worker => worker.IsOver);
    }

    private void Stop(CampaignEnd end)
    {
        lock (_gate)
        {
            // What is wrong says more than that all seeds had been begun by then.
            _end = _end is null || end is CampaignEnd.Failure or CampaignEnd.Broken ? end : _end;
        }
    }

    private CampaignProgress Snapshot()
    {
        var oldest = _workers.Where(worker => worker is { IsOver: false, Seed: not null }).MinBy(worker => worker.Began);
        return _totals with
        {
            Failed = (ulong)_failures.Count,
            Elapsed = time.GetElapsedTime(_began),
            OldestSeed = oldest?.Seed,
            OldestTime = oldest is null ? TimeSpan.Zero : time.GetElapsedTime(oldest.Began),
        };
    }

    private CampaignResult Result()
    {
        _results.Sort((a, b) => a.Seed.CompareTo(b.Seed));
        _failures.Sort((a, b) => a.Seed.CompareTo(b.Seed));
        return new CampaignResult(_end ?? CampaignEnd.AllSeeds, Snapshot(), _results, _failures, _broken);
    }

    private sealed class Worker
    {
        public ulong? Seed { get; set; }

        public long Began { get; set; }

        public bool IsOver { get; set; }
    }
}
