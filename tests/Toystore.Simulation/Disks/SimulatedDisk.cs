using Toystore.Core;
using Toystore.Simulation.Chances;
using Toystore.Storage;
using Toystore.Storage.Memory;

namespace Toystore.Simulation.Disks;

/// <summary>
/// What outlives a process, and what outlives a power loss. As in <see cref="RocksDbStore"/> slots are dealt over shards, each with a log; a log has a part that is on the platter and a tail that only the operating system has.
/// <code>
/// log of a shard   [ a | b | c ][ d | e | f ]
///                    platter      tail          a sync moves the whole tail to the platter
/// process killed   [ a | b | c ][ d | e | f ]   the next life finds all of it, also if nobody was told of f
/// power lost       [ a | b | c | d ]            and a part of the tail from its beginning; a record that is cut in two counts for nothing
/// </code>
/// So an <c>os</c> write becomes durable with the next synced write of its shard, and each shard loses a tail of its own.
/// </summary>
internal sealed class SimulatedDisk
{
    private readonly List<LogRecord>[] _tails;
    private readonly List<IDiskWatch> _watches = [];
    private readonly Dictionary<string, DiskSnapshot> _checkpoints = new(StringComparer.Ordinal);
    private SortedRecords _visible = new();
    private SortedRecords _platter = new();
    private object? _holder;

    /// <param name="name">Whose it is, for messages.</param>
    /// <param name="shards">How many shards it has: 1 to 16.</param>
    public SimulatedDisk(string name, int shards)
    {
        Invariant.Require(shards is >= 1 and <= 16, "a store has 1 to 16 shards");
        Name = name;
        _tails = new List<LogRecord>[shards];
        for (var i = 0; i < shards; i++)
        {
            _tails[i] = [];
        }
    }

    public string Name { get; }

    public int Shards => _tails.Length;

    /// <summary>Keys and values that can be seen, in bytes.</summary>
    public long BytesUsed { get; private set; }

    /// <summary>True if power was lost while the system wrote a log's pages in another order: the store does not open until the disk is wiped or rolled back.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>True while a store has it open.</summary>
    public bool IsOpen => _holder is not null;

    /// <summary>True if nothing is on it.</summary>
    public bool IsEmpty => !_visible.Range(MemoryRecord.Before(default), MemoryRecord.After((StoreArea)byte.MaxValue)).Any();

    /// <summary>How many writes would be lost at most if power went now.</summary>
    public int Unsynced => _tails.Sum(tail => tail.Sum(record => record.Parts.Count));

    /// <summary>From now on this one hears of everything.</summary>
    public void Watch(IDiskWatch watch) => _watches.Add(watch);

    /// <summary>The bytes that can be read under a key; if no store is open, by the next one. Empty if there is no record or it cannot be read.</summary>
    public ReadOnlyMemory<byte> Visible(StoreKey key) => BytesOf(_visible, key);

    /// <summary>The bytes under a key that survive a power loss whatever happens. Empty if there is no record or it cannot be read.</summary>
    public ReadOnlyMemory<byte> Synced(StoreKey key) => BytesOf(_platter, key);

    /// <summary>The readable records of an area that can be seen, in the store's order. Do not write meanwhile.</summary>
    public IEnumerable<StoreRecord> VisibleRecords(StoreArea area) => RecordsOf(_visible, area);

    /// <summary>The readable records of an area on the platter, in the store's order. Do not write meanwhile.</summary>
    public IEnumerable<StoreRecord> SyncedRecords(StoreArea area) => RecordsOf(_platter, area);

    /// <summary>A backup of all that is visible.</summary>
    public DiskSnapshot Snapshot() => new(_visible.TakeView());

    /// <summary>The backup that <see cref="IStore.CheckpointAsync"/> made under a name, or null.</summary>
    public DiskSnapshot? Checkpoint(string directory) => _checkpoints.GetValueOrDefault(directory);

    /// <summary>Keeps a backup under a name. False if there is one of that name.</summary>
    public bool TryCheckpoint(string directory) => _checkpoints.TryAdd(directory, Snapshot());

