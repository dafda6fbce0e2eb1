using System.Buffers;
using System.Buffers.Binary;
using Toystore.Core.Placement;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

/// <summary>Frames as bytes.</summary>
internal static class Frames
{
    public static readonly Epoch Epoch = new(7, 3);

    public static byte[] Of(PeerRequest request, ulong id = 1, uint microsecondsLeft = 1_000_000)
    {
        var writer = new FrameWriter();
        FrameEncoder.Request(writer, id, Epoch, microsecondsLeft, request);
        return writer.Written.ToArray();
    }

    public static byte[] Of(PeerReply reply, ulong id = 1)
    {
        var writer = new FrameWriter();
        FrameEncoder.Reply(writer, id, Epoch, reply);
        return writer.Written.ToArray();
    }

    public static byte[] Of(Hello hello)
    {
        var writer = new FrameWriter();
        FrameEncoder.Hello(writer, hello);
        return writer.Written.ToArray();
    }

    /// <summary>Makes length and checksum right again.</summary>
    public static byte[] Mend(byte[] frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - 4));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(frame.Length - 4), Crc32C.Of(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }

    /// <summary>The bytes in pieces of a given size, as they may lie in a pipe.</summary>
    public static ReadOnlySequence<byte> InPieces(ReadOnlyMemory<byte> bytes, int size)
    {
        var first = new Piece(bytes[..Math.Min(size, bytes.Length)], 0);
        var last = first;
        for (var at = last.Memory.Length; at < bytes.Length; at += size)
        {
            last = last.Append(bytes.Slice(at, Math.Min(size, bytes.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
