namespace Toystore.Core.Healing;

/// <summary>
/// 64 well-mixed bits of a key: XXH3-64 of its bytes, by which the store orders the keys of a slot. Its upper bits say in which leaf of the slot's tree the key is, so a leaf is one range of the store.
/// </summary>
public readonly record struct KeyHash(ulong Value) : IComparable<KeyHash>
{
    /// <summary>The leaf of a tree of 2^<paramref name="depth"/> leaves, depth 0..<see cref="TreeShape.DepthMax"/>.</summary>
    public int Leaf(int depth) => (int)(Value >> 32 >> (32 - depth));

    /// <summary>The upper half, which names a key within its slot, nearly always alone.</summary>
    public KeyPrefix Prefix => new((uint)(Value >> 32));

    /// <inheritdoc/>
    public int CompareTo(KeyHash other) => Value.CompareTo(other.Value);
}

/// <summary>The keys of a slot whose hash begins with these 32 bits: one, nearly always.</summary>
public readonly record struct KeyPrefix(uint Value) : IComparable<KeyPrefix>
{
    /// <summary>The first hash that begins with it.</summary>
    public KeyHash First => new((ulong)Value << 32);

    /// <summary>The last hash that begins with it.</summary>
    public KeyHash Last => new(((ulong)Value << 32) | uint.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(KeyPrefix other) => Value.CompareTo(other.Value);
}
