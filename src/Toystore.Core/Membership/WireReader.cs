using System.Buffers.Binary;
using System.Text;

namespace Toystore.Core.Membership;

/// <summary>Reads what may have been made to do harm: a read beyond the end marks the reader as failed and gives a default, and so does every read after it.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>True if some read found too little or something impossible.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>True if there is nothing left to read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte U8() => Bytes(1) is [var value] ? value : (byte)0;

    public ushort U16() => Bytes(2) is { Length: 2 } span ? BinaryPrimitives.ReadUInt16LittleEndian(span) : (ushort)0;

    public uint U32() => Bytes(4) is { Length: 4 } span ? BinaryPrimitives.ReadUInt32LittleEndian(span) : 0;

    public ulong U64() => Bytes(8) is { Length: 8 } span ? BinaryPrimitives.ReadUInt64LittleEndian(span) : 0;

    /// <summary>What <see cref="WireWriter.Var"/> wrote: each number in its shortest form and in no other.</summary>
    public ulong Var()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = U8();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                HasFailed |= (next == 0 && shift > 0) || (shift == 63 && next > 1);
                return HasFailed ? 0 : value;
            }
        }

        HasFailed = true;
        return 0;
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (HasFailed || (uint)count > (uint)_rest.Length)
        {
            HasFailed = true;
            return default;
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>A length byte and printable ASCII. <paramref name="usual"/> is given back as it is if that is what is read, at no cost.</summary>
    public string Text(string usual = "")
    {
        var taken = Bytes(U8());
        HasFailed |= taken.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        return HasFailed ? "" : Ascii.Equals(taken, usual) ? usual : Encoding.ASCII.GetString(taken);
    }
}
