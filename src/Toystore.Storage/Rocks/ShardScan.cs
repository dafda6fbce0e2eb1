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

    /// <summary>Reads a page; <paramref name="snapshots"/> is null for the present, else one for each shard that is looked at.</summary>
    /// <exception cref="StoreException">The disk could not be read, or a snapshot was lost.</exception>
    [SkipLocalsInit]
    public static StorePage Read(Shard[] shards, ShardSnapshot?[]? snapshots, in ScanRange range)
    {
        var (first, last) = (range.First, range.Last);
        Invariant.Require(first.Area == last.Area, "a scan stays in its area");
        var slots = first.Target == last.Target ? last.Slot.Index - first.Slot.Index + 1 : first.Target.CompareTo(last.Target) < 0 ? Slot.Count : 0;
        if (slots <= 0)
        {
            return new StorePage([], Complete: true);
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
                var cursor = new ShardCursor(shards[index], SnapshotOf(snapshots, index), end, endLength);
                cursors.Add(cursor);
                cursor.Seek(start);
                if (range.Start.After is not null && cursor.IsValid && cursor.Key.SequenceEqual(start))
                {
                    cursor.Next();
                }
            }

            return Collect(cursors, range);
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

    private static StorePage Collect(List<ShardCursor> cursors, in ScanRange range)
    {
        var records = new List<StoreRecord>();
        var bytes = 0L;
        while (Least(cursors) is { } cursor)
        {
            var value = cursor.Value;
            bytes += cursor.Key.Length - StoreKeyBytes.HeaderLength(range.First.Area) + value.Length;
            if (records.Count >= range.RecordsMax || (records.Count > 0 && bytes > range.BytesMax))
            {
                return new StorePage(records, Complete: false);
            }

            records.Add(Copy(cursor.Key, value));
            cursor.Next();
        }

        return new StorePage(records, Complete: true);
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

    private static StoreRecord Copy(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!StoreKeyBytes.TryRead(key, out var place, out var name))
        {
            throw new StoreException($"A scan met a key that is not a store's: {Convert.ToHexStringLower(key[..Math.Min(key.Length, 32)])}");
        }

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