    /// <summary>Power goes: what is on the platter stays, and of each tail a part from its beginning. Call it when the life is over.</summary>
    /// <param name="chance">Decides how much.</param>
    /// <param name="refuses">How often (0 to 1) a tail of at least two records is left damaged before its end, so that the store refuses to open.</param>
    public void LosePower(Chance chance, double refuses = 0)
    {
        RequireClosed();
        var (kept, lost) = (new List<LogRecord>(), new List<LogRecord>());
        foreach (var tail in _tails)
        {
            var keep = Survivors(tail, chance);
            IsRefused |= tail.Count > 1 && chance.Hits(refuses);
            kept.AddRange(tail[..keep]);
            lost.AddRange(tail[keep..]);
            tail.Clear();
        }

        kept.ForEach(record => Apply(record, _platter));
        Become(_platter.TakeView());
        kept.ForEach(record => TellWritten(record, synced: true));
        foreach (var part in lost.SelectMany(record => record.Parts))
        {
            _watches.ForEach(watch => watch.Lost(this, part.Batch!));
        }
    }

    /// <summary>Puts the backup in the place of all that is there. Call it when no store is open.</summary>
    public void RollBackTo(DiskSnapshot snapshot) => Replace(snapshot.Copy());

    /// <summary>A new, empty disk in the place of this one. Call it when no store is open.</summary>
    public void Wipe() => Replace(new SortedRecords());

    /// <summary>Damages one of the records of an area that are on the platter. Returns which; null if there is none.</summary>
    public StoreKey? DamageAny(StoreArea area, Damage damage, Chance chance)
    {
        var candidates = SyncedRecords(area).Select(record => record.Key).ToList();
        if (candidates.Count == 0)
        {
            return null;
        }

        var key = chance.Pick(candidates);
        TryDamage(key, damage, chance);
        return key;
    }

    /// <summary>Damages what is on the platter of a record: a newer version that is only in the tail is left. False if there is nothing.</summary>
    public bool TryDamage(StoreKey key, Damage damage, Chance chance)
    {
        var place = MemoryRecord.Of(key, default);
        if (!_platter.TryGet(place, out var bytes) || bytes.IsEmpty || UnreadableBytes.Is(bytes))
        {
            return false;
        }

        var record = place with { Bytes = damage == Damage.FlippedBit ? Flip(bytes, chance) : UnreadableBytes.Value };
        if (_visible.TryGet(place, out var seen) && seen.Equals(bytes))
        {
            PutVisible(record);
        }

        _platter.Put(record);
        _watches.ForEach(watch => watch.Damaged(this, key));
        return true;
    }

    /// <summary>Opens it for a store. What is in the logs is seen; if the disk takes writes, it is then on the platter: RocksDB writes what it replays to a sorted file, with a sync.</summary>
    /// <exception cref="StoreException">Another store has it open, or a log is damaged before its end.</exception>
    internal void Open(object holder, bool takesWrites)
    {
        if (_holder is not null)
        {
            throw new StoreException($"The disk of {Name} is in use by another process.");
        }

        if (IsRefused)
        {
            throw new StoreException($"The disk of {Name} cannot be opened: its log is damaged before its end. Move it away and start the node with an empty one.");
        }

        _holder = holder;
        for (var shard = 0; takesWrites && shard < Shards; shard++)
        {
            Sync(shard);
        }
    }

    /// <summary>The store that had it open is gone, in whatever way: what is in the logs is what the next one will see.</summary>
    internal void Close(object holder)
    {
        if (_holder != holder)
        {
            return;
        }

        _holder = null;
        for (var shard = 0; shard < Shards; shard++)
        {
            Show(shard);
        }
    }

    /// <summary>Hands a record to the operating system. It cannot be read yet.</summary>
    internal void Append(int shard, LogRecord record) => _tails[shard].Add(record);

    /// <summary>Lets what is in the log of a shard be read.</summary>
    internal void Show(int shard)
    {
        foreach (var record in ApplyHidden(shard))
        {
            TellWritten(record, synced: false);
        }
    }

    /// <summary>Brings the log of a shard to the platter and lets it be read.</summary>
    internal void Sync(int shard)
    {
        ApplyHidden(shard);
        LogRecord[] tail = [.. _tails[shard]];
        _tails[shard].Clear();
        foreach (var record in tail)
        {
            Apply(record, _platter);
        }

        foreach (var record in tail)
        {
            TellWritten(record, synced: true);
        }
    }

