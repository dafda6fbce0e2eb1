using System.Runtime.CompilerServices;
using Toystore.Core.Healing;

namespace Toystore.Storage.Rocks;

/// <summary>
/// Group commit: one thread per shard takes everything that waits, writes it as one native batch with one sync, and answers all of it. While the disk syncs, the next group gathers by itself; nobody ever waits for a timer.
/// </summary>
/// <remarks>
/// <code>
/// callers   a b       c d e f g            h
/// writer    [a |sync.........][b..g |sync.........][h |sync....]
/// </code>
/// With one caller a write costs one sync; with 64 it costs a 64th of one. RocksDB's own group commit was measured at a sixth of this, because every caller needs a thread there. A group in which
/// nobody asked for <see cref="Durability.Fsync"/> is not synced.
/// <para>
/// A write that need not be synced takes a few microseconds, less than waking a thread for it. So whoever holds the <em>pen</em> writes: usually the writer thread, but a caller of such a write that finds the pen free and nothing
/// waiting takes it, writes there and then, and what gathered meanwhile too, as long as none of it wants a sync.
/// </para>
/// <para>
/// Whoever holds the pen is also the one writer of the trees of the shard's slots (<see cref="SlotTrees"/>), and lets visits in between two groups.
/// </para>
/// </remarks>
internal sealed unsafe partial class ShardWriter
{
    private const int GroupRequestsMax = 1024;
    private const long GroupBytesMax = 4 << 20;
    private const long NativeBatchKeepBytes = 1 << 20;
    private const int GroupsByOneCaller = 4;

    private readonly Shard _shard;
    private readonly int _index;
    private readonly int _shards;
    private readonly SlotTrees _trees;
    private readonly DiskRoom _room;
    private readonly long _reserve;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards _waiting, _visitsWaiting, _syncsWaiting, _lookAgain, _ending and _penTaken. Whoever took the pen owns _group, _visits and _batch.
    private readonly object _lock = new();
    private readonly Queue<WriteRequest> _waiting = new();
    private readonly Queue<VisitRequest> _visitsWaiting = new();
    private readonly List<WriteRequest> _group = new(GroupRequestsMax);
    private readonly List<VisitRequest> _visits = [];
    private int _syncsWaiting;
    private bool _lookAgain;
    private bool _ending;
    private bool _penTaken;
    private nint _batch = Native.rocksdb_writebatch_create();

    public ShardWriter(Shard shard, int index, int shards, SlotTrees trees, DiskRoom room, long reserve)
    {
        (_shard, _index, _shards, _trees, _room, _reserve) = (shard, index, shards, trees, room, reserve);
        _thread = new Thread(Work) { IsBackground = true, Name = FormattableString.Invariant($"toystore-write-{index}") };
        _thread.Start();
    }

    /// <summary>Puts a request behind those that wait, or writes it at once. After <see cref="EndAsync"/> it fails at once.</summary>
    public void Enqueue(WriteRequest request)
    {
        lock (_lock)
        {
            if (_ending)
            {
                request.Settle(StoreWrite.Failed);
                return;
            }

            var isFirst = _waiting.Count == 0;
            _waiting.Enqueue(request);
            _syncsWaiting += request.Durability == Durability.Fsync ? 1 : 0;
            if (_penTaken || !isFirst || _syncsWaiting > 0 || _lookAgain || _shard.Trouble is not null)
            {
                if (isFirst && !_penTaken)
                {
                    Monitor.Pulse(_lock);
                }

                return;
            }

            TakeGroup();
        }

        for (var group = 1; WriteHere(mayGoOn: group < GroupsByOneCaller); group++)
        {
        }
    }

    // Writes the group that the caller has taken; true if the pen is still its, with another one.
    private bool WriteHere(bool mayGoOn)
    {
        WriteAndSettle();
        lock (_lock)
        {
            if (!_penTaken && mayGoOn && _waiting.Count > 0 && _syncsWaiting == 0 && !_lookAgain && _shard.Trouble is null)
            {
                TakeGroup();
                return true;
            }

            if (!_penTaken && (_waiting.Count > 0 || _visitsWaiting.Count > 0 || _lookAgain || _ending))
            {
                Monitor.Pulse(_lock);
            }

            return false;
        }
    }

    /// <summary>Asks it to see whether a disk that took no writes does now.</summary>
    public void LookAgain()
    {
        lock (_lock)
        {
            _lookAgain = true;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Takes nothing more; completes when all that waits is written, the log is on disk and the shard is closed.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            _ending = true;
            Monitor.Pulse(_lock);
        }

        return _ended.Task;
    }

    private void Work()
    {
        while (WaitForGroup())
        {
            WriteAndSettle();
        }

        _shard.Close();
        Native.rocksdb_writebatch_destroy(_batch);
        _ended.SetResult();
    }

    private bool WaitForGroup()
    {
        lock (_lock)
        {
            while (_penTaken || (_waiting.Count == 0 && _visitsWaiting.Count == 0 && !_lookAgain))
            {
                if (_ending && !_penTaken)
                {
                    return false;
                }

                Monitor.Wait(_lock);
            }

            _lookAgain = false;
            TakeGroup();
            return true;
        }
    }

