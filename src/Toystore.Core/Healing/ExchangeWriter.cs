using System.Buffers;
using System.Buffers.Binary;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>Writes the parts of an exchange's messages, little-endian.</summary>
internal readonly ref struct ExchangeWriter(IBufferWriter<byte> to)
{
    private const byte WholeRow = 0x80;
    private const int CountBytesMax = 5;

    public void U8(byte value) => Take(1)[0] = value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), checked((ushort)value));

    public void U24(uint value)
    {
        var span = Take(3);
        (span[0], span[1], span[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
    }

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void U128(UInt128 value) => BinaryPrimitives.WriteUInt128LittleEndian(Take(16), value);

    public void Count(int value)
    {
        var span = to.GetSpan(CountBytesMax);
        to.Advance(Put(value, span));
    }

    /// <summary>A count, and a number.</summary>
    public void Run(int count, ulong value)
    {
        var span = to.GetSpan(CountBytesMax + sizeof(ulong));
        var length = Put(count, span);
        BinaryPrimitives.WriteUInt64LittleEndian(span[length..], value);
        to.Advance(length + sizeof(ulong));
    }

    /// <summary>A row and some of its slots; all of them takes one byte.</summary>
    public void Row(int row, UInt128 slots)
    {
        U8((byte)(slots == UInt128.MaxValue ? row | WholeRow : row));
        if (slots != UInt128.MaxValue)
        {
            U128(slots);
        }
    }

    public void Slots(SlotSet slots)
    {
        var rows = 0;
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            rows += slots[row] == 0 ? 0 : 1;
        }

        U8((byte)rows);
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            if (slots[row] != 0)
            {
                Row(row, slots[row]);
            }
        }
    }

    public void Actor(ActorId actor)
    {
        U64(actor.Node.Value);
        U64(actor.Generation);
    }

    public void Bytes(IReadOnlyList<byte> bytes)
    {
        Count(bytes.Count);
        foreach (var value in bytes)
        {
            U8(value);
        }
    }

    public void Key(Key key)
    {
        U16(key.Length);
        key.Span.CopyTo(Take(key.Length));
    }

    public void Container(Container container)
    {
        var size = ContainerCodec.SizeOf(container);
        var span = to.GetSpan(size)[..size];
        to.Advance(ContainerCodec.Write(container, span));
    }

    public void Records(IReadOnlyList<HeldRecord> records)
    {
        Count(records.Count);
        foreach (var record in records)
        {
            Key(record.Key);
            Container(record.Container);
        }
    }

    private static int Put(int count, Span<byte> into)
    {
        var at = 0;
        for (; count >= 0x80; count >>= 7)
        {
            into[at++] = (byte)(count | 0x80);
        }

        into[at++] = (byte)count;
        return at;
    }

    private Span<byte> Take(int count)
    {
        var span = to.GetSpan(count)[..count];
        to.Advance(count);
        return span;
    }
}
