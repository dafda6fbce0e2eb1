using System.Buffers;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using static Toystore.Tests.Core.Agreement.Cast;

namespace Toystore.Tests.Core.Agreement;

public sealed class RegisterCodecTests
{
    private static readonly RegisterRequest[] Requests =
    [
        new RegisterRequest.Prepare(First.Instance, Name(2), Ballot(3)),
        new RegisterRequest.Prepare(Seeds.Instance, new AcceptorName(N(2), default), Ballot(3)),
        new RegisterRequest.Accept(First.Instance, Name(2), Ballot(3), Second("x")),
        new RegisterRequest.Learn(First),
        RegisterRequest.Ask.Instance,
        new RegisterRequest.Force(First.Forced(0xB, [Name(1)], Value("two"))),
    ];

    private static readonly RegisterReply[] Replies =
    [
        new RegisterReply.Promised(Name(2), First.Instance, Ballot(3), null),
        new RegisterReply.Promised(Name(2), First.Instance, Ballot(3), new Vote(Ballot(2), Second("x"))),
        new RegisterReply.Accepted(Name(2), First.Instance, Ballot(3)),
        new RegisterReply.Beaten(Name(2), First.Instance, Ballot(3), Ballot(4)),
        new RegisterReply.Behind(Name(2), First.Instance),
        new RegisterReply.Overtaken(Name(2), Second("x")),
        new RegisterReply.Learned(Name(2), First.Epoch),
        new RegisterReply.Known(Name(2), null),
        new RegisterReply.Known(Name(2), First),
        new RegisterReply.Refused(Name(2), First.Instance, Refusal.NotNamed, First.Epoch),
    ];

    private static readonly AcceptorState[] States =
    [
        New(1),
        Knowing(1, First),
        Knowing(1, First) with { Promised = Ballot(3), Vote = new Vote(Ballot(2), Second("x")) },
        New(1) with { Promised = Ballot(3), Vote = new Vote(Ballot(3), First) },
    ];

    [Fact]
    public void Every_message_reads_back_as_it_was()
    {
        Assert.All(Requests, request => Assert.Equal(request, RegisterCodec.ReadRequest(Bytes(request))));
        Assert.All(Replies, reply => Assert.Equal(reply, RegisterCodec.ReadReply(Bytes(reply))));
    }

    [Fact]
    public void Every_state_reads_back_as_it_was() => Assert.All(States, state => Assert.Equal(state, AcceptorStateCodec.Decode(AcceptorStateCodec.Encode(state))));

    [Fact]
    public void The_layout_is_as_written_down()
    {
        Assert.Equal(
            "01" + "0a00000000000000" + "0100000000000000" + Hex(First.Fingerprint) + "0200000000000000" + "0c00000000000000" + "0300000000000000" + "0100000000000000" + "0700000000000000",
            Convert.ToHexStringLower(Bytes(Requests[0])));
        Assert.Equal(
            "03" + "01" + "0a00000000000000" + "0100000000000000" + Hex(Seeds.Fingerprint) + Hex(Seeds.Fingerprint) + "03"
            + "0100000000000000" + "0b00000000000000" + "0200000000000000" + "0c00000000000000" + "0300000000000000" + "0d00000000000000" + "03000000" + "6f6e65",
            Convert.ToHexStringLower(Bytes(Requests[3])));
        Assert.Equal("01" + "0b00000000000000" + new string('0', 48) + "0000", Convert.ToHexStringLower(AcceptorStateCodec.Encode(States[0]))[8..]);
    }

    [Fact]
    public void What_is_cut_short_or_too_long_is_nothing()
    {
        foreach (var bytes in Requests.Select(Bytes))
        {
            Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Null(RegisterCodec.ReadRequest(bytes.AsSpan(0, length))));
            Assert.Null(RegisterCodec.ReadRequest([.. bytes, 0]));
        }

        foreach (var bytes in Replies.Select(Bytes))
        {
            Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Null(RegisterCodec.ReadReply(bytes.AsSpan(0, length))));
            Assert.Null(RegisterCodec.ReadReply([.. bytes, 0]));
        }
    }

    [Fact]
    public void Damaged_messages_are_nothing_or_write_as_what_they_read_as()
    {
        var random = new Random(1);
        var read = 0;
        for (var time = 0; time < 5000; time++)
        {
            var request = Damaged(Bytes(Requests[random.Next(Requests.Length)]), random);
            var reply = Damaged(Bytes(Replies[random.Next(Replies.Length)]), random);
            if (RegisterCodec.ReadRequest(request) is { } asked)
            {
                read++;
                Assert.Equal(request, Bytes(asked));
            }

            if (RegisterCodec.ReadReply(reply) is { } answered)
            {
                read++;
                Assert.Equal(reply, Bytes(answered));
            }
        }

        Assert.InRange(read, 1000, 9900);
    }

    [Fact]
    public void A_state_with_any_bit_wrong_is_none()
    {
        var bytes = AcceptorStateCodec.Encode(States[2]);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(AcceptorStateCodec.Decode(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Null(AcceptorStateCodec.Decode(bytes.AsSpan(0, length))));
    }

    [Fact]
    public void A_state_that_contradicts_itself_is_none()
    {
        Assert.Null(AcceptorStateCodec.Decode(AcceptorStateCodec.Encode(States[1] with { Promised = Ballot(1), Vote = new Vote(Ballot(2), Second("x")) })));
        Assert.Null(AcceptorStateCodec.Decode(AcceptorStateCodec.Encode(States[1] with { Promised = Ballot(2), Vote = new Vote(Ballot(2), First) })));
    }

    [Fact]
    public void A_decree_with_impossible_acceptors_is_none()
    {
        foreach (AcceptorName[] acceptors in new AcceptorName[][] { [], [Name(2), Name(1)], [Name(1), Name(1)], [new(N(1), default)], [new(default, new DiskId(1))], [Name(1), Name(2), Name(3), Name(4), Name(5), Name(6)] })
        {
            var bytes = Bytes(new RegisterRequest.Learn(new Decree(First.Epoch, 1, 1, acceptors.Length > 5 ? [] : acceptors, default)));
            if (acceptors.Length > 5)
            {
                bytes[34] = 6;
                bytes = [.. bytes[..35], .. new byte[6 * 16], 0, 0, 0, 0];
            }

            Assert.Null(RegisterCodec.ReadRequest(bytes));
        }

        Assert.Null(RegisterCodec.ReadRequest(Bytes(new RegisterRequest.Learn(new Decree(new Epoch(0, 1), 1, 1, [Name(1)], default)))));
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static string Hex(ulong value) => Convert.ToHexStringLower(BitConverter.GetBytes(value));

    private static byte[] Bytes(RegisterRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RegisterCodec.Write(request, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(RegisterReply reply)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RegisterCodec.Write(reply, buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
