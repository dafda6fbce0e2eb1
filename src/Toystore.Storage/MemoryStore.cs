using System.Runtime.InteropServices;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Storage.Memory;

namespace Toystore.Storage;

/// <summary>
/// A store in memory, sorted. Everything completes synchronously. Its writes claim no more than they are: both durabilities are answered alike, since losing the process loses the store.
/// </summary>
public sealed class MemoryStore : IStore
{
    // Guards the two below, and makes whoever holds it the writer of the trees.
    private readonly Lock _lock = new();
    private readonly SortedRecords _records = new();
    private readonly long _bytesMax;
    private long _bytes;

    /// <summary>An empty store that refuses writes as <see cref="StoreWrite.Full"/> once its keys and values take up <paramref name="bytesMax"/> bytes.</summary>
    public MemoryStore(long bytesMax = long.MaxValue) => _bytesMax = bytesMax;

    /// <summary>A store with the records of a checkpoint.</summary>
    /// <exception cref="StoreException">It is damaged, or no checkpoint of a store in memory.</exception>
    public static MemoryStore Open(string directory, long bytesMax = long.MaxValue)
    {
        var store = new MemoryStore(bytesMax) { Trees = new SlotTrees(isStoreEmpty: false) };
        foreach (var record in MemoryFile.Read(directory))
        {
            store.Put(record);
        }

        return store;
    }

    /// <inheritdoc/>
    public SlotTrees Trees { get; private init; } = new(isStoreEmpty: true);

    /// <inheritdoc/>
    public StoreWrite Writable => State.Writable;

    /// <inheritdoc/>
    public StoreState State
    {
        get
        {
            lock (_lock)
            {
                return _bytes < _bytesMax
                    ? new StoreState(StoreWrite.Done, _bytesMax == long.MaxValue ? long.MaxValue : _bytesMax - _bytes, _bytes, null)
                    : new StoreState(StoreWrite.Full, 0, _bytes, $"The store in memory holds the {_bytesMax >> 20} MiB it was given: remove records or raise the bound.");
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreRead> GetAsync(StoreKey key, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreRead>(cancellationToken);
        }

        lock (_lock)
        {
            return new ValueTask<StoreRead>(_records.TryGet(MemoryRecord.Of(key, default), out var bytes) ? new StoreRead(StoreReadStatus.Found, bytes) : default);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreWrite> WriteAsync(StoreBatch batch, Durability durability, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreWrite>(cancellationToken);
        }

        lock (_lock)
        {
            return new ValueTask<StoreWrite>(Write(batch));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StorePage>(cancellationToken);
        }

        lock (_lock)
        {
            return new ValueTask<StorePage>(Page(_records, first, start, last, recordsMax, bytesMax));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoreSnapshot> VisitAsync(IReadOnlyList<Slot> slots, Action<Slot> visit, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IStoreSnapshot>(cancellationToken);
        }

        lock (_lock)
        {
            foreach (var slot in slots)
            {
                visit(slot);
            }

            return new ValueTask<IStoreSnapshot>(new Snapshot(_records.TakeView()));
        }
    }

    /// <inheritdoc/>
    public IStoreSnapshot TakeSnapshot()
    {
        lock (_lock)
        {
            return new Snapshot(_records.TakeView());
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreWrite> DropSlotAsync(StorePlace place, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StoreWrite>(cancellationToken);
        }

        lock (_lock)
        {
            foreach (var record in _records.Range(MemoryRecord.Before(place), MemoryRecord.After(place)).ToArray())
            {
                Remove(record);
            }

            if (place.Area == StoreArea.Data)
            {
                Trees.Clear(place.Slot);
            }
        }

        return new ValueTask<StoreWrite>(StoreWrite.Done);
    }

    /// <inheritdoc/>
    public ValueTask CheckpointAsync(string directory, CancellationToken cancellationToken)
    {
        SortedRecords view;
        lock (_lock)
        {
            view = _records.TakeView();
        }

        MemoryFile.Write(directory, view.Range(MemoryRecord.Before(default), MemoryRecord.After((StoreArea)byte.MaxValue)));
        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing: the records go when nobody refers to the store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StorePage Page(SortedRecords all, StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax)
    {
        var from = MemoryRecord.At(first, start);
        var records = new List<StoreRecord>();
        var bytes = 0L;
        foreach (var record in all.Range(from, MemoryRecord.After(last)))
        {
            if (start.After is not null && record.CompareTo(from) == 0)
            {
                continue;
            }

            bytes += record.Key.Length + record.Bytes.Length;
            if (records.Count >= recordsMax || (records.Count > 0 && bytes > bytesMax))
            {
                return new StorePage(records, Complete: false);
            }

            records.Add(new StoreRecord(record.StoreKey, record.Bytes));
        }

        return new StorePage(records, Complete: true);
    }

    private StoreWrite Write(StoreBatch batch)
    {
        var puts = false;
        foreach (ref readonly var change in batch.Changes)
        {
            puts |= !change.Delete && change.Key.Area != StoreArea.System;
        }

        if (puts && batch.Bytes > _bytesMax - _bytes)
        {
            return StoreWrite.Full;
        }

        foreach (ref readonly var change in batch.Changes)
        {
            Invariant.Require(change.Key.Key.Length > 0, "a record has a key");
            Invariant.Require(change.Key.Area == StoreArea.Hints == (change.Key.Target != default), "hints, and nothing else, are kept for somebody");
            if (change.Delete)
            {
                Remove(MemoryRecord.Of(change.Key, default));
            }
            else
            {
                Put(MemoryRecord.Of(change.Key, Whole(change.Bytes)));
            }

            Trees.Apply(change.Tree);
        }

        return StoreWrite.Done;
    }

    private void Put(in MemoryRecord record)
    {
        var replaced = _records.Put(record);
        _bytes += replaced < 0 ? record.Key.Length + record.Bytes.Length : record.Bytes.Length - replaced;
    }

    private void Remove(in MemoryRecord record)
    {
        var removed = _records.Remove(record);
        _bytes -= removed < 0 ? 0 : record.Key.Length + removed;
    }

    // A slice of a large buffer would keep all of that buffer alive for as long as the record.
    private static ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Count == segment.Array!.Length ? bytes : bytes.ToArray();

    private sealed class Snapshot(SortedRecords records) : IStoreSnapshot
    {
        private bool _disposed;

        public ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new ValueTask<StorePage>(Page(records, first, start, last, recordsMax, bytesMax));
        }

        public void Dispose() => _disposed = true;
    }
}
