using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Toystore.Core.Membership;

/// <summary>Writes numbers, little-endian or as short as they are, and short texts one after the other. Whoever writes has looked at <see cref="Room"/> first.</summary>
internal ref struct WireWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written.</summary>
    public readonly ReadOnlySpan<byte> Written => _bytes[..Length];

    /// <summary>Bytes that can still be written.</summary>
    public readonly int Room => _bytes.Length - Length;

    public void U8(byte value) => Next(1)[0] = value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), checked((ushort)value));

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(8), value);

    /// <summary>Seven bits a byte, the lowest first; all but the last byte have their highest bit set. 1 to 10 bytes.</summary>
    public void Var(ulong value)
    {
        for (; value > 0x7F; value >>= 7)
        {
            U8((byte)(value | 0x80));
        }

        U8((byte)value);
    }

    /// <summary>Bytes that <see cref="Var"/> writes.</summary>
    public static int VarBytes(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Next(value.Length));

    /// <summary>A length byte and ASCII.</summary>
    public void Text(string text)
    {
        U8(checked((byte)text.Length));
        Encoding.ASCII.GetBytes(text, Next(text.Length));
    }

    private Span<byte> Next(int count)
    {
        var next = _bytes.Slice(Length, count);
        Length += count;
        return next;
    }
}
