using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Toystore.Core.Placement;

/// <summary>Writes the parts of a document, one after another (<see cref="TopologyCodec"/>).</summary>
internal sealed class TopologyWriter
{
    /// <summary>Fewer equal numbers in a row than this are cheaper one by one.</summary>
    private const int RunMin = 3;

    private readonly ArrayBufferWriter<byte> _buffer = new(128 << 10);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Bytes(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    public void Byte(byte value) => _buffer.Write([value]);

    public void UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.GetSpan(sizeof(ushort)), checked((ushort)value));
        _buffer.Advance(sizeof(ushort));
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(sizeof(ulong)), value);
        _buffer.Advance(sizeof(ulong));
    }

    /// <summary>Seven bits a byte, the lowest first; the high bit of all but the last is set.</summary>
    public void Number(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Text(string text)
    {
        Byte(checked((byte)text.Length));
        _buffer.Advance(Encoding.ASCII.GetBytes(text, _buffer.GetSpan(text.Length)));
    }

    public void Endpoint(Endpoint? endpoint)
    {
        Text(endpoint?.Host ?? "");
        if (endpoint is { } present)
        {
            UInt16(present.Port);
        }
    }

    /// <summary>
    /// Numbers in pieces. Each begins with a number h: if h is even, h / 2 of what follows are the same number, written once; if it is odd, (h - 1) / 2 different ones follow. How many there are in all the reader must know.
    /// </summary>
    public void Runs(ReadOnlySpan<uint> numbers)
    {
        var from = 0;
        for (var at = 0; at < numbers.Length;)
        {
            var length = 1;
            while (at + length < numbers.Length && numbers[at + length] == numbers[at])
            {
                length++;
            }

            if (length >= RunMin)
            {
                OneByOne(numbers[from..at]);
                Number((ulong)length << 1);
                Number(numbers[at]);
                from = at + length;
            }

            at += length;
        }

        OneByOne(numbers[from..]);
    }

    /// <summary>How many owners each slot has, in runs, and then all of them, slot after slot: one byte each if there are at most 256 nodes, otherwise two.</summary>
    public void Table(OwnerTable table)
    {
        var counts = new uint[Slot.Count];
        for (var slot = 0; slot < counts.Length; slot++)
        {
            counts[slot] = (uint)table.Owners(slot).Length;
        }

        Runs(counts);
        for (var slot = 0; slot < counts.Length; slot++)
        {
            foreach (var owner in table.Owners(slot))
            {
                if (table.Nodes.Length <= TopologyCodec.NarrowNodesMax)
                {
                    Byte((byte)owner);
                }
                else
                {
                    UInt16(owner);
                }
            }
        }
    }

    private void OneByOne(ReadOnlySpan<uint> numbers)
    {
        if (!numbers.IsEmpty)
        {
            Number(((ulong)numbers.Length << 1) | 1);
            foreach (var number in numbers)
            {
                Number(number);
            }
        }
    }
}
