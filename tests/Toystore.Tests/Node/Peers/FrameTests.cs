using System.Buffers;
using CsCheck;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

public sealed class FrameTests
{
    private const int FrameBytesMax = 1 << 20;
    private static readonly byte[] Digest = Frames.Of(new PeerReply.HeldDigest(42, Unknowing: false), id: 9);

    [Fact]
    public void A_request_arrives_as_it_was_sent() => PeerGen.Requests.Sample(request =>
    {
        var frame = Frames.Of(request, id: 77, microsecondsLeft: 1234);
        var buffer = new ReadOnlySequence<byte>(frame);
        Assert.True(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out var header, out var payload, out _));
        Assert.Equal((77UL, Frames.Epoch, 1234u, 0L), (header.RequestId, header.Epoch, header.MicrosecondsLeft, buffer.Length));
        Assert.Equal(Portrait.Of(request), Portrait.Of(FrameDecoder.Request(header.Type, payload)));
    }, iter: 3000);

    [Fact]
    public void A_reply_arrives_as_it_was_sent() => PeerGen.Replies.Sample(reply =>
    {
        var buffer = new ReadOnlySequence<byte>(Frames.Of(reply));
        Assert.True(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out var header, out var payload, out _));
        Assert.Equal(Portrait.Of(reply), Portrait.Of(FrameDecoder.Reply(header.Type, payload)));
    }, iter: 3000);

    [Fact]
    public void A_message_in_pieces_is_the_same_message() => Gen.Select(PeerGen.Requests, PeerGen.Replies, Gen.Int[1, 40]).Sample((request, reply, size) =>
    {
        var buffer = Frames.InPieces(Frames.Of(request).Concat(Frames.Of(reply)).ToArray(), size);
        Assert.True(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out var header, out var payload, out _));
        Assert.Equal(Portrait.Of(request), Portrait.Of(FrameDecoder.Request(header.Type, payload)));
        Assert.True(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out header, out payload, out _));
        Assert.Equal(Portrait.Of(reply), Portrait.Of(FrameDecoder.Reply(header.Type, payload)));
    }, iter: 1000);

    [Fact]
    public void No_frame_is_longer_than_its_bound() => Gen.Select(PeerGen.Requests, PeerGen.Replies).Sample((request, reply) =>
    {
        Assert.InRange(Frames.Of(request).Length, 1, FrameEncoder.SizeBound(request));
        Assert.InRange(Frames.Of(reply).Length, 1, FrameEncoder.SizeBound(reply));
    }, iter: 3000);

    [Fact]
    public void Part_of_a_frame_waits_for_the_rest()
    {
        for (var length = 0; length < Digest.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(Digest, 0, length);
            Assert.False(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out _, out _, out var problem));
            Assert.Null(problem);
        }
    }

    [Fact]
    public void Any_flipped_bit_is_noticed()
    {
        for (var bit = 0; bit < Digest.Length * 8; bit++)
        {
            var frame = Digest.ToArray();
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            var buffer = new ReadOnlySequence<byte>(frame);
            Assert.False(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out _, out _, out _), $"bit {bit}");
        }
    }

    [Fact]
    public void A_flag_that_may_be_ignored_is_ignored() => Assert.Null(ProblemWithFlags(0x30));

    [Fact]
    public void Any_other_unknown_flag_is_refused() => Assert.Contains("flags", ProblemWithFlags(0x01), StringComparison.Ordinal);

    [Fact]
    public void A_frame_beyond_the_limit_is_refused_before_it_has_arrived()
    {
        var buffer = new ReadOnlySequence<byte>(new byte[] { 0xff, 0xff, 0xff, 0x7f });
        Assert.False(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out _, out _, out var problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void Bytes_left_over_make_a_frame_unsound()
    {
        var buffer = new ReadOnlySequence<byte>(Frames.Mend([.. Digest[..^4], 0, .. Digest[^4..]]));
        Assert.True(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out var header, out var payload, out _));
        Assert.Null(FrameDecoder.Reply(header.Type, payload));
    }

    [Fact]
    public void A_reply_is_no_request() => Assert.Null(FrameDecoder.Request(FrameType.HeldDigest, default));

    [Fact]
    public void What_is_never_sent_goes_as_a_failure()
    {
        var buffer = new ReadOnlySequence<byte>(Frames.Of(new PeerReply.Lost("gone")));
        Assert.True(FrameDecoder.TryTake(ref buffer, FrameBytesMax, out var header, out var payload, out _));
        Assert.Equal(new PeerReply.Failed("gone"), FrameDecoder.Reply(header.Type, payload));
    }

    [Fact]
    public void A_frame_that_cannot_be_written_leaves_no_trace()
    {
        var sender = new FrameSender(1 << 20);
        Assert.Equal(Queued.Done, sender.Append(1, Frames.Epoch, PeerReply.Overloaded.Instance, 100));
        Assert.ThrowsAny<Exception>(() => sender.Append(2, Frames.Epoch, new PeerReply.Keys(null!, null), 100));
        var sent = Drain(sender);
        Assert.Equal(Frames.Of(PeerReply.Overloaded.Instance), sent);
    }

    [Fact]
    public void Writing_a_digest_allocates_nothing()
    {
        var writer = new FrameWriter();
        PeerReply reply = new PeerReply.HeldDigest(1, Unknowing: false);
        Allocations.None(() =>
        {
            writer.Clear();
            FrameEncoder.Reply(writer, 1, Frames.Epoch, reply);
        });
        Assert.Equal(Digest.Length, writer.Length);
    }

    [Fact]
    public void The_checksum_is_crc32c() => Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8)); // RFC 3720, B.4's polynomial; the check value of the catalogue of CRCs

    private static string? ProblemWithFlags(byte flags)
    {
        var frame = Digest.ToArray();
        frame[5] = flags;
        var buffer = new ReadOnlySequence<byte>(Frames.Mend(frame));
        _ = FrameDecoder.TryTake(ref buffer, FrameBytesMax, out _, out _, out var problem);
        return problem;
    }

    private static byte[] Drain(FrameSender sender)
    {
        using var wire = new RecordingWire();
        sender.Flush();
        var running = sender.RunAsync(wire);
        sender.Close();
        Assert.True(running.Wait(TimeSpan.FromSeconds(10)));
        return wire.Written;
    }
}
