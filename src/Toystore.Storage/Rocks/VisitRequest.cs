using Toystore.Core.Placement;

namespace Toystore.Storage.Rocks;

/// <summary>One call of <see cref="IStore.VisitAsync"/> on its way: each shard with slots in it has a part.</summary>
internal sealed class VisitRequest
{
    private readonly Shard[] _shards;
    private readonly DiskThreads _scans;
    private readonly Action<Slot> _visit;
    private readonly List<Slot>?[] _slots;
    private readonly ShardSnapshot?[] _snapshots;
    private readonly TaskCompletionSource<IStoreSnapshot> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _problem;
    private int _parts;

    public VisitRequest(Shard[] shards, DiskThreads scans, IReadOnlyList<Slot> slots, Action<Slot> visit)
    {
        (_shards, _scans, _visit) = (shards, scans, visit);
        _slots = new List<Slot>?[shards.Length];
        _snapshots = new ShardSnapshot?[shards.Length];
        foreach (var slot in slots)
        {
            (_slots[slot.Index % shards.Length] ??= []).Add(slot);
        }

        _parts = _slots.Count(static part => part is not null);
    }

    /// <summary>The snapshot, when every part is done.</summary>
    public Task<IStoreSnapshot> Done => _done.Task;

    /// <summary>Hands the parts to their writers.</summary>
    public void Begin(ShardWriter[] writers)
    {
        if (_parts == 0)
        {
            _done.SetResult(new RocksSnapshot(_shards, _snapshots, _scans));
        }

        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] is not null)
            {
                writers[i].Enqueue(this);
            }
        }
    }

    /// <summary>The writer of a shard, between two batches.</summary>
    public void Run(int shard)
    {
        try
        {
            _snapshots[shard] = _shards[shard].TakeSnapshot();
            _slots[shard]!.ForEach(_visit);
        }
        catch (Exception problem)
        {
            // Whatever it is, it is for the caller to see: a writer goes on.
            Volatile.Write(ref _problem, problem);
        }

        End();
    }

    /// <summary>A writer has ended and takes no more.</summary>
    public void Refuse()
    {
        Volatile.Write(ref _problem, new ObjectDisposedException(nameof(RocksDbStore)));
        End();
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _parts) != 0)
        {
            return;
        }

        var snapshot = new RocksSnapshot(_shards, _snapshots, _scans);
        if (Volatile.Read(ref _problem) is { } problem)
        {
            snapshot.Dispose();
            _done.SetException(problem);
            return;
        }

        _done.SetResult(snapshot);
    }
}
