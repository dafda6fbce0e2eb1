using System.Runtime.CompilerServices;

namespace Toystore.Core.Quorum;

/// <summary>Some of the owners of a slot, as positions in its owner list.</summary>
public struct OwnerSet
{
    /// <summary>The largest N.</summary>
    public const int OwnersMax = 16;

    /// <summary>The most positions: of a slot that moves, the owners it has and those it is to have.</summary>
    public const int PositionsMax = 2 * OwnersMax;

    private uint _bits;

    /// <summary>How many they are.</summary>
    public readonly int Count => System.Numerics.BitOperations.PopCount(_bits);

    /// <summary>True if this owner is one of them.</summary>
    public readonly bool Has(int owner) => (_bits & (1u << owner)) != 0;

    /// <summary>Adds an owner.</summary>
    public void Add(int owner) => _bits |= 1u << owner;

    /// <summary>Removes an owner.</summary>
    public void Remove(int owner) => _bits &= ~(1u << owner);

    /// <summary>Those with positions 0 to <paramref name="count"/> - 1.</summary>
    public static OwnerSet First(int count) => new() { _bits = (uint)((1UL << count) - 1) };

    /// <summary>Those in either.</summary>
    public static OwnerSet operator |(OwnerSet left, OwnerSet right) => new() { _bits = left._bits | right._bits };

    /// <summary>Those in both.</summary>
    public static OwnerSet operator &(OwnerSet left, OwnerSet right) => new() { _bits = left._bits & right._bits };

    /// <summary>Those in <paramref name="left"/> that are not in <paramref name="right"/>.</summary>
    public static OwnerSet operator -(OwnerSet left, OwnerSet right) => new() { _bits = left._bits & ~right._bits };
}

/// <summary>One context per owner, inline.</summary>
[InlineArray(OwnerSet.OwnersMax)]
internal struct OwnerContexts
{
    private Versions.VersionVector _first;
}

/// <summary>One digest per owner, inline.</summary>
[InlineArray(OwnerSet.OwnersMax)]
internal struct OwnerDigests
{
    private ulong _first;
}
