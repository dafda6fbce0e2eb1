using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Node.Peers;

/// <summary>Frames, one after the other, in one pooled buffer that grows as needed. Not thread-safe.</summary>
internal sealed class FrameWriter : IBufferWriter<byte>
{
    private const int KeptBytesMax = 256 * 1024;

    private byte[] _buffer = [];
    private int _length;
    private int _frame;

    /// <summary>Bytes written so far.</summary>
    public int Length => _length;

    /// <summary>All frames written so far. Valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Starts a frame.</summary>
    public void Begin(FrameType type, ulong requestId, Epoch epoch, uint microsecondsLeft)
    {
        _frame = _length;
        var head = Next(FrameFormat.HeaderBytes);
        head[4] = (byte)type;
        head[5] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(head[6..], requestId);
        BinaryPrimitives.WriteUInt64LittleEndian(head[14..], epoch.Lineage);
        BinaryPrimitives.WriteUInt64LittleEndian(head[22..], epoch.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(head[30..], microsecondsLeft);
    }

    /// <summary>Ends the frame: fills in its length and adds the checksum.</summary>
    public void End()
    {
        var length = _length - _frame + FrameFormat.ChecksumBytes - FrameFormat.LengthBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_frame), (uint)length);
        U32(Crc32C.Of(_buffer.AsSpan(_frame, _length - _frame)));
        _frame = _length;
    }

    /// <summary>Takes back the frame that was started and not ended, if there is one.</summary>
    public void Abandon() => _length = _frame;

    /// <summary>Forgets what was written; a buffer that has grown large goes back to the pool.</summary>
    public void Clear()
    {
        _length = 0;
        _frame = 0;
        if (_buffer.Length > KeptBytesMax)
        {
            Release();
        }
    }

    public void U8(byte value) => Next(1)[0] = value;

    public void Bool(bool value) => U8(value ? (byte)1 : (byte)0);

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

    public void I32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Next(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(8), value);

    public void I64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Next(8), value);

    public void Guid(Guid value) => value.TryWriteBytes(Next(16));

    public void Key(Key key)
    {
        U16((ushort)key.Length);
        key.Span.CopyTo(Next(key.Length));
    }

    /// <summary>A length of 32 bits and the bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        U32((uint)bytes.Length);
        bytes.CopyTo(Next(bytes.Length));
    }

    /// <summary>A length of 32 bits and UTF-8.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        U32((uint)length);
        Encoding.UTF8.GetBytes(text, Next(length));
    }

    /// <summary>A text that only explains: cut to <see cref="FrameFormat.DetailCharsMax"/>.</summary>
    public void Detail(string text) => Text(text.AsSpan(0, Math.Min(text.Length, FrameFormat.DetailCharsMax)));

    public void Container(Container container) => ContainerCodec.Write(container, Next(ContainerCodec.SizeOf(container)));

    public void Advance(int count)
    {
        Invariant.Require((uint)count <= (uint)(_buffer.Length - _length), "a writer advances over what it was given");
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Gives the buffer back to the pool; the next write takes another.</summary>
    public void Release()
    {
        var buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Next(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            Reserve(bytes);
        }

        var span = _buffer.AsSpan(_length, bytes);
        _length += bytes;
        return span;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes)
        {
            return;
        }

        var needed = (long)_length + bytes;
        Invariant.Require(needed <= Array.MaxLength, "what waits to be sent is bounded");
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(needed, Math.Max(4096L, _buffer.Length * 2L))));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
