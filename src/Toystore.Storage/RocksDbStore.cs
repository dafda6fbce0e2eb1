using System.Numerics;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Storage.Rocks;

namespace Toystore.Storage;

/// <summary>
/// A store on RocksDB, an LSM tree with a synced log (<c>docs/protocols/storage.md</c>). Slots are dealt over shards, each a database with a writer thread of its own that gathers what waits into one synced batch.
/// </summary>
/// <remarks>
/// A read is tried in memory on the caller's thread, and goes to a thread of the store only if it takes the disk. A full or read-only disk refuses writes, keeps serving reads, and is taken up again when it has room.
/// Snapshots and checkpoints see all completed writes; of writes under way at that moment they see, slot by slot, all or nothing.
/// </remarks>
public sealed class RocksDbStore : IStore
{
    private readonly Tuning _tuning;
    private readonly Shard[] _shards;
    private readonly ShardWriter[] _writers;
    private readonly WriteQueue _queue;
    private readonly DiskRoom _room;
    private readonly long _reserve;
    private readonly DiskThreads _reads;
    private readonly DiskThreads _scans;
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposing;

    private RocksDbStore(RocksDbStoreOptions options, string directory, Tuning tuning, Shard[] shards, bool isNew, TimeProvider time)
    {
        Trees = new SlotTrees(isNew);
        (_tuning, _shards, _reserve) = (tuning, shards, options.FreeBytesReserve);
        _queue = new WriteQueue(options.QueueBytesMax, options.QueueBatchesMax);
        _room = new DiskRoom(directory, time);
        _reads = new DiskThreads("toystore-read", options.ReadThreads);
        _scans = new DiskThreads("toystore-scan", 1);
        _writers = [.. shards.Select((shard, index) => new ShardWriter(shard, index, shards.Length, Trees, _room, _reserve))];
    }

    /// <inheritdoc/>
    public SlotTrees Trees { get; }

    /// <inheritdoc/>
    public StoreWrite Writable
    {
        get
        {
            foreach (var shard in _shards)
            {
                if (shard.Trouble is { } trouble)
                {
                    return trouble.Outcome;
                }
            }

            return _room.Free < _reserve ? StoreWrite.Full : StoreWrite.Done;
        }
    }

    /// <inheritdoc/>
    public StoreState State
    {
        get
        {
            var free = _room.Free;
            var used = 0L;
            var (outcome, problem) = free < _reserve
                ? (StoreWrite.Full, $"{free >> 20} MiB are left on the disk, less than the reserve of {_reserve >> 20} MiB: make room, and writes go on by themselves.")
                : (StoreWrite.Done, (string?)null);
            for (var i = 0; i < _shards.Length; i++)
            {
                used += _shards[i].BytesUsed();
                if (_shards[i].Trouble is { } trouble)
                {
                    (outcome, problem) = (trouble.Outcome, trouble.Sentence);
                    _writers[i].LookAgain();
                }
            }

            return new StoreState(outcome, free, used, problem);
        }
    }

    /// <summary>Opens a store, or makes one. Blocks until its log is read back: a start-up call.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="StoreException">The directory is in use, damaged, or not a store; the message says which and what to do. Nothing was deleted.</exception>
    public static RocksDbStore Open(RocksDbStoreOptions options, TimeProvider time)
    {
        options.Require();
        var directory = Path.GetFullPath(options.Directory);
        var (count, creating) = Layout.Prepare(directory, options.ShardsOfNew);
        var tuning = new Tuning(options, count, creating);
        var shards = new Shard[count];
        try
        {
            for (var i = 0; i < count; i++)
            {
                shards[i] = Shard.Open(Layout.ShardDirectory(directory, i), tuning);
            }

            if (creating)
            {
                Layout.Write(directory, count, creating: false);
            }
        }
        catch
        {
            foreach (var shard in shards)
            {
                shard?.Close();
            }

            tuning.Dispose();
            throw;
        }

        return new RocksDbStore(options, directory, tuning, shards, creating, time);
    }

