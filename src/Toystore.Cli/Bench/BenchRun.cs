namespace Toystore.Cli.Bench;

/// <summary>What a run is doing, for those who watch.</summary>
internal sealed record BenchProgress(string Phase, TimeSpan Elapsed, long Ended, long Failed);

/// <summary>
/// A whole run: all keys are written once, then the load warms up, then it is measured. Each connection has a thread that blocks: with few connections that takes the least processor time, which the nodes on the same machine would miss.
/// </summary>
internal sealed class BenchRun(BenchOptions options, Func<CancellationToken, ValueTask<ClusterStatus?>> readStatus, TimeProvider time)
{
    private const int StackBytes = 256 * 1024;

    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it. A null report comes with the reason.</summary>
    public async Task<(BenchReport? Report, string Problem)> RunAsync(Action<BenchProgress> show, CancellationToken cancellationToken)
    {
        var value = new byte[options.ValueBytes];
        new Random(options.Seed).NextBytes(value);
        var zipf = options.ZipfExponent is { } exponent ? new Zipf(options.Keys, exponent) : null;
        var workers = Enumerable.Range(0, options.Connections).Select(number => new BenchWorker(options, number, zipf, value, time)).ToArray();
        try
        {
            using var stopping = cancellationToken.Register(() => Array.ForEach(workers, worker => worker.Stop()));
            if (options.Preload && await PreloadAsync(workers, show, cancellationToken) is { } problem)
            {
                return (null, problem);
            }

            await LoadAsync("warm-up", options.Warmup, workers, show, cancellationToken);
            var before = await readStatus(cancellationToken);
            var generatorBefore = Environment.CpuUsage.TotalTime;
            var took = await LoadAsync("measuring", options.Duration, workers, show, cancellationToken);
            var generator = Environment.CpuUsage.TotalTime - generatorBefore;
            var after = await readStatus(cancellationToken);
            var sum = new Measures();
            foreach (var worker in workers)
            {
                sum.Add(worker.Measures);
            }

            return (BenchReport.Of(options, sum, took, generator, before, after), "");
        }
        finally
        {
            Array.ForEach(workers, worker => worker.Dispose());
        }
    }

    private async Task<string?> PreloadAsync(BenchWorker[] workers, Action<BenchProgress> show, CancellationToken cancellationToken)
    {
        var problems = new string?[workers.Length];
        await ThreadsAsync("preload", workers, number => problems[number] = workers[number].Preload(), show, cancellationToken);
        return problems.FirstOrDefault(problem => problem is not null) is { } first
            ? $"The keys could not be written before the measurement: {first}. Check `toystore status`, or leave the preload out with --no-preload."
            : null;
    }

    private async Task<TimeSpan> LoadAsync(string phase, TimeSpan length, BenchWorker[] workers, Action<BenchProgress> show, CancellationToken cancellationToken)
    {
        Array.ForEach(workers, worker => worker.Begin());
        var schedule = options.Rate is { } rate ? new OpenLoop(rate, length) : null;
        var start = time.GetTimestamp();
        await ThreadsAsync(
            phase,
            workers,
            number =>
            {
                if (schedule is null)
                {
                    workers[number].RunClosed(length);
                }
                else
                {
                    workers[number].RunOpen(schedule, length, start);
                }
            },
            show,
            cancellationToken);
        return time.GetElapsedTime(start);
    }

    private async Task ThreadsAsync(string phase, BenchWorker[] workers, Action<int> work, Action<BenchProgress> show, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var all = Task.WhenAll(workers.Select((_, number) => OnThreadAsync(() => work(number))));
        while (!all.IsCompleted)
        {
            show(new BenchProgress(phase, time.GetElapsedTime(begun), workers.Sum(worker => worker.Measures.Ended), workers.Sum(worker => worker.Measures.Failed)));
            await Task.WhenAny(all, Task.Delay(ShowEvery, time, CancellationToken.None));
        }

        await all;
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static Task OnThreadAsync(Action work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(
            () =>
            {
                try
                {
                    work();
                    ended.SetResult();
                }
                catch (Exception e)
                {
                    ended.SetException(e);
                }
            },
            StackBytes)
        {
            IsBackground = true,
            Name = "bench",
        }.Start();
        return ended.Task;
    }
}
