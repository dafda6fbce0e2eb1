using System.Numerics;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Storage.Memory;

namespace Toystore.Simulation.Disks;

/// <summary>
/// The store of one life on a <see cref="SimulatedDisk"/>: does what <see cref="RocksDbStore"/> does, as well or as badly as the conditions of the disk are, in the time of the world. When the life is over nothing of it happens
/// any more, and nobody is answered.
/// </summary>
internal sealed class SimulatedStore : IStore
{
    private readonly SimulatedDisk _disk;
    private readonly Life _life;
    private readonly Chance _chance;
    private readonly DiskConditions _conditions;
    private readonly SimulatedWriter[] _writers;
    private readonly TaskCompletionSource _readsEnded = new();
    private readonly TaskCompletionSource _disposed = new();
    private long _waitingBytes;
    private int _waitingCalls;
    private int _reading;
    private bool _disposing;

    /// <summary>Opens a disk. What its log has is there at once.</summary>
    /// <exception cref="StoreException">Another life has it open, or a power loss damaged its log before the end.</exception>
    public SimulatedStore(SimulatedDisk disk, Life life, Chance chance, DiskConditions conditions)
    {
        (_disk, _life, _chance, _conditions) = (disk, life, chance, conditions);
        Trees = new SlotTrees(isStoreEmpty: !disk.VisibleRecords(StoreArea.Data).Any());
        _writers = [.. Enumerable.Range(0, disk.Shards).Select(shard => new SimulatedWriter(disk, shard, Trees, life, chance, conditions))];
        life.Ended += () => disk.Close(this);
        var (isReadOnly, isFull) = (conditions.IsReadOnly, conditions.Room == Room.None);
        disk.Open(this, takesWrites: !isReadOnly && !isFull);
        foreach (var writer in _writers)
        {
            writer.Trouble = isReadOnly ? StoreWrite.ReadOnly : isFull ? StoreWrite.Full : null;
        }
    }

    /// <inheritdoc/>
    public SlotTrees Trees { get; }

    /// <inheritdoc/>
    public StoreWrite Writable
    {
        get
        {
            foreach (var writer in _writers)
            {
                if (writer.Trouble is { } trouble)
                {
                    return trouble;
                }
            }

            return _conditions.Room == Room.Enough ? StoreWrite.Done : StoreWrite.Full;
        }
    }

    /// <summary>True if some of it takes no writes for the rest of this life.</summary>
    public bool HasFailed => Array.Exists(_writers, static writer => writer.Trouble == StoreWrite.Failed);

