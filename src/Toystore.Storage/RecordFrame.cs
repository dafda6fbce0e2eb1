using System.Buffers.Binary;
using System.IO.Hashing;

namespace Toystore.Storage;

/// <summary>
/// The frame around every stored record. RocksDB has checksums of its own, of blocks; this one also finds what those cannot: a record that lies under another key, and a store that gave back the wrong bytes.
/// <code>
/// u8 kind and version | u8 flags | u64 checksum, little endian | payload
/// checksum = XXH3-64(payload, seed = XXH3-64(key, seed = XXH3-64(area | target, of hints | slot, seed = kind and version | flags &lt;&lt; 8)))
/// </code>
/// </summary>
internal static class RecordFrame
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderLength = 10;

    /// <summary>Writes the header in front of a payload that is already in place.</summary>
    public static void Seal(in StoreKey key, byte kind, byte flags, Span<byte> record)
    {
        record[0] = kind;
        record[1] = flags;
        BinaryPrimitives.WriteUInt64LittleEndian(record[2..], Checksum(key.Place, key.Key.Span, kind, flags, record[HeaderLength..]));
    }

    /// <summary>The payload and flags of a record. False if it is of another kind, or the checksum does not hold for this key.</summary>
    public static bool TryOpen(in StoreKey key, byte kind, ReadOnlyMemory<byte> record, out byte flags, out ReadOnlyMemory<byte> payload)
    {
        var opens = TryOpen(key.Place, key.Key.Span, kind, record.Span, out flags);
        payload = opens ? record[HeaderLength..] : default;
        return opens;
    }

    /// <summary>The same, of bytes that stay where they are: the payload begins after <see cref="HeaderLength"/> bytes.</summary>
    public static bool TryOpen(in StorePlace place, ReadOnlySpan<byte> key, byte kind, ReadOnlySpan<byte> record, out byte flags)
    {
        if (record.Length < HeaderLength || record[0] != kind || BinaryPrimitives.ReadUInt64LittleEndian(record[2..]) != Checksum(place, key, kind, record[1], record[HeaderLength..]))
        {
            flags = 0;
            return false;
        }

        flags = record[1];
        return true;
    }

    private static ulong Checksum(in StorePlace place, ReadOnlySpan<byte> key, byte kind, byte flags, ReadOnlySpan<byte> payload)
    {
        // The place is hashed in two steps, prefix and key, so that a long key is not copied.
        Span<byte> prefix = stackalloc byte[StoreKeyBytes.PrefixLengthMax];
        var length = StoreKeyBytes.WritePrefix(place, place.Slot.Index, prefix);
        var named = XxHash3.HashToUInt64(key, (long)XxHash3.HashToUInt64(prefix[..length], kind | (flags << 8)));
        return XxHash3.HashToUInt64(payload, (long)named);
    }
}
