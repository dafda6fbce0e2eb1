using System.Buffers;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

public sealed class ExchangeCodecTests
{
    /// <summary>A byte on the wire may become so many in memory: an empty answer of one byte becomes an entry of an array.</summary>
    private const int AllocatedPerByte = 40;

    /// <summary>A set of slots has one size, whatever is in it.</summary>
    private const int AllocatedPerMessage = 3 << 10;

    [Fact]
    public void Every_message_reads_back_and_writes_as_the_same_bytes()
    {
        foreach (var bytes in Requests())
        {
            Assert.Equal(bytes, Encode(Assert.IsAssignableFrom<ExchangeRequest>(ExchangeCodec.ReadRequest(bytes))));
        }

        foreach (var bytes in Answers())
        {
            Assert.Equal(bytes, Encode(Assert.IsAssignableFrom<ExchangeAnswer>(ExchangeCodec.ReadAnswer(bytes))));
        }
    }

    [Fact]
    public void A_message_cut_short_anywhere_is_none()
    {
        foreach (var bytes in Requests().Take(60))
        {
            for (var length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 50))
            {
                Assert.Null(ExchangeCodec.ReadRequest(bytes.AsMemory(0, length)));
            }
        }

        foreach (var bytes in Answers().Take(60))
        {
            for (var length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 50))
            {
                Assert.Null(ExchangeCodec.ReadAnswer(bytes.AsMemory(0, length)));
            }
        }
    }

    [Fact]
    public void The_layout_is_as_written_down()
    {
        Assert.Equal("01" + "0500000000000000" + "02" + "80" + "0700000000000000" + "02" + "03000000000000000000000000000000" + "0800000000000000",
            Hex(new ExchangeRequest.Rows(new HybridTime(5), [new RowHash(0, UInt128.MaxValue, 7), new RowHash(2, 3, 8)])));
        Assert.Equal("02" + "0900000000000000" + "01" + "02" + "03000000000000000000000000000000" + "010000" + "030201", Hex(new ExchangeRequest.Slots(9, [new RowRoots(2, 3, [1, 0x010203])])));
        Assert.Equal("03" + "0900000000000000" + "02" + "0201" + "01" + "00" + "0500" + "0600" + "0301" + "04" + "01" + "0f00" + "0800",
            Hex(new ExchangeRequest.Leaves(9, [new SlotLeaves(new Slot(258), 1, null, [5, 6]), new SlotLeaves(new Slot(259), 4, [15], [8])])));
        Assert.Equal("04" + "0900000000000000" + "01" + "0201" + "0a" + "01" + "ac02" + "02" + "010000" + "020000",
            Hex(new ExchangeRequest.Lists(9, [new SlotLists(new Slot(258), 10, [new LeafList(300, [1, 2])])])));
        Assert.Equal("05" + "01" + "0100" + "61" + "010000" + "01" + "0201" + "04030201", Hex(new ExchangeRequest.Records([new HeldRecord("a", Container.Empty)], [new WantedRecords(new Slot(258), new KeyPrefix(0x01020304))])));
        Assert.Equal("06" + "0500000000000000" + "01" + "02" + "04000000000000000000000000000000", Hex(new ExchangeRequest.Finished(new HybridTime(5), new SlotSet([new Slot(258)]))));

        Assert.Equal("01" + "0500000000000000" + "03000000000000000000000000000000", Hex(new ExchangeAnswer.Rows(new HybridTime(5), 3)));
        Assert.Equal("02" + "02" + "00" + "0900000000000000" + "03" + "01000000000000000000000000000000" + "02000000000000000000000000000000" + "0800000000000000" + "04",
            Hex(new ExchangeAnswer.Slots([new RowRootsAnswer(0, 0, 9, []), new RowRootsAnswer(1, 2, 8, [4])])));
        Assert.Equal("03" + "02" + "00" + "02" + "0180" + "0900000000000000", Hex(new ExchangeAnswer.Leaves([default, new SlotLeavesAnswer([1, 0x80], 9)])));
        Assert.Equal("04" + "01" + "0600000000000000" + "0700000000000000" + "02" + "00" + "01" + "0900000000000000" + "01" + "01" + "03" + "01" + "04030201" + "00" + "0800000000000000",
            Hex(new ExchangeAnswer.Lists([default, new SlotListsAnswer([new LeafAnswer([3], [new Headline(new KeyPrefix(0x01020304), new Dot(new ActorId(new NodeId(6), 7), new HybridTime(8)))])], 9)])));
        Assert.Equal("05" + "03" + "00" + "01" + "010000" + "02" + "02" + "00" + "01" + "01" + "0100" + "61" + "010000",
            Hex(new ExchangeAnswer.Records([new PushAnswer(PushOutcome.Same, null), new PushAnswer(PushOutcome.Other, Container.Empty), new PushAnswer(PushOutcome.NotStored, null)],
                [default, new WantedAnswer([new HeldRecord("a", Container.Empty)])])));
        Assert.Equal("06", Hex(ExchangeAnswer.Finished.Instance));
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("07", "an unknown type")]
    [InlineData("01" + "0500000000000000" + "81", "more rows than there are")]
    [InlineData("01" + "0500000000000000" + "01" + "02" + "00000000000000000000000000000000" + "0700000000000000", "a row of no slot")]
    [InlineData("01" + "0500000000000000" + "01" + "02" + "ffffffffffffffffffffffffffffffff" + "0700000000000000", "a whole row written out")]
    [InlineData("01" + "0500000000000000" + "02" + "81" + "0700000000000000" + "81" + "0700000000000000", "a row twice")]
    [InlineData("03" + "0900000000000000" + "01" + "0040" + "01" + "00" + "0500" + "0600", "a slot beyond the last")]
    [InlineData("03" + "0900000000000000" + "01" + "0201" + "0d" + "00", "too deep")]
    [InlineData("03" + "0900000000000000" + "01" + "0201" + "01" + "01" + "0200" + "0500", "a leaf beyond the last")]
    [InlineData("03" + "0900000000000000" + "01" + "0201" + "01" + "8200" + "0000" + "0100" + "0500" + "0600", "a number longer than it needs to be")]
    [InlineData("04" + "0900000000000000" + "01" + "0201" + "0a" + "02" + "01" + "00" + "01" + "00", "a leaf twice")]
    [InlineData("05" + "01" + "0000" + "010000" + "00", "a key of no bytes")]
    [InlineData("06" + "0500000000000000" + "00" + "00", "a byte left over")]
    public void What_would_not_have_been_written_is_no_request(string hex, string why) => Assert.True(ExchangeCodec.ReadRequest(Convert.FromHexString(hex)) is null, why);

    [Theory]
    [InlineData("02" + "01" + "01" + "00000000000000000000000000000000" + "0800000000000000", "said to differ, and none does")]
    [InlineData("02" + "01" + "03" + "01000000000000000000000000000000" + "01000000000000000000000000000000" + "0800000000000000" + "04", "both differing and not to be compared")]
    [InlineData("02" + "01" + "01" + "01000000000000000000000000000000" + "0800000000000000" + "0d", "too deep")]
    [InlineData("04" + "01" + "0600000000000000" + "0700000000000000" + "00", "an actor that nothing refers to")]
    [InlineData("04" + "00" + "01" + "01" + "0900000000000000" + "01" + "02" + "03" + "03" + "00", "an index twice")]
    [InlineData("05" + "01" + "03" + "00", "an unknown outcome")]
    public void What_would_not_have_been_written_is_no_answer(string hex, string why) => Assert.True(ExchangeCodec.ReadAnswer(Convert.FromHexString(hex)) is null, why);

    [Fact]
    public void A_million_mutations_neither_throw_nor_allocate_beyond_the_message_nor_read_as_what_would_not_be_written()
    {
        var random = new Random(20_071_014);
        var (requests, answers) = (Requests(), Answers());
        var accepted = 0;
        for (var i = 0; i < 1_000_000; i++)
        {
            var isRequest = random.Next(2) == 0;
            var samples = isRequest ? requests : answers;
            var bytes = Mutate(samples[random.Next(samples.Length)], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var request = isRequest ? ExchangeCodec.ReadRequest(bytes) : null;
            var answer = isRequest ? null : ExchangeCodec.ReadAnswer(bytes);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > AllocatedPerMessage + ((long)AllocatedPerByte * bytes.Length))
            {
                Assert.Fail($"{allocated} bytes for {Convert.ToHexString(bytes)}");
            }

            if (request is null && answer is null)
            {
                continue;
            }

            accepted++;
            if (!(request is null ? Encode(answer!) : Encode(request)).AsSpan().SequenceEqual(bytes))
            {
                Assert.Fail($"not canonical: {Convert.ToHexString(bytes)}");
            }
        }

        Assert.InRange(accepted, 50_000, 900_000); // or the test would look at one branch only
    }

    /// <summary>What two replicas really say, small messages and large, and a few that they seldom say.</summary>
    private static byte[][] Requests() => [.. Said().Select(pair => Encode(pair.Request)).Where(bytes => bytes.Length < 4096)];

    private static byte[][] Answers() => [.. Said().Select(pair => Encode(pair.Answer)).Where(bytes => bytes.Length < 4096)];

    private static List<(ExchangeRequest Request, ExchangeAnswer Answer)> Said()
    {
        var said = new List<(ExchangeRequest Request, ExchangeAnswer Answer)>();
        for (var seed = 1; seed < 40; seed++)
        {
            var random = new Random(seed);
            var (left, right) = (new PureReplica(1), new PureReplica(2));
            (left.Ticket, right.Ticket) = (new HybridTime(7), new HybridTime((ulong)seed));
            for (var i = 0; i < 300; i++)
            {
                Key key = random.Next(3) == 0 ? $"{{tag}}{i}" : $"k{random.Next(100)}";
                var who = random.Next(2) == 0 ? left : right;
                who.Put(key, random.Next(30));
                if (random.Next(3) > 0)
                {
                    left.Merge(key, who.Get(key));
                    right.Merge(key, who.Get(key));
                }
            }

            right.Trees.Doubt(Slot.Of("k1"));
            var slots = new SlotSet(SlotSet.All().Slots().Where(slot => slot.Index % seed == 0 || slot == Slot.Of("{tag}")));
            new Conversation(left, right) { Slots = slots, Limits = new ExchangeLimits(MessageBytes: 600), Heard = (request, answer) => said.Add((request, answer)) }.Run();
        }

        return said;
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.AsSpan().ToArray();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(4) == 0 ? random.Next(Math.Min(20, bytes.Length)) : random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
                case 3 when bytes.Length > 1:
                    Array.Resize(ref bytes, random.Next(1, bytes.Length));
                    break;
                default:
                    bytes = [.. bytes.AsSpan(0, at), (byte)random.Next(256), .. bytes.AsSpan(at)];
                    break;
            }
        }

        return bytes;
    }

    private static byte[] Encode(ExchangeRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        ExchangeCodec.Write(request, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Encode(ExchangeAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        ExchangeCodec.Write(answer, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Hex(ExchangeRequest request) => Convert.ToHexStringLower(Encode(request));

    private static string Hex(ExchangeAnswer answer) => Convert.ToHexStringLower(Encode(answer));
}
