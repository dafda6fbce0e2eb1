using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;

namespace Toystore.Tests.Node.Worlds;

/// <summary>A disk that fails as it is told. What it keeps outlives it, as a platter outlives the machine: a restarted node gets a new one around the same records.</summary>
internal sealed class FaultyStore(MemoryStore kept) : IStore
{
    private readonly Queue<(StoreBatch Batch, TaskCompletionSource<StoreWrite> Done)> _heldWrites = new();
    private readonly HashSet<Key> _unreadable = [];
    private readonly HashSet<Key> _inSpoiledBlock = [];
    private TaskCompletionSource? _heldReads;
    private bool _holdsWrites;

    /// <summary>The records.</summary>
    public MemoryStore Kept => kept;

    /// <summary>How writes of such a batch end; Done by default.</summary>
    public Func<StoreBatch, StoreWrite> Rule { get; set; } = static _ => StoreWrite.Done;

    /// <summary>What a write that fails leaves behind.</summary>
    public bool FailedWritesStay { get; set; }

    /// <summary>What <see cref="State"/> says of writes.</summary>
    public StoreWrite Writable { get; set; }

    /// <summary>From now on nothing is read or written: the machine is off.</summary>
    public bool IsOff { get; set; }

    /// <summary>All writes it was asked for.</summary>
    public List<(StoreBatch Batch, Durability Durability)> Asked { get; } = [];

    /// <summary>Called before a write is done.</summary>
    public Action<StoreBatch>? BeforeWrite { get; set; }

    public SlotTrees Trees => kept.Trees;

    public StoreState State => Writable == StoreWrite.Done ? kept.State : kept.State with { Writable = Writable, Problem = $"The disk is {Writable}." };

    /// <summary>From now on writes wait.</summary>
    public void HoldWrites() => _holdsWrites = true;

    /// <summary>Ends the writes that wait, in order, or so many of them.</summary>
    public void ReleaseWrites(int count = int.MaxValue)
    {
        _holdsWrites = count != int.MaxValue;
        while (count-- > 0 && _heldWrites.TryDequeue(out var held))
        {
            var written = Write(held.Batch);
            EventLoop.Outside(() => held.Done.SetResult(written));
        }
    }

    /// <summary>From now on reads wait.</summary>
    public void HoldReads() => _heldReads ??= new TaskCompletionSource();

    /// <summary>Ends the reads that wait.</summary>
    public void ReleaseReads()
    {
        if (_heldReads is { } held)
        {
            _heldReads = null;
            EventLoop.Outside(held.SetResult);
        }
    }

    /// <summary>Reads of this key fail until it is written again.</summary>
    public void MakeUnreadable(Key key) => _unreadable.Add(key);

    /// <summary>Reads of this key give what is there again.</summary>
    public void MakeReadable(Key key) => _unreadable.Remove(key);

    /// <summary>The block with this key's record is damaged: a read says that it is lost, and no scan gets past it, until it is written again.</summary>
    public void SpoilBlockOf(Key key) => _inSpoiledBlock.Add(key);

    /// <summary>True if the block with this key's record is damaged.</summary>
    public bool IsSpoiled(Key key) => _inSpoiledBlock.Contains(key);

    /// <summary>What is there now, as somebody copies the directory of a node.</summary>
    public async Task<MemoryStore> CopyAsync()
    {
        var copy = new MemoryStore();
        foreach (var area in Enum.GetValues<StoreArea>())
        {
            var last = new StorePlace(area, new Slot(Slot.Count - 1)) { Target = area == StoreArea.Hints ? new NodeId(ulong.MaxValue) : default };
            foreach (var record in (await kept.ScanAsync(new StorePlace(area, default), null, last, int.MaxValue, int.MaxValue, CancellationToken.None)).Records)
            {
                await copy.WriteAsync(new StoreBatch().Put(record.Key, record.Bytes), Durability.Fsync, CancellationToken.None);
            }
        }

        return copy;
    }

    /// <summary>Flips a bit of the key's record.</summary>
    public async Task CorruptAsync(Key key)
    {
        var place = StoreKey.Data(key);
        var bytes = (await kept.GetAsync(place, CancellationToken.None)).Bytes.ToArray();
        bytes[^1] ^= 1;
        await kept.WriteAsync(new StoreBatch().Put(place, bytes), Durability.Fsync, CancellationToken.None);
    }

    public async ValueTask<StoreRead> GetAsync(StoreKey key, CancellationToken cancellationToken)
    {
        if (_heldReads is { } held)
        {
            await held.Task;
        }

        if (IsOff || (key.Area == StoreArea.Data && _unreadable.Contains(key.Key)))
        {
            return new StoreRead(StoreReadStatus.Unreadable, default);
        }

        return key.Area == StoreArea.Data && _inSpoiledBlock.Contains(key.Key) ? new StoreRead(StoreReadStatus.Garbled, default) : await kept.GetAsync(key, cancellationToken);
    }

    public ValueTask<StoreWrite> WriteAsync(StoreBatch batch, Durability durability, CancellationToken cancellationToken)
    {
        Asked.Add((batch, durability));
        if (!_holdsWrites)
        {
            return new ValueTask<StoreWrite>(Write(batch));
        }

        var done = new TaskCompletionSource<StoreWrite>();
        _heldWrites.Enqueue((batch, done));
        return new ValueTask<StoreWrite>(done.Task);
    }

    public async ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken)
    {
        if (_heldReads is { } held)
        {
            await held.Task;
        }

        var page = await kept.ScanAsync(first, start, last, recordsMax, bytesMax, cancellationToken);
        return first.Area == StoreArea.Data && page.Records.Any(record => _inSpoiledBlock.Contains(record.Key.Key)) ? throw new StoreException("A block is damaged.") : page;
    }

    public ValueTask<IStoreSnapshot> VisitAsync(IReadOnlyList<Slot> slots, Action<Slot> visit, CancellationToken cancellationToken) => kept.VisitAsync(slots, visit, cancellationToken);

    public IStoreSnapshot TakeSnapshot() => kept.TakeSnapshot();

    public ValueTask<StoreWrite> DropSlotAsync(StorePlace place, CancellationToken cancellationToken) => kept.DropSlotAsync(place, cancellationToken);

    public ValueTask CheckpointAsync(string directory, CancellationToken cancellationToken) => kept.CheckpointAsync(directory, cancellationToken);

    public ValueTask DisposeAsync()
    {
        IsOff = true;
        return ValueTask.CompletedTask;
    }

    private StoreWrite Write(StoreBatch batch)
    {
        if (IsOff)
        {
            return StoreWrite.Failed;
        }

        BeforeWrite?.Invoke(batch);
        var ruled = Rule(batch);
        if (ruled == StoreWrite.Done || (ruled == StoreWrite.Failed && FailedWritesStay))
        {
            foreach (var change in batch.Changes)
            {
                _unreadable.Remove(change.Key.Key);
                _inSpoiledBlock.Remove(change.Key.Key);
            }

            var written = kept.WriteAsync(batch, Durability.Fsync, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return ruled == StoreWrite.Done ? written : ruled;
        }

        return ruled;
    }
}
