using System.Buffers.Binary;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Storage;

/// <summary>What is kept of a key for an owner that missed it.</summary>
/// <param name="Container">What it is to be told.</param>
/// <param name="Since">When the first of it was kept.</param>
/// <param name="Counts">True if some of it was counted towards W: it must not be dropped before W owners hold it.</param>
public sealed record HintRecord(Container Container, UnixTime Since, bool Counts);

/// <summary>
/// The bytes of one hint, in the same frame and under the same checksum as containers (<c>docs/protocols/storage.md</c>):
/// <code>i64 milliseconds since 1970, little endian | what <see cref="ContainerCodec"/> writes</code>
/// </summary>
public static class HintFormat
{
    private const byte Kind = 0x41;
    private const byte CountsFlag = 1;
    private const int SinceLength = 8;

    /// <summary>The record of a hint. Allocates its array and nothing else.</summary>
    public static byte[] Encode(StoreKey key, HintRecord hint)
    {
        var record = GC.AllocateUninitializedArray<byte>(RecordFrame.HeaderLength + SinceLength + ContainerCodec.SizeOf(hint.Container));
        var payload = record.AsSpan(RecordFrame.HeaderLength);
        BinaryPrimitives.WriteInt64LittleEndian(payload, hint.Since.Milliseconds);
        ContainerCodec.Write(hint.Container, payload[SinceLength..]);
        RecordFrame.Seal(key, Kind, hint.Counts ? CountsFlag : (byte)0, record);
        return record;
    }

    /// <summary>Reads a record back; values are slices of it. Null for bytes that are damaged, lie under the wrong key, or were written by a version that this one does not know.</summary>
    public static HintRecord? Decode(StoreKey key, ReadOnlyMemory<byte> record)
    {
        if (!RecordFrame.TryOpen(key, Kind, record, out var flags, out var payload)
            || (flags & ~CountsFlag) != 0
            || payload.Length < SinceLength
            || !ContainerCodec.TryRead(payload[SinceLength..], out var container, out var consumed)
            || consumed != payload.Length - SinceLength)
        {
            return null;
        }

        return new HintRecord(container, new UnixTime(BinaryPrimitives.ReadInt64LittleEndian(payload.Span)), flags != 0);
    }
}
