using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Storage.Memory;

/// <summary>A record with what orders it: area, for whom it is kept, slot, hash of the key, key.</summary>
internal readonly record struct MemoryRecord(uint Place, NodeId Target, ulong Hash, Key Key, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The record of a key.</summary>
    public static MemoryRecord Of(in StoreKey key, ReadOnlyMemory<byte> bytes) => new(PlaceOf(key.Area, key.Slot.Index), key.Target, StoreKeyBytes.HashOf(key.Key), key.Key, bytes);

    /// <summary>Before every record of a place, and of an area if it is the first one there.</summary>
    public static MemoryRecord Before(in StorePlace place) => new(PlaceOf(place.Area, place.Slot.Index), place.Target, 0, default, default);

    /// <summary>Where a scan begins: not after the first record that it has to look at.</summary>
    public static MemoryRecord At(in StorePlace place, ScanStart start) => start.After is { } after
        ? Of(new StoreKey(place.Area, place.Slot, after) { Target = place.Target }, default)
        : new MemoryRecord(PlaceOf(place.Area, place.Slot.Index), place.Target, start.At.Value, default, default);

    /// <summary>After every record of a place, and before those of the next.</summary>
    public static MemoryRecord After(in StorePlace place) => new(PlaceOf(place.Area, place.Slot.Index + 1), place.Target, 0, default, default);

    /// <summary>After every record of an area.</summary>
    public static MemoryRecord After(StoreArea area) => new(PlaceOf(area, Slot.Count), new NodeId(ulong.MaxValue), 0, default, default);

    /// <summary>Where it lies.</summary>
    public StoreKey StoreKey => new((StoreArea)(Place >> 16), new Slot((ushort)Place), Key) { Target = Target };

    /// <summary>The store's order.</summary>
    public int CompareTo(in MemoryRecord other)
    {
        var order = (Place >> 16).CompareTo(other.Place >> 16);
        order = order != 0 ? order : Target.CompareTo(other.Target);
        order = order != 0 ? order : Place.CompareTo(other.Place);
        order = order != 0 ? order : Hash.CompareTo(other.Hash);
        return order != 0 ? order : Key.CompareTo(other.Key);
    }

    private static uint PlaceOf(StoreArea area, int slot) => ((uint)area << 16) | (uint)slot;
}