    /// <summary>What is there now.</summary>
    internal SortedRecords View() => _visible.TakeView();

    /// <summary>What can be read under a key.</summary>
    internal StoreRead Get(StoreKey key) =>
        !_visible.TryGet(MemoryRecord.Of(key, default), out var bytes) ? default
        : UnreadableBytes.Is(bytes) ? new StoreRead(StoreReadStatus.Garbled, default)
        : new StoreRead(StoreReadStatus.Found, bytes.ToArray());

    private static ReadOnlyMemory<byte> BytesOf(SortedRecords records, StoreKey key) =>
        records.TryGet(MemoryRecord.Of(key, default), out var bytes) && !UnreadableBytes.Is(bytes) ? bytes : default;

    private static IEnumerable<StoreRecord> RecordsOf(SortedRecords records, StoreArea area) =>
        records.Range(MemoryRecord.Before(new StorePlace(area, default)), MemoryRecord.After(area)).Where(record => !UnreadableBytes.Is(record.Bytes)).Select(record => new StoreRecord(record.StoreKey, record.Bytes));

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, Chance chance)
    {
        var flipped = bytes.ToArray();
        var bit = chance.Next(8 * flipped.Length);
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    // The ends are where mistakes show: none and all of it are drawn often, else the log is cut at any of its bytes.
    private static int Survivors(List<LogRecord> tail, Chance chance)
    {
        var draw = chance.Next(4);
        var room = chance.NextInt64(tail.Sum(record => record.Bytes) + 1);
        var keep = 0;
        while (draw > 1 && keep < tail.Count && (room -= tail[keep].Bytes) >= 0)
        {
            keep++;
        }

        return draw == 0 ? tail.Count : keep;
    }

    private List<LogRecord> ApplyHidden(int shard)
    {
        var shown = new List<LogRecord>();
        foreach (var record in _tails[shard])
        {
            if (!record.IsVisible)
            {
                record.IsVisible = true;
                foreach (var part in record.Parts)
                {
                    part.Batch ??= DeletesOf(part.Place);
                    ApplyVisible(part.Batch);
                }

                shown.Add(record);
            }
        }

        return shown;
    }

    private StoreBatch DeletesOf(StorePlace place)
    {
        var batch = new StoreBatch { MakesRoom = true };
        foreach (var record in _visible.Range(MemoryRecord.Before(place), MemoryRecord.After(place)))
        {
            batch.Delete(record.StoreKey);
        }

        return batch;
    }

    private void ApplyVisible(StoreBatch batch)
    {
        foreach (ref readonly var change in batch.Changes)
        {
            var record = MemoryRecord.Of(change.Key, change.Bytes);
            if (!change.Delete)
            {
                PutVisible(record);
            }
            else if (_visible.Remove(record) is >= 0 and var length)
            {
                BytesUsed -= record.Key.Length + length;
            }
        }
    }

    private void PutVisible(in MemoryRecord record)
    {
        var replaced = _visible.Put(record);
        BytesUsed += record.Bytes.Length + (replaced < 0 ? record.Key.Length : -replaced);
    }

    private static void Apply(LogRecord record, SortedRecords records)
    {
        foreach (var part in record.Parts)
        {
            foreach (ref readonly var change in part.Batch!.Changes)
            {
                var place = MemoryRecord.Of(change.Key, change.Bytes);
                _ = change.Delete ? records.Remove(place) : records.Put(place);
            }
        }
    }

    private void Replace(SortedRecords with)
    {
        RequireClosed();
        foreach (var tail in _tails)
        {
            tail.Clear();
        }

        IsRefused = false;
        _platter = with;
        Become(with.TakeView());
        _watches.ForEach(watch => watch.Replaced(this));
    }

    private void Become(SortedRecords visible)
    {
        _visible = visible;
        BytesUsed = visible.Range(MemoryRecord.Before(default), MemoryRecord.After((StoreArea)byte.MaxValue)).Sum(record => (long)record.Key.Length + record.Bytes.Length);
    }

    private void TellWritten(LogRecord record, bool synced)
    {
        foreach (var part in record.Parts)
        {
            foreach (var watch in _watches)
            {
                watch.Written(this, part.Batch!, synced);
            }
        }
    }

    private void RequireClosed() => Invariant.Require(_holder is null, "the life on a disk is over before something happens to all of it");
}
