using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Storage.Rocks;

/// <summary>What a scan covers.</summary>
internal readonly record struct ScanRange(StorePlace First, ScanStart Start, StorePlace Last, int RecordsMax, int BytesMax);

/// <summary>One page of a scan over the shards that hold its slots, merged by key. Blocks on the disk. What it reads does not push other blocks out of the cache.</summary>
internal static unsafe class ShardScan
{
    // Up to here a record's key and value share an array; above, keeping the key must not keep the value.
    private const int SharedArrayBytesMax = 1024;

    // Of a scan that goes through everything: fewer calls of the system, and on a cold disk fewer waits.
    private const int ReadAheadBytes = 512 << 10;

    /// <summary>Reads a page; <paramref name="snapshots"/> is null for the present, else one for each shard that is looked at.</summary>
    /// <exception cref="StoreException">The disk could not be read, or a snapshot was lost.</exception>
    public static StorePage Read(Shard[] shards, ShardSnapshot?[]? snapshots, in ScanRange range)
    {
        var records = new List<StoreRecord>();
        var isComplete = Walk(shards, snapshots, range, readAheadBytes: 0, (in place, key, bytes) => records.Add(Copy(place, key, bytes)));
        return new StorePage(records, isComplete);
    }

    /// <summary>Shows a visitor what <see cref="Read"/> would copy; the key of the last one, or null if nothing is left.</summary>
    /// <exception cref="StoreException">The disk could not be read, or a snapshot was lost.</exception>
    public static StoreKey? Show(Shard[] shards, ShardSnapshot?[]? snapshots, in ScanRange range, RecordVisitor visitor)
    {
        var last = new byte[Key.BytesMax];
        var (lastPlace, lastLength) = (range.First, 0);
        return Walk(shards, snapshots, range, ReadAheadBytes, Visit) ? null : new StoreKey(lastPlace.Area, lastPlace.Slot, Key.From(last.AsMemory(0, lastLength).ToArray())) { Target = lastPlace.Target };

        void Visit(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
        {
            visitor(place, key, bytes);
            key.CopyTo(last);
            (lastPlace, lastLength) = (place, key.Length);
        }
    }

    // True if nothing is left up to the end of the range.
    [SkipLocalsInit]
    private static bool Walk(Shard[] shards, ShardSnapshot?[]? snapshots, in ScanRange range, int readAheadBytes, RecordVisitor visitor)
    {
        var (first, last) = (range.First, range.Last);
        Invariant.Require(first.Area == last.Area, "a scan stays in its area");
        var slots = first.Target == last.Target ? last.Slot.Index - first.Slot.Index + 1 : first.Target.CompareTo(last.Target) < 0 ? Slot.Count : 0;
        if (slots <= 0)
        {
            return true;
        }

        var end = stackalloc byte[StoreKeyBytes.PrefixLengthMax];
        var endLength = StoreKeyBytes.WritePrefix(last, last.Slot.Index + 1, new Span<byte>(end, StoreKeyBytes.PrefixLengthMax));
        Span<byte> start = stackalloc byte[StoreKeyBytes.LengthMax];
        start = range.Start.After is { } after
            ? StoreKeyBytes.Write(new StoreKey(first.Area, first.Slot, after) { Target = first.Target }, start)
            : StoreKeyBytes.WriteHash(first, range.Start.At, start);

        var cursors = new List<ShardCursor>(Math.Min(slots, shards.Length));
        try
        {
            while (cursors.Count < cursors.Capacity)
            {
                var index = (first.Slot.Index + cursors.Count) % shards.Length;
                var cursor = new ShardCursor(shards[index], SnapshotOf(snapshots, index), end, endLength, readAheadBytes);
                cursors.Add(cursor);
                cursor.Seek(start);
                if (range.Start.After is not null && cursor.IsValid && cursor.Key.SequenceEqual(start))
                {
                    cursor.Next();
                }
            }

            return Walk(cursors, range, visitor);
        }
        finally
        {
            foreach (var cursor in cursors)
            {
                cursor.Dispose();
            }
        }
    }

    private static ShardSnapshot? SnapshotOf(ShardSnapshot?[]? snapshots, int shard) =>
        snapshots is null ? null : snapshots[shard] ?? throw new StoreException("The snapshot was not taken of all of these slots.");

    private static bool Walk(List<ShardCursor> cursors, in ScanRange range, RecordVisitor visitor)
    {
        var (records, bytes) = (0, 0L);
        while (Least(cursors) is { } cursor)
        {
            var value = cursor.Value;
            bytes += cursor.Key.Length - StoreKeyBytes.HeaderLength(range.First.Area) + value.Length;
            if (records >= range.RecordsMax || (records > 0 && bytes > range.BytesMax))
            {
                return false;
            }

            if (!StoreKeyBytes.TryRead(cursor.Key, out var place, out var name))
            {
                throw new StoreException($"A scan met a key that is not a store's: {Convert.ToHexStringLower(cursor.Key[..Math.Min(cursor.Key.Length, 32)])}");
            }

            records++;
            visitor(place, name, value);
            cursor.Next();
        }

        return true;
    }

    private static ShardCursor? Least(List<ShardCursor> cursors)
    {
        ShardCursor? least = null;
        foreach (var cursor in cursors)
        {
            if (cursor.IsValid && (least is null || cursor.Key.SequenceCompareTo(least.Key) < 0))
            {
                least = cursor;
            }
        }

        return least;
    }

    private static StoreRecord Copy(in StorePlace place, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Length + value.Length > SharedArrayBytesMax)
        {
            return new StoreRecord(new StoreKey(place.Area, place.Slot, Key.From(name.ToArray())) { Target = place.Target }, value.ToArray());
        }

        var shared = GC.AllocateUninitializedArray<byte>(name.Length + value.Length);
        name.CopyTo(shared);
        value.CopyTo(shared.AsSpan(name.Length));
        return new StoreRecord(new StoreKey(place.Area, place.Slot, Key.From(shared.AsMemory(0, name.Length))) { Target = place.Target }, shared.AsMemory(name.Length));
    }
}
