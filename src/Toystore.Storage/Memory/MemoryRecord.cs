using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Storage.Memory;

/// <summary>A record with what orders it: area and slot, hash of the key, key.</summary>
internal readonly record struct MemoryRecord(uint Place, ulong Hash, Key Key, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The record of a key.</summary>
    public static MemoryRecord Of(in StoreKey key, ReadOnlyMemory<byte> bytes) => new(PlaceOf(key.Area, key.Slot.Index), StoreKeyBytes.HashOf(key.Key), key.Key, bytes);

    /// <summary>Before every record of a slot; <paramref name="slot"/> may be <see cref="Slot.Count"/>.</summary>
    public static MemoryRecord Before(StoreArea area, int slot) => new(PlaceOf(area, slot), 0, default, default);

    /// <summary>Where it lies.</summary>
    public StoreKey StoreKey => new((StoreArea)(Place >> 16), new Slot((ushort)Place), Key);

    /// <summary>The store's order.</summary>
    public int CompareTo(in MemoryRecord other)
    {
        var order = Place.CompareTo(other.Place);
        order = order != 0 ? order : Hash.CompareTo(other.Hash);
        return order != 0 ? order : Key.CompareTo(other.Key);
    }

    private static uint PlaceOf(StoreArea area, int slot) => ((uint)area << 16) | (uint)slot;
}
