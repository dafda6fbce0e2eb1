using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Toystore.Node.Peers;

/// <summary>CRC-32C (Castagnoli), on the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Add(uint.MaxValue, bytes);

    public static uint Of(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Of(bytes.FirstSpan);
        }

        var crc = uint.MaxValue;
        foreach (var segment in bytes)
        {
            crc = Add(crc, segment.Span);
        }

        return ~crc;
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
