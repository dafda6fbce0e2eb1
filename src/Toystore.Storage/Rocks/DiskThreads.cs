namespace Toystore.Storage.Rocks;

/// <summary>
/// Threads of our own for calls that block on a disk, so that a slow disk never starves the thread pool. The queue is as long as there are callers that wait: each has exactly one entry.
/// </summary>
internal sealed class DiskThreads
{
    // Guards _waiting and _ending.
    private readonly object _lock = new();
    private readonly Queue<Action> _waiting = new();
    private readonly Thread[] _threads;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _ending;

    public DiskThreads(string name, int count)
    {
        _running = count;
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = FormattableString.Invariant($"{name}-{i}") };
            _threads[i].Start();
        }
    }

    /// <summary>Calls <paramref name="work"/> on one of the threads. Cancelling stops the waiting.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ending, typeof(RocksDbStore));
            _waiting.Enqueue(() => Settle(work, done, cancellationToken));
            Monitor.Pulse(_lock);
        }

        return cancellationToken.CanBeCanceled ? done.Task.WaitAsync(cancellationToken) : done.Task;
    }

    /// <summary>Takes no more work and completes when what waits is done and the threads are gone.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            _ending = true;
            Monitor.PulseAll(_lock);
        }

        return _ended.Task;
    }

    private static void Settle<T>(Func<T> work, TaskCompletionSource<T> done, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            done.TrySetCanceled(cancellationToken);
            return;
        }

        try
        {
            done.TrySetResult(work());
        }
        catch (Exception e)
        {
            done.TrySetException(e);
        }
    }

    private void Work()
    {
        while (Take() is { } work)
        {
            work();
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.TrySetResult();
        }
    }

    private Action? Take()
    {
        lock (_lock)
        {
            while (_waiting.Count == 0 && !_ending)
            {
                Monitor.Wait(_lock);
            }

            return _waiting.TryDequeue(out var work) ? work : null;
        }
    }
}