    // With the lock held and the pen free.
    private void TakeGroup()
    {
        _penTaken = true;
        while (_visitsWaiting.TryDequeue(out var visit))
        {
            _visits.Add(visit);
        }

        for (var bytes = 0L; _group.Count < GroupRequestsMax && bytes < GroupBytesMax && _waiting.TryDequeue(out var request); bytes += request.Bytes)
        {
            _syncsWaiting -= request.Durability == Durability.Fsync ? 1 : 0;
            _group.Add(request);
        }
    }

    private void WriteAndSettle()
    {
        foreach (var visit in _visits)
        {
            visit.Run(_index);
        }

        _visits.Clear();
        var outcome = StoreWrite.Failed;
        var isWhole = false;
        try
        {
            outcome = WriteGroup();
            isWhole = true;
        }
        finally
        {
            if (!isWhole)
            {
                _group.ForEach(Doubt);
            }

            foreach (var request in _group)
            {
                request.Settle(outcome);
            }

            _group.Clear();
            lock (_lock)
            {
                _penTaken = false;
                if (!isWhole)
                {
                    // It threw half-way: the next group begins with an empty batch, and somebody has to take it.
                    Clear(long.MaxValue);
                    Monitor.Pulse(_lock);
                }
            }
        }
    }

    /// <summary>Writes what may be written of the group and refuses the rest; how those that are left in it ended.</summary>
    private StoreWrite WriteGroup()
    {
        if (_shard.Trouble is not null)
        {
            TryRecover();
        }

        if (_shard.Trouble is { } trouble)
        {
            return trouble.Outcome;
        }

        RefuseWithoutRoom();
        if (_group.Count == 0)
        {
            return StoreWrite.Done;
        }

        var sync = false;
        var bytes = 0L;
        foreach (var request in _group)
        {
            Append(request);
            sync |= request.Durability == Durability.Fsync;
            bytes += request.Bytes;
        }

        var error = _shard.Write(_batch, sync);
        Clear(bytes);
        if (error.Kind == NativeErrorKind.None)
        {
            _group.ForEach(ApplyToTrees);
            return StoreWrite.Done;
        }

        if (error.WroteNothing)
        {
            return _shard.Trouble!.Outcome;
        }

        _group.ForEach(Doubt);
        return StoreWrite.Failed;
    }

    private void RefuseWithoutRoom()
    {
        var free = _room.Free;
        if (free >= _reserve)
        {
            return;
        }

        var kept = 0;
        for (var i = 0; i < _group.Count; i++)
        {
            var request = _group[i];
            if (request.MayUseReserve && free >= _reserve / 4)
            {
                _group[kept++] = request;
            }
            else
            {
                request.Settle(StoreWrite.Full);
            }
        }

        _group.RemoveRange(kept, _group.Count - kept);
    }

    private void TryRecover()
    {
        var mayWrite = _shard.Trouble!.Outcome switch
        {
            StoreWrite.Full => _room.Free >= _reserve && _room.TryProbe(),
            StoreWrite.ReadOnly => _room.TryProbe(),
            _ => false, // a disk that failed otherwise is not trusted again before a person looked
        };
        if (mayWrite)
        {
            _shard.Reopen();
            DoubtAll();
        }
    }

    [SkipLocalsInit]
    private void Append(WriteRequest request)
    {
        Span<byte> buffer = stackalloc byte[StoreKeyBytes.LengthMax];
        if (request.Batch is null)
        {
            var length = (nuint)StoreKeyBytes.WritePrefix(request.Place, request.Place.Slot.Index, buffer);
            StoreKeyBytes.WritePrefix(request.Place, request.Place.Slot.Index + 1, buffer[(int)length..]);
            fixed (byte* first = buffer)
            {
                Native.rocksdb_writebatch_delete_range(_batch, first, length, first + length, length);
            }

            return;
        }

        foreach (ref readonly var change in request.Batch.Changes)
        {
            if (change.Key.Slot.Index % _shards != _index)
            {
                continue;
            }

            var key = StoreKeyBytes.Write(change.Key, buffer);
            fixed (byte* keyStart = key, value = change.Bytes.Span)
            {
                if (change.Delete)
                {
                    Native.rocksdb_writebatch_delete(_batch, keyStart, (nuint)key.Length);
                }
                else
                {
                    Native.rocksdb_writebatch_put(_batch, keyStart, (nuint)key.Length, value, (nuint)change.Bytes.Length);
                }
            }
        }
    }

    // A native batch keeps its largest buffer for ever.
    private void Clear(long bytes)
    {
        if (bytes <= NativeBatchKeepBytes)
        {
            Native.rocksdb_writebatch_clear(_batch);
            return;
        }

        Native.rocksdb_writebatch_destroy(_batch);
        _batch = Native.rocksdb_writebatch_create();
    }
}
