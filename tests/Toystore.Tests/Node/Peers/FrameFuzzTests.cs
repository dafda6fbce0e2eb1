using System.Buffers;
using CsCheck;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

public sealed class FrameFuzzTests
{
    private const int FrameCount = 1_000_000;
    private const int FrameBytesMax = 1 << 20;

    /// <summary>A byte on the wire may become at most so many in memory: a two-byte sibling or value becomes an object with its slot in an array.</summary>
    private const int AllocatedPerByte = 40;

    /// <summary>What reporting a problem may take: a sentence, or the exception that the JSON reader throws.</summary>
    private const int AllocatedPerFrame = 16 * 1024;

    [Fact]
    public void A_million_broken_frames_neither_throw_nor_allocate_without_bound()
    {
        var random = new Random(20_071_014);
        var samples = Samples();
        var decoded = 0;
        var worst = 0L;
        for (var round = 0; round < FrameCount; round++)
        {
            var frame = Mutate(samples[random.Next(samples.Length)], samples, random);
            var sequence = random.Next(4) == 0 ? Frames.InPieces(frame, random.Next(1, 64)) : new ReadOnlySequence<byte>(frame);
            var before = GC.GetAllocatedBytesForCurrentThread();
            decoded += Decode(sequence) ? 1 : 0;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            worst = Math.Max(worst, allocated - ((long)AllocatedPerByte * frame.Length));
        }

        Assert.InRange(worst, long.MinValue, AllocatedPerFrame);
        Assert.InRange(decoded, FrameCount / 20, FrameCount); // or the mutations would only have tested the checksum
    }

    internal static byte[][] Samples()
    {
        var samples = new List<byte[]>();
        PeerGen.Requests.Select(request => Frames.Of(request)).Array[400].Sample(samples.AddRange, iter: 1, seed: "0000KeyTXAyN", threads: 1);
        PeerGen.Replies.Select(reply => Frames.Of(reply)).Array[400].Sample(samples.AddRange, iter: 1, seed: "0000KeyTXAyN", threads: 1);
        return [.. samples];
    }

    internal static byte[] Mutate(byte[] sample, byte[][] samples, Random random)
    {
        var frame = sample.ToArray();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(4, frame.Length);
            switch (random.Next(7))
            {
                case 0:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 2:
                    frame.AsSpan(at, Math.Min(random.Next(1, 9), frame.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
                case 3 when frame.Length > 60:
                    frame = [.. frame[..Math.Max(40, at)], .. frame[Math.Min(frame.Length, Math.Max(40, at) + random.Next(1, 12))..]];
                    break;
                case 4:
                    frame = [.. frame[..at], .. new byte[random.Next(1, 12)], .. frame[at..]];
                    break;
                case 5:
                    var other = samples[random.Next(samples.Length)];
                    frame = [.. frame[..at], .. other[Math.Min(at, other.Length - 1)..]];
                    break;
                default:
                    frame[4] = (byte)random.Next(256);
                    break;
            }
        }

        return frame.Length >= 42 && random.Next(20) > 0 ? Frames.Mend(frame) : frame;
    }

    private static bool Decode(ReadOnlySequence<byte> buffer)
    {
        if (!FrameDecoder.TryTake(ref buffer, FrameBytesMax, out var header, out var payload, out _))
        {
            return false;
        }

        _ = FrameDecoder.TryHello(header, payload, out _);
        _ = FrameDecoder.Farewell(header, payload);
        return FrameDecoder.Request(header.Type, payload) is not null | FrameDecoder.Reply(header.Type, payload) is not null;
    }
}