    /// <inheritdoc/>
    public ValueTask<StoreRead> GetAsync(StoreKey key, CancellationToken cancellationToken)
    {
        RequireKey(key);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreRead>(cancellationToken);
        }

        var shard = _shards[key.Slot.Index % _shards.Length];
        return shard.TryGetFromMemory(key, out var read) ? new ValueTask<StoreRead>(read) : GetFromDisk(shard, key, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StoreWrite> WriteAsync(StoreBatch batch, Durability durability, CancellationToken cancellationToken)
    {
        var involved = 0U;
        foreach (ref readonly var change in batch.Changes)
        {
            RequireKey(change.Key);
            involved |= 1U << (change.Key.Slot.Index % _shards.Length);
        }

        ObjectDisposedException.ThrowIf(_disposing != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreWrite>(cancellationToken);
        }

        if (involved == 0)
        {
            return new ValueTask<StoreWrite>(StoreWrite.Done);
        }

        if (!_queue.TryTake(batch.Bytes))
        {
            return new ValueTask<StoreWrite>(StoreWrite.Overloaded);
        }

        var request = _queue.Rent();
        var done = request.Begin(batch, durability, BitOperations.PopCount(involved), cancellationToken);
        for (; involved != 0; involved &= involved - 1)
        {
            _writers[BitOperations.TrailingZeroCount(involved)].Enqueue(request);
        }

        return done;
    }

    /// <inheritdoc/>
    public ValueTask<StoreWrite> DropSlotAsync(StorePlace place, CancellationToken cancellationToken)
    {
        RequirePlace(place);
        ObjectDisposedException.ThrowIf(_disposing != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreWrite>(cancellationToken);
        }

        if (!_queue.TryTake(0))
        {
            return new ValueTask<StoreWrite>(StoreWrite.Overloaded);
        }

        var request = _queue.Rent();
        var done = request.Begin(place, cancellationToken);
        _writers[place.Slot.Index % _shards.Length].Enqueue(request);
        return done;
    }

    /// <inheritdoc/>
    public ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken)
    {
        var range = new ScanRange(first, start, last, recordsMax, bytesMax);
        return new ValueTask<StorePage>(_scans.RunAsync(() => ShardScan.Read(_shards, null, range), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IStoreSnapshot> VisitAsync(IReadOnlyList<Slot> slots, Action<Slot> visit, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposing != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IStoreSnapshot>(cancellationToken);
        }

        var request = new VisitRequest(_shards, _scans, slots, visit);
        request.Begin(_writers);
        return new ValueTask<IStoreSnapshot>(request.Done);
    }

    /// <inheritdoc/>
    public IStoreSnapshot TakeSnapshot() => new RocksSnapshot(_shards, [.. _shards.Select(shard => shard.TakeSnapshot())], _scans);

    /// <inheritdoc/>
    public async ValueTask CheckpointAsync(string directory, CancellationToken cancellationToken) =>
        await _scans.RunAsync(
            () =>
            {
                ShardCheckpoint.Write(_shards, directory);
                return true;
            },
            cancellationToken);

    /// <summary>Writes all that waits, brings the log to disk, and closes. Reads and writes begun after this throw <see cref="ObjectDisposedException"/>; snapshots are lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposing, 1) == 0)
        {
            // In this order: readers leave, writers drain and close their databases, and only then go the cache and options that these used.
            await Task.WhenAll(_reads.EndAsync(), _scans.EndAsync());
            await Task.WhenAll(_writers.Select(writer => writer.EndAsync()));
            _tuning.Dispose();
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

    private ValueTask<StoreRead> GetFromDisk(Shard shard, StoreKey key, CancellationToken cancellationToken) =>
        new(_reads.RunAsync(() => shard.Get(key), cancellationToken));
}
