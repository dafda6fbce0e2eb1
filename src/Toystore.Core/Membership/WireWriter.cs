using System.Buffers.Binary;
using System.Text;

namespace Toystore.Core.Membership;

/// <summary>Writes little-endian numbers and short texts one after the other. Whoever writes has looked at <see cref="Room"/> first.</summary>
internal ref struct WireWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes that can still be written.</summary>
    public readonly int Room => _bytes.Length - Length;

    public void U8(byte value) => Next(1)[0] = value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), checked((ushort)value));

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(8), value);

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
