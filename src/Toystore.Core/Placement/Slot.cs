namespace Toystore.Core.Placement;

/// <summary>
/// One of <see cref="Count"/> equal parts of the key space, and the only unit of placement, transfer and repair. As in Redis Cluster (specification, "Key distribution model" and "Hash tags"), so that
/// cluster-aware Redis clients compute the same: CRC-16/XMODEM of the key, or of what stands in its first <c>{…}</c> if that is not empty, modulo 16384.
/// </summary>
public readonly record struct Slot(ushort Index) : IComparable<Slot>
{
    /// <summary>How many slots there are.</summary>
    public const int Count = 16384;

    /// <summary>The slot of a key.</summary>
    public static Slot Of(Key key) => Of(key.Span);

    /// <summary>The slot of a key's bytes.</summary>
    public static Slot Of(ReadOnlySpan<byte> key) => new((ushort)(Crc16.Xmodem(HashTag(key)) % Count));

    /// <inheritdoc/>
    public int CompareTo(Slot other) => Index.CompareTo(other.Index);

    /// <inheritdoc/>
    public override string ToString() => Index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ReadOnlySpan<byte> HashTag(ReadOnlySpan<byte> key)
    {
        var open = key.IndexOf((byte)'{');
        if (open < 0)
        {
            return key;
        }

        var tag = key[(open + 1)..];
        var length = tag.IndexOf((byte)'}');
        return length > 0 ? tag[..length] : key;
    }
}
