using System.Buffers.Binary;
using System.IO.Hashing;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Storage;

/// <summary>
/// A store key as it lies on disk, so that bytewise order is the store's order and a slot is one range:
/// <code>area (1) | slot (2, big endian) | XXH3-64 of the key (8, big endian) | key (1..4096)</code>
/// The hash scatters the keys of a slot evenly, which gives anti-entropy leaves of equal size.
/// </summary>
internal static class StoreKeyBytes
{
    /// <summary>Bytes before the hash.</summary>
    public const int PrefixLength = 3;

    /// <summary>Bytes before the key.</summary>
    public const int HeaderLength = PrefixLength + 8;

    /// <summary>The longest.</summary>
    public const int LengthMax = HeaderLength + Key.BytesMax;

    /// <summary>The hash that orders the keys of a slot.</summary>
    public static ulong HashOf(Key key) => XxHash3.HashToUInt64(key.Span);

    /// <summary>Writes a key and returns the part of <paramref name="buffer"/> that was used.</summary>
    public static Span<byte> Write(in StoreKey key, Span<byte> buffer)
    {
        WritePrefix(key.Area, key.Slot.Index, buffer);
        BinaryPrimitives.WriteUInt64BigEndian(buffer[PrefixLength..], HashOf(key.Key));
        key.Key.Span.CopyTo(buffer[HeaderLength..]);
        return buffer[..(HeaderLength + key.Key.Length)];
    }

    /// <summary>Writes what every key of a slot begins with; <paramref name="slot"/> may be <see cref="Slot.Count"/>, for the end of the last one.</summary>
    public static void WritePrefix(StoreArea area, int slot, Span<byte> buffer)
    {
        buffer[0] = (byte)area;
        BinaryPrimitives.WriteUInt16BigEndian(buffer[1..], (ushort)slot);
    }

    /// <summary>The slot of bytes that <see cref="Write"/> made. False if they are not such bytes.</summary>
    public static bool TryReadSlot(ReadOnlySpan<byte> bytes, out Slot slot)
    {
        var index = bytes.Length is > HeaderLength and <= LengthMax ? BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]) : ushort.MaxValue;
        slot = index < Slot.Count ? new Slot(index) : default;
        return index < Slot.Count;
    }
}
