using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>
/// How hashes are mixed and shortened for the wire. A shortened hash depends on the salt of its exchange: two that look alike by chance are told apart by the next one. (That they looked alike is noticed at once: sums of the
/// whole hashes are compared.)
/// </summary>
internal static class Scramble
{
    /// <summary>Bits of a slot's root, and of a record, on the wire.</summary>
    public const int WideBits = 24;

    /// <summary>Bits of a leaf on the wire.</summary>
    public const int NarrowBits = 16;

    private static readonly ulong[] EmptySlots = [.. Enumerable.Range(0, Slot.Count).Select(slot => OfSlot(slot, 0))];

    /// <summary>A finalizer of 64 bits (Stafford's variant 13, as in SplitMix64): invertible.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    /// <summary>A hash, shortened to so many bits.</summary>
    public static uint Shorten(ulong hash, ulong salt, int bits) => (uint)(Mix(hash ^ salt) >> (64 - bits));

    /// <summary>What a slot adds to the sum of several: differs for two slots with the same root.</summary>
    public static ulong OfSlot(int slot, ulong root) => Mix(root ^ Mix((ulong)slot + 1));

    /// <summary>The same of one that holds nothing, as most of a small store do.</summary>
    public static ulong OfEmptySlot(int slot) => EmptySlots[slot];

    /// <summary>What a leaf adds to the sum of several.</summary>
    public static ulong OfLeaf(int leaf, ulong hash) => Mix(hash ^ Mix((ulong)leaf + 1));
}
