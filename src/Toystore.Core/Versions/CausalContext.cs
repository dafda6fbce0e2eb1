using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Toystore.Core.Placement;

namespace Toystore.Core.Versions;

/// <summary>
/// What a reader saw of one key, as the opaque token that clients carry from a read to the write that builds on it. Bound to the cluster and the slot, so that a token that strayed is refused rather than believed.
/// </summary>
/// <remarks>
/// Base64url of: <c>u8 version = 1, u32 cluster, u16 slot, u16 entries, each: u64 node, u64 generation, u64 reading; u16 CRC-16/XMODEM of all before</c>; with a floor the version is 2, and <c>u64 floor</c> comes after the entries. The checksum guards against typing
/// errors, not against forgers: a reader who may write may also delete.
/// </remarks>
public readonly record struct CausalContext(Slot Slot, VersionVector Seen)
{
    /// <summary>Most entries a token can carry.</summary>
    public const int EntriesMax = 1000;

    private const byte WithoutFloor = 1;
    private const byte WithFloor = 2;
    private const int FloorBytes = 8;
    private const int HeadBytes = 9;
    private const int EntryBytes = 24;
    private const int TokenCharsMax = ((HeadBytes + (EntryBytes * EntriesMax) + FloorBytes + 2) * 4 / 3) + 3;

    /// <summary>The token, about 50 characters for one entry and 32 more for each further one.</summary>
    public string ToToken(ClusterId cluster)
    {
        Invariant.Require(Seen.Entries.Length <= EntriesMax, "a context is small: actors are nodes, not clients");
        var length = HeadBytes + (EntryBytes * Seen.Entries.Length) + (Seen.Floor.Value == 0 ? 0 : FloorBytes) + 2;
        var bytes = length <= 512 ? stackalloc byte[length] : new byte[length];
        bytes[0] = Seen.Floor.Value == 0 ? WithoutFloor : WithFloor;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[1..], Fold(cluster));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[5..], Slot.Index);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[7..], (ushort)Seen.Entries.Length);
        var at = HeadBytes;
        foreach (var entry in Seen.Entries)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], entry.Actor.Node.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(at + 8)..], entry.Actor.Generation);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(at + 16)..], entry.Time.Value);
            at += EntryBytes;
        }

        if (Seen.Floor.Value != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], Seen.Floor.Value);
            at += FloorBytes;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], Crc16.Xmodem(bytes[..at]));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a token given out by <paramref name="cluster"/> for a key in <paramref name="slot"/>; otherwise false, and <paramref name="problem"/> says in a sentence what is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<char> token, ClusterId cluster, Slot slot, out CausalContext context, out string? problem)
    {
        context = default;
        problem = "The context is not one that a read or write returned: pass it on unchanged.";
        if (token.Length > TokenCharsMax)
        {
            return false;
        }

        var bytes = token.Length <= 512 ? stackalloc byte[512] : new byte[TokenCharsMax];
        if (Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done || Base64Url.GetEncodedLength(length) != token.Length) // no blanks, no padding
        {
            return false;
        }

        ReadOnlySpan<byte> span = bytes[..length];
        var floorBytes = length > 0 && span[0] == WithFloor ? FloorBytes : 0;
        if (length < HeadBytes + floorBytes + 2 || span[0] is not (WithoutFloor or WithFloor) || length != HeadBytes + (EntryBytes * BinaryPrimitives.ReadUInt16LittleEndian(span[7..])) + floorBytes + 2 || BinaryPrimitives.ReadUInt16LittleEndian(span[^2..]) != Crc16.Xmodem(span[..^2]))
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(span[1..]) != Fold(cluster))
        {
            problem = "The context comes from another cluster.";
            return false;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(span[5..]) != slot.Index)
        {
            problem = "The context was returned for another key: send back the one that came with this key.";
            return false;
        }

        var entries = new Dot[BinaryPrimitives.ReadUInt16LittleEndian(span[7..])];
        for (var i = 0; i < entries.Length; i++)
        {
            var at = HeadBytes + (EntryBytes * i);
            var actor = new ActorId(new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(span[at..])), BinaryPrimitives.ReadUInt64LittleEndian(span[(at + 8)..]));
            entries[i] = new Dot(actor, new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(span[(at + 16)..])));
        }

        var floor = floorBytes == 0 ? default : new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(span[(length - 2 - FloorBytes)..]));
        if ((floorBytes != 0 && floor.Value == 0) || !VersionVector.TryFromSorted(floor, entries, out var seen))
        {
            return false;
        }

        context = new CausalContext(slot, seen);
        problem = null;
        return true;
    }

    private static uint Fold(ClusterId cluster)
    {
        Span<byte> bytes = stackalloc byte[16];
        cluster.Value.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
    }
}
