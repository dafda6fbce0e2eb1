using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Storage;

/// <summary>Which kind of record; the first byte of every key on disk.</summary>
public enum StoreArea : byte
{
    /// <summary>What a node knows of itself, beside its keys.</summary>
    System = 0,

    /// <summary>Containers of keys.</summary>
    Data = 1,

    /// <summary>What is kept for owners that missed it, ordered by owner before slot.</summary>
    Hints = 2,
}

/// <summary>When a write counts as done.</summary>
public enum Durability : byte
{
    /// <summary>On disk: survives the machine losing power. The default.</summary>
    Fsync = 0,

    /// <summary>With the operating system: survives the process, not the machine.</summary>
    Os = 1,
}

/// <summary>Where the records of a slot lie.</summary>
public readonly record struct StorePlace(StoreArea Area, Slot Slot)
{
    /// <summary>Of <see cref="StoreArea.Hints"/>, for whom they are kept; nobody elsewhere.</summary>
    public NodeId Target { get; init; }

    /// <summary>Where hints for an owner lie.</summary>
    public static StorePlace Hints(NodeId target, Slot slot) => new(StoreArea.Hints, slot) { Target = target };
}

/// <summary>Where a record lies.</summary>
public readonly record struct StoreKey(StoreArea Area, Slot Slot, Key Key)
{
    /// <summary>Of <see cref="StoreArea.Hints"/>, for whom it is kept; nobody elsewhere.</summary>
    public NodeId Target { get; init; }

    /// <summary>Where all records of its slot lie.</summary>
    public StorePlace Place => new(Area, Slot) { Target = Target };

    /// <summary>The place of what is kept of a key for an owner that missed it.</summary>
    public static StoreKey Hint(NodeId target, Key key) => new(StoreArea.Hints, Slot.Of(key), key) { Target = target };

    /// <summary>The place of a key's container.</summary>
    public static StoreKey Data(Key key) => new(StoreArea.Data, Slot.Of(key), key);

    /// <summary>The place of something a node knows of itself.</summary>
    public static StoreKey System(string name) => new(StoreArea.System, default, name);
}

/// <summary>How a read ended.</summary>
public enum StoreReadStatus : byte
{
    /// <summary>No record.</summary>
    Absent = 0,

    /// <summary>The record is there.</summary>
    Found = 1,

    /// <summary>There may be a record, but the disk did not give it this time; it may another time.</summary>
    Unreadable = 2,

    /// <summary>There was a record, and its bytes are damaged: it is lost.</summary>
    Garbled = 3,
}

/// <summary>What a read found. The bytes belong to the caller.</summary>
public readonly record struct StoreRead(StoreReadStatus Status, ReadOnlyMemory<byte> Bytes);

/// <summary>How a write ended.</summary>
public enum StoreWrite : byte
{
    /// <summary>Done, as durably as was asked.</summary>
    Done = 0,

    /// <summary>Refused, nothing written: no room on the disk. Ends by itself when there is room again.</summary>
    Full = 1,

    /// <summary>Refused, nothing written: the disk takes no writes.</summary>
    ReadOnly = 2,

    /// <summary>Failed: it may or may not be there after a restart.</summary>
    Failed = 3,

    /// <summary>Refused, nothing written: too many bytes are waiting to be written.</summary>
    Overloaded = 4,
}

/// <summary>Whether a store takes writes.</summary>
/// <param name="Writable">How a write would end now, as far as is known: <see cref="StoreWrite.Done"/> when all is well.</param>
/// <param name="BytesFree">Room left on its disk; <see cref="long.MaxValue"/> where there is no limit.</param>
/// <param name="BytesUsed">Estimate of what the store takes up.</param>
/// <param name="Problem">What is wrong and what to do, one sentence; null when all is well.</param>
public sealed record StoreState(StoreWrite Writable, long BytesFree, long BytesUsed, string? Problem);

/// <summary>A record of a scan.</summary>
public readonly record struct StoreRecord(StoreKey Key, ReadOnlyMemory<byte> Bytes);

/// <summary>Part of a scan.</summary>
/// <param name="Records">In order.</param>
/// <param name="Complete">True if nothing is left up to the scan's end.</param>
public sealed record StorePage(IReadOnlyList<StoreRecord> Records, bool Complete);

/// <summary>Something to be written whole. Not thread-safe while it is being filled.</summary>
public sealed class StoreBatch
{
    // Most batches hold one or two records: room for one, then for more.
    private StoreChange[] _changes = new StoreChange[1];
    private int _count;

    /// <summary>The changes, in order; the last one for a key holds.</summary>
    public ReadOnlySpan<StoreChange> Changes => _changes.AsSpan(0, _count);

    /// <summary>True if it leaves less than was there, or will once it can be forgotten: like one that only deletes, it may use some of the room that is kept in reserve.</summary>
    public bool MakesRoom { get; init; }

    /// <summary>Sum of the lengths of keys and values.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a record. <paramref name="tree"/>: what that does to the tree of its slot.</summary>
    public StoreBatch Put(StoreKey key, ReadOnlyMemory<byte> bytes, TreeChange tree = default) => Add(new StoreChange(key, bytes, Delete: false) { Tree = tree });

    /// <summary>Removes a record; no harm if there is none. <paramref name="tree"/>: what that does to the tree of its slot.</summary>
    public StoreBatch Delete(StoreKey key, TreeChange tree = default) => Add(new StoreChange(key, default, Delete: true) { Tree = tree });

    private StoreBatch Add(in StoreChange change)
    {
        if (_count == _changes.Length)
        {
            Array.Resize(ref _changes, Math.Max(4, _count * 2));
        }

        _changes[_count++] = change;
        Bytes += change.Key.Key.Length + change.Bytes.Length;
        return this;
    }
}

/// <summary>One record written, or removed.</summary>
public readonly record struct StoreChange(StoreKey Key, ReadOnlyMemory<byte> Bytes, bool Delete)
{
    /// <summary>What it does to the tree of its slot (<see cref="IStore.Trees"/>); nothing if it is <c>default</c>.</summary>
    public TreeChange Tree { get; init; }
}

/// <summary>Where in its first slot a scan begins: at the beginning if <c>default</c>.</summary>
/// <param name="After">Right after this key; null if it does not begin after a key.</param>
/// <param name="At">At the first key with this hash or a higher one; without meaning if it begins after a key.</param>
public readonly record struct ScanStart(Key? After, KeyHash At)
{
    /// <summary>Right after a key; at the beginning if it is null.</summary>
    public static implicit operator ScanStart(Key? after) => new(after, default);

    /// <summary>At the first key with this hash or a higher one.</summary>
    public static implicit operator ScanStart(KeyHash at) => new(null, at);
}

/// <summary>The disk failed in a way that the caller cannot mend by asking again. The message says what and where.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True if a store does not open because of what is in its files, and not because somebody else has it open, or its disk is full or may not be used.</summary>
    public bool IsDamage { get; init; }
}