    /// <inheritdoc/>
    public StoreState State
    {
        get
        {
            var outcome = Writable;
            foreach (var writer in _writers)
            {
                if (writer.Trouble is not null && !_life.IsOver)
                {
                    writer.LookAgain();
                }
            }

            var free = _conditions.Room switch { Room.Enough => 1L << 40, Room.Reserve => 128L << 20, _ => 0 };
            return new StoreState(outcome, free, _disk.BytesUsed, outcome == StoreWrite.Done ? null : $"The disk of {_disk.Name} takes no writes: {outcome}.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreRead> GetAsync(StoreKey key, CancellationToken cancellationToken)
    {
        RequireKey(key);
        ObjectDisposedException.ThrowIf(_disposing, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreRead>(cancellationToken);
        }

        var now = _disk.Get(key);
        if (!_life.IsOver && now.Status != StoreReadStatus.Garbled && _chance.Hits(_conditions.ReadsFromMemory))
        {
            return new ValueTask<StoreRead>(now);
        }

        // It sees the disk of some moment while it is under way.
        var early = _chance.Hits(0.5);
        return ReadAsync(() => _chance.Hits(_conditions.ReadErrors) ? new StoreRead(StoreReadStatus.Unreadable, default) : early ? now : _disk.Get(key), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StoreWrite> WriteAsync(StoreBatch batch, Durability durability, CancellationToken cancellationToken)
    {
        var involved = 0U;
        foreach (ref readonly var change in batch.Changes)
        {
            RequireKey(change.Key);
            involved |= 1U << ShardOf(change.Key.Slot);
        }

        ObjectDisposedException.ThrowIf(_disposing, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreWrite>(cancellationToken);
        }

        if (involved == 0)
        {
            return new ValueTask<StoreWrite>(StoreWrite.Done);
        }

        var call = WriteCall.Of(_life, BitOperations.PopCount(involved), batch, durability, GiveBack);
        if (!TryTake(call))
        {
            return new ValueTask<StoreWrite>(StoreWrite.Overloaded);
        }

        var done = call.Begin(cancellationToken);
        var isWhole = BitOperations.IsPow2(involved);
        for (; involved != 0 && !_life.IsOver; involved &= involved - 1)
        {
            var shard = BitOperations.TrailingZeroCount(involved);
            _writers[shard].Enqueue(new WritePart(call, new LogPart(isWhole ? batch : PartOf(batch, shard))));
        }

        return done;
    }

    /// <inheritdoc/>
    public ValueTask<StoreWrite> DropSlotAsync(StorePlace place, CancellationToken cancellationToken)
    {
        RequirePlace(place);
        ObjectDisposedException.ThrowIf(_disposing, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreWrite>(cancellationToken);
        }

        var call = WriteCall.OfDrop(_life, GiveBack);
        if (!TryTake(call))
        {
            return new ValueTask<StoreWrite>(StoreWrite.Overloaded);
        }

        var done = call.Begin(cancellationToken);
        if (!_life.IsOver)
        {
            _writers[ShardOf(place.Slot)].Enqueue(new WritePart(call, new LogPart(null, place)));
        }

        return done;
    }

    /// <inheritdoc/>
    public ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken) =>
        ScanAsync(_disk.View, new SimulatedScan(first, start, last, recordsMax, bytesMax), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IStoreSnapshot> VisitAsync(IReadOnlyList<Slot> slots, Action<Slot> visit, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposing, this);
        return ReadAsync(Visit, cancellationToken);

        // A group takes effect within one event, so every event is between two of them.
        IStoreSnapshot Visit()
        {
            foreach (var slot in slots as Slot[] ?? [.. slots])
            {
                visit(slot);
            }

            return TakeSnapshot();
        }
    }

    /// <inheritdoc/>
    public IStoreSnapshot TakeSnapshot()
    {
        ObjectDisposedException.ThrowIf(_disposing, this);
        return new Snapshot(this, _disk.View(), [.. _writers.Select(writer => writer.Era)]);
    }

    /// <summary>Keeps a backup on the disk under this name (<see cref="SimulatedDisk.Checkpoint"/>): there are no directories here.</summary>
    public async ValueTask CheckpointAsync(string directory, CancellationToken cancellationToken) =>
        await ReadAsync(
            () => _conditions.Room == Room.None || _conditions.IsReadOnly ? throw new StoreException($"The checkpoint {directory} could not be made: the disk takes no writes.")
                : _disk.TryCheckpoint(directory) ? true
                : throw new StoreException($"{directory} exists already: a checkpoint makes its own directory."),
            cancellationToken);

    /// <summary>Writes all that waits, brings the log to disk, and closes. Calls after this throw <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposing)
        {
            _disposing = true;
            if (_reading > 0)
            {
                await _readsEnded.Task;
            }

            foreach (var closed in _writers.Select(writer => writer.EndAsync()).ToArray())
            {
                await closed;
            }

            _disk.Close(this);
            _disposed.SetResult();
        }

        await _disposed.Task;
    }

    private static void RequireKey(in StoreKey key)
    {
        Invariant.Require(key.Key.Length > 0, "a record has a key");
        RequirePlace(key.Place);
    }

    private static void RequirePlace(in StorePlace place)
    {
        Invariant.Require(place.Slot.Index < Slot.Count, "a slot is one of 16384");
        Invariant.Require(place.Area == StoreArea.Hints == (place.Target != default), "hints, and nothing else, are kept for somebody");
    }

    private int ShardOf(Slot slot) => slot.Index % _writers.Length;

    private StoreBatch PartOf(StoreBatch batch, int shard)
    {
        var part = new StoreBatch { MakesRoom = batch.MakesRoom };
        foreach (ref readonly var change in batch.Changes)
        {
            if (ShardOf(change.Key.Slot) == shard)
            {
                _ = change.Delete ? part.Delete(change.Key, change.Tree) : part.Put(change.Key, change.Bytes, change.Tree);
            }
        }

        return part;
    }

    // A batch that would never fit is let in alone.
    private bool TryTake(WriteCall call)
    {
        var fits = _waitingBytes == 0 || _waitingBytes + call.Bytes <= _conditions.QueueBytesMax;
        if (!fits || _waitingCalls >= _conditions.QueueBatchesMax)
        {
            return false;
        }

        _waitingCalls++;
        _waitingBytes += call.Bytes;
        return true;
    }

    private void GiveBack(WriteCall call)
    {
        _waitingCalls--;
        _waitingBytes -= call.Bytes;
    }

    private ValueTask<StorePage> ScanAsync(Func<SortedRecords> records, SimulatedScan scan, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposing, this);
        return ReadAsync(() => _chance.Hits(_conditions.ReadErrors) ? throw new StoreException($"A scan could not read the disk of {_disk.Name}.") : scan.Read(records()), cancellationToken);
    }

    private ValueTask<T> ReadAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposing, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        var answer = new Pending<T>(_life);
        _reading++;
        _life.Loop.After(_conditions.Read.Draw(_chance), _life, Finish);
        return answer.Begin(cancellationToken);

        void Finish()
        {
            if (_conditions.HoldRead(_life, Finish))
            {
                return;
            }

            _reading--;
            try
            {
                answer.Set(read());
            }
            catch (Exception problem) when (problem is StoreException or ObjectDisposedException)
            {
                answer.Fail(problem);
            }

            if (_disposing && _reading == 0)
            {
                _readsEnded.TrySetResult();
            }
        }
    }

    private sealed class Snapshot(SimulatedStore store, SortedRecords records, int[] eras) : IStoreSnapshot
    {
        private bool _disposed;

        public ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return store.ScanAsync(Records, new SimulatedScan(first, start, last, recordsMax, bytesMax), cancellationToken);

            SortedRecords Records()
            {
                var end = first.Target == last.Target ? last.Slot.Index : int.MaxValue;
                for (var slot = (int)first.Slot.Index; slot <= end && slot < first.Slot.Index + eras.Length; slot++)
                {
                    if (store._writers[slot % eras.Length].Era != eras[slot % eras.Length])
                    {
                        throw new StoreException("The store was opened anew since this snapshot was taken, and the snapshot is lost: take another one.");
                    }
                }

                return records;
            }
        }

        public void Dispose() => _disposed = true;
    }
}
