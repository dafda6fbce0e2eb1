using System.Buffers.Binary;
using System.IO.Hashing;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Storage;

/// <summary>
/// A store key as it lies on disk, so that bytewise order is the store's order and a slot is one range:
/// <code>
/// area (1) | slot (2, big endian) | XXH3-64 of the key (8, big endian) | key (1..4096)
/// area 2 | target (8, big endian) | slot (2, big endian) | XXH3-64 of the key (8, big endian) | key (1..4096)
/// </code>
/// The hash scatters the keys of a slot evenly, which gives anti-entropy leaves of equal size.
/// </summary>
internal static class StoreKeyBytes
{
    /// <summary>Bytes before the hash, at most.</summary>
    public const int PrefixLengthMax = 1 + TargetLength + 2;

    /// <summary>The longest.</summary>
    public const int LengthMax = PrefixLengthMax + HashLength + Key.BytesMax;

    private const int TargetLength = 8;
    private const int HashLength = 8;

    /// <summary>Bytes before the key.</summary>
    public static int HeaderLength(StoreArea area) => (area == StoreArea.Hints ? PrefixLengthMax : PrefixLengthMax - TargetLength) + HashLength;

    /// <summary>The hash that orders the keys of a slot.</summary>
    public static ulong HashOf(Key key) => HashOf(key.Span);

    /// <summary>The hash that orders the keys of a slot.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    /// <summary>Writes a key and returns the part of <paramref name="buffer"/> that was used.</summary>
    public static Span<byte> Write(in StoreKey key, Span<byte> buffer)
    {
        var prefix = WritePrefix(key.Place, key.Slot.Index, buffer);
        BinaryPrimitives.WriteUInt64BigEndian(buffer[prefix..], HashOf(key.Key));
        key.Key.Span.CopyTo(buffer[(prefix + HashLength)..]);
        return buffer[..(prefix + HashLength + key.Key.Length)];
    }

    /// <summary>Writes what is not after any key of a place with this hash or a higher one, and after all others.</summary>
    public static Span<byte> WriteHash(in StorePlace place, KeyHash hash, Span<byte> buffer)
    {
        var prefix = WritePrefix(place, place.Slot.Index, buffer);
        BinaryPrimitives.WriteUInt64BigEndian(buffer[prefix..], hash.Value);
        return buffer[..(prefix + HashLength)];
    }

    /// <summary>Writes what every key of a place begins with, and returns its length; <paramref name="slot"/>, which stands for the place's own, may be <see cref="Slot.Count"/>, for the end of the last one.</summary>
    public static int WritePrefix(in StorePlace place, int slot, Span<byte> buffer)
    {
        buffer[0] = (byte)place.Area;
        if (place.Area != StoreArea.Hints)
        {
            BinaryPrimitives.WriteUInt16BigEndian(buffer[1..], (ushort)slot);
            return PrefixLengthMax - TargetLength;
        }

        BinaryPrimitives.WriteUInt64BigEndian(buffer[1..], place.Target.Value);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(1 + TargetLength)..], (ushort)slot);
        return PrefixLengthMax;
    }

    /// <summary>The place and the key in bytes that <see cref="Write"/> made. False if they are not such bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out StorePlace place, out ReadOnlySpan<byte> key)
    {
        place = default;
        key = default;
        if (bytes.Length == 0 || bytes.Length > LengthMax)
        {
            return false;
        }

        var area = (StoreArea)bytes[0];
        var header = HeaderLength(area);
        if (bytes.Length <= header || BinaryPrimitives.ReadUInt16BigEndian(bytes[(header - HashLength - 2)..]) is var index && index >= Slot.Count)
        {
            return false;
        }

        place = new StorePlace(area, new Slot(index)) { Target = area == StoreArea.Hints ? new NodeId(BinaryPrimitives.ReadUInt64BigEndian(bytes[1..])) : default };
        key = bytes[header..];
        return key.Length <= Key.BytesMax;
    }
}
