using System.Buffers.Binary;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// Reads the parts of an exchange's messages, which may have been made to do harm. A read that finds too little or something impossible marks the reader as failed and gives a default, and so does every read after it. A count
/// is checked against the bytes that are left before anything is allocated for it.
/// </summary>
internal ref struct ExchangeReader(ReadOnlyMemory<byte> bytes)
{
    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private int _at;
    private bool _failed;

    /// <summary>True if every read succeeded and nothing is left over.</summary>
    public readonly bool IsWhole => !_failed && _at == _bytes.Length;

    public readonly bool HasFailed => _failed;

    public void Require(bool holds) => _failed |= !holds;

    public byte U8() => Take(1) is [var value] ? value : (byte)0;

    public byte U8(int max)
    {
        var value = U8();
        Require(value <= max);
        return _failed ? (byte)0 : value;
    }

    public ushort U16() => Take(2) is { Length: 2 } span ? BinaryPrimitives.ReadUInt16LittleEndian(span) : (ushort)0;

    public uint U24() => Take(3) is [var low, var middle, var high] ? (uint)(low | (middle << 8) | (high << 16)) : 0;

    public uint U32() => Take(4) is { Length: 4 } span ? BinaryPrimitives.ReadUInt32LittleEndian(span) : 0;

    public ulong U64() => Take(8) is { Length: 8 } span ? BinaryPrimitives.ReadUInt64LittleEndian(span) : 0;

    public UInt128 U128() => Take(16) is { Length: 16 } span ? BinaryPrimitives.ReadUInt128LittleEndian(span) : 0;

    /// <summary>A number below <paramref name="limit"/>, in as few bytes as it takes.</summary>
    public int Number(int limit)
    {
        var value = 0UL;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = U8();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                Require(value < (ulong)limit && (shift == 0 || part != 0));
                return _failed ? 0 : (int)value;
            }
        }

        _failed = true;
        return 0;
    }

    /// <summary>A number of things that take at least so many bytes each.</summary>
    public int Count(int bytesEach, int max = int.MaxValue - 1) => Number(Math.Min((_bytes.Length - _at) / bytesEach, max) + 1);

    /// <summary>A number of rows that take at least so many bytes each.</summary>
    public int RowCount(int bytesEach)
    {
        var count = U8(SlotSet.RowLength);
        Require(count <= (_bytes.Length - _at) / bytesEach);
        return _failed ? 0 : count;
    }

    /// <summary>A row above <paramref name="above"/>, and some of its slots.</summary>
    public (byte Row, UInt128 Slots) Row(int above)
    {
        var first = U8();
        var slots = first >= 0x80 ? UInt128.MaxValue : U128();
        var row = (byte)(first & 0x7f);
        Require(row > above && slots != 0 && (first >= 0x80 || slots != UInt128.MaxValue));
        return (row, slots);
    }

    public SlotSet Slots()
    {
        var slots = new SlotSet();
        var last = -1;
        for (var rows = RowCount(bytesEach: 1); rows > 0 && !_failed; rows--)
        {
            var (row, some) = Row(last);
            slots[row] = some;
            last = row;
        }

        return slots;
    }

    public ActorId Actor() => new(new NodeId(U64()), U64());

    public byte[] Bytes(int count) => Take(count).ToArray();

    public ushort[] U16s(int count)
    {
        Require(count <= (_bytes.Length - _at) / 2);
        var values = new ushort[_failed ? 0 : count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = U16();
        }

        return values;
    }

    public HeldRecord[] Records()
    {
        var records = new HeldRecord[Count(bytesEach: 6)];
        for (var i = 0; i < records.Length && !_failed; i++)
        {
            records[i] = new HeldRecord(Key(), Container());
        }

        return records;
    }

    public Container Container()
    {
        if (_failed || !ContainerCodec.TryRead(_bytes[_at..], out var container, out var consumed))
        {
            _failed = true;
            return Versions.Container.Empty;
        }

        _at += consumed;
        return container;
    }

    private Key Key()
    {
        var at = _at + 2;
        var length = U16();
        Require(length is > 0 and <= Core.Key.BytesMax && Take(length).Length == length);
        return _failed ? default : Core.Key.From(_bytes.Slice(at, length));
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_failed || (uint)length > (uint)(_bytes.Length - _at))
        {
            _failed = true;
            return default;
        }

        var span = _bytes.Span.Slice(_at, length);
        _at += length;
        return span;
    }
}
