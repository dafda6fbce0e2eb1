using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Node.Peers;

/// <summary>
/// Reads the payload of a frame that may have been made to do harm. A read that finds too little or something impossible marks the reader as failed and gives a default; from then on every read does. Whoever
/// reads looks at <see cref="IsWhole"/> once, at the end. A count is checked against the bytes that are left before anything is allocated for it.
/// </summary>
/// <param name="bytes">The payload.</param>
/// <param name="owned">The same bytes in memory that stays as it is, to be handed out in slices; empty if there is none, and then what outlives the reader is copied.</param>
internal ref struct FrameReader(ReadOnlySpan<byte> bytes, ReadOnlyMemory<byte> owned)
{
    private static readonly long ExpiryMax = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly long ExpiryMin = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlyMemory<byte> _owned = owned;
    private int _at;
    private bool _failed;

    /// <summary>True if every read succeeded and nothing is left over.</summary>
    public readonly bool IsWhole => !_failed && _at == _bytes.Length;

    /// <summary>True if some read has failed.</summary>
    public readonly bool HasFailed => _failed;

    public byte U8() => Take(1) is [var value] ? value : (byte)0;

    /// <summary>A byte that is at most so much.</summary>
    public byte U8(int max)
    {
        var value = U8();
        _failed |= value > max;
        return _failed ? (byte)0 : value;
    }

    public bool Bool() => U8(max: 1) == 1;

    public ushort U16() => Take(2) is { Length: 2 } span ? BinaryPrimitives.ReadUInt16LittleEndian(span) : (ushort)0;

    public uint U32() => Take(4) is { Length: 4 } span ? BinaryPrimitives.ReadUInt32LittleEndian(span) : 0;

    public int I32() => (int)U32();

    public ulong U64() => Take(8) is { Length: 8 } span ? BinaryPrimitives.ReadUInt64LittleEndian(span) : 0;

    public long I64() => (long)U64();

    public Guid Guid() => Take(16) is { Length: 16 } span ? new Guid(span) : default;

    /// <summary>A number of things that take at least so many bytes each.</summary>
    public int Count(int bytesEach)
    {
        var count = U32();
        _failed |= count > (_bytes.Length - _at) / bytesEach;
        return _failed ? 0 : (int)count;
    }

    public Key Key()
    {
        var length = U16();
        if (length is 0 or > Core.Key.BytesMax)
        {
            _failed = true;
            return default;
        }

        var memory = Memory(length);
        return _failed ? default : Core.Key.From(memory);
    }

    public ReadOnlyMemory<byte> Bytes() => Memory(Count(bytesEach: 1));

    public string Text()
    {
        var span = Take(Count(bytesEach: 1));
        _failed |= !Utf8.IsValid(span);
        return _failed ? "" : Encoding.UTF8.GetString(span);
    }

    /// <summary>A moment, as milliseconds since 1970.</summary>
    public DateTimeOffset Moment()
    {
        var milliseconds = I64();
        _failed |= milliseconds < ExpiryMin || milliseconds > ExpiryMax;
        return _failed ? default : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    /// <summary>A container, which needs memory that stays.</summary>
    public Container Container()
    {
        Invariant.Require(_owned.Length == _bytes.Length, "frames with values are copied once");
        if (_failed || !ContainerCodec.TryRead(_owned[_at..], out var container, out var consumed))
        {
            _failed = true;
            return Core.Versions.Container.Empty;
        }

        _at += consumed;
        return container;
    }

    /// <summary>All that is left.</summary>
    public ReadOnlySpan<byte> Rest() => Take(_bytes.Length - _at);

    /// <summary>Marks the reader as failed.</summary>
    public void Fail() => _failed = true;

    private ReadOnlyMemory<byte> Memory(int length)
    {
        var at = _at;
        var span = Take(length);
        return span.IsEmpty ? default : _owned.IsEmpty ? span.ToArray() : _owned.Slice(at, length);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_failed || (uint)length > (uint)(_bytes.Length - _at))
        {
            _failed = true;
            return default;
        }

        var span = _bytes.Slice(_at, length);
        _at += length;
        return span;
    }
}
