using System.Threading.Tasks.Sources;

namespace Toystore.Storage.Rocks;

/// <summary>
/// One call of <see cref="IStore.WriteAsync"/> or <see cref="IStore.DropSlotAsync"/> on its way: what the caller awaits and what the writers work on. Pooled: it goes back when its caller has taken the outcome and
/// every writer has let go of it.
/// </summary>
internal sealed class WriteRequest(WriteQueue queue) : IValueTaskSource<StoreWrite>
{
    // The writer settles, the caller's continuation runs elsewhere: a writer thread never runs a caller's code.
    private ManualResetValueTaskSourceCore<StoreWrite> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private int _settled;
    private int _holders;
    private int _parts;
    private int _refused;
    private int _done;
    private int _failed;

    /// <summary>What to write; null to drop a slot.</summary>
    public StoreBatch? Batch { get; private set; }

    /// <summary>How durably.</summary>
    public Durability Durability { get; private set; }

    /// <summary>The area of the slot to drop.</summary>
    public StorePlace Place { get; private set; }

    /// <summary>What it takes of the queue's bound.</summary>
    public long Bytes { get; private set; }

    /// <summary>True if it must be let through when little room is left: it makes room, or it is what the node knows of itself.</summary>
    public bool MayUseReserve { get; private set; }

    /// <summary>Readies it for a batch that <paramref name="shards"/> writers have a part in.</summary>
    public ValueTask<StoreWrite> Begin(StoreBatch batch, Durability durability, int shards, CancellationToken cancellationToken)
    {
        var puts = false;
        foreach (ref readonly var change in batch.Changes)
        {
            puts |= !change.Delete && change.Key.Area != StoreArea.System;
        }

        (Batch, Durability, Bytes, MayUseReserve) = (batch, durability, batch.Bytes, batch.MakesRoom || !puts);
        return Begin(shards, cancellationToken);
    }

    /// <summary>Readies it for dropping a slot.</summary>
    public ValueTask<StoreWrite> Begin(StorePlace place, CancellationToken cancellationToken)
    {
        (Batch, Durability, Bytes, MayUseReserve, Place) = (null, Durability.Fsync, 0, true, place);
        return Begin(1, cancellationToken);
    }

    /// <summary>A writer says how its part ended; with the last part the caller is answered.</summary>
    public void Settle(StoreWrite outcome)
    {
        switch (outcome)
        {
            case StoreWrite.Done:
                Interlocked.Increment(ref _done);
                break;
            case StoreWrite.Failed:
                Interlocked.Increment(ref _failed);
                break;
            default:
                Interlocked.Exchange(ref _refused, (int)outcome);
                break;
        }

        if (Interlocked.Decrement(ref _parts) != 0)
        {
            return;
        }

        queue.GiveBack(Bytes);

        // Part done and part refused is neither: all the caller may be told is that it is not known.
        var whole = _failed > 0 || (_refused != 0 && _done > 0) ? StoreWrite.Failed : (StoreWrite)_refused;
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _core.SetResult(whole);
        }

        LetGo();
    }

    StoreWrite IValueTaskSource<StoreWrite>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a callback that is under way, so that it cannot hit the next use of this object.
            _cancellation.Dispose();
            LetGo();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<StoreWrite>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<StoreWrite>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private ValueTask<StoreWrite> Begin(int shards, CancellationToken cancellationToken)
    {
        _core.Reset();
        (_settled, _holders, _parts, _refused, _done, _failed) = (0, 2, shards, 0, 0, 0);
        _token = cancellationToken;
        _cancellation = cancellationToken.CanBeCanceled ? cancellationToken.UnsafeRegister(static self => ((WriteRequest)self!).StopWaiting(), this) : default;
        return new ValueTask<StoreWrite>(this, _core.Version);
    }

    private void StopWaiting()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _core.SetException(new OperationCanceledException(_token));
        }
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Batch = null;
            _token = default;
            _cancellation = default;
            queue.Recycle(this);
        }
    }
}
