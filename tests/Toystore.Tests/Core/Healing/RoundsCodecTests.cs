using System.Buffers;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

public sealed class RoundsCodecTests
{
    private static readonly ActorId Actor = new(new NodeId(3), 0x1122);

    [Fact]
    public void Every_message_reads_back_and_writes_as_the_same_bytes()
    {
        foreach (var request in Requests())
        {
            Assert.Equal(Bytes(request), Bytes(Assert.IsAssignableFrom<RoundsRequest>(RoundsCodec.ReadRequest(Bytes(request)))));
        }

        foreach (var answer in Answers())
        {
            Assert.Equal(Bytes(answer), Bytes(Assert.IsAssignableFrom<RoundsAnswer>(RoundsCodec.ReadAnswer(Bytes(answer)))));
        }
    }

    [Fact]
    public void Terms_read_back_as_they_were()
    {
        var terms = Terms();
        var read = Assert.IsType<RoundsRequest.Begin>(RoundsCodec.ReadRequest(Bytes(new RoundsRequest.Begin(terms)))).Terms;
        Assert.Equal((terms.Process, terms.Processes), (read.Process, read.Processes));
        Assert.Equal(terms.Slots.Slots(), read.Slots.Slots());
        Assert.Equal(terms.Knowing.Slots(), read.Knowing.Slots());
        Assert.All(terms.Slots.Slots(), slot => Assert.Equal((terms.Tickets[slot], terms.Floors[slot]), (read.Tickets[slot], read.Floors[slot])));
    }

    [Fact]
    public void The_layout_is_as_written_down()
    {
        Assert.Equal("01" + "00" + "0500000000000000" + "0600000000000000" + "0800000000000000" + "0900000000000000" + "01", Hex(Bytes(new RoundsRequest.Hello(false, new HybridTime(5), new HybridTime(6), new DiskWord(8, 9, true)))));
        Assert.Equal("02" + "0500000000000000", Hex(Bytes(new RoundsRequest.Report(new HybridTime(5)))));
        Assert.Equal(
            "01" + "01" + "0500000000000000" + "0600000000000000" + "0700000000000000" + "0800000000000000" + "0900000000000000" + "00" + "01" + "0a00000000000000",
            Hex(Bytes(new RoundsAnswer.Marked(true, new HybridTime(5), new HybridTime(6), 7, new DiskWord(8, 9, false), new DiskMemory(true, 10)))));
        Assert.Equal(
            "05" + "0900000000000000" + "0700000000000000" + "01" + "02" + "07000000000000000000000000000000" + "02" + "02" + "0500000000000000" + "01" + "0000000000000000" + "01" + "02" + "01000000000000000000000000000000",
            Hex(Bytes(new RoundsRequest.End(9, new OwnerRow(new ProcessSet(7), new SlotSet([new Slot(256), new Slot(257), new Slot(258)]), new SlotReadings { [new Slot(256)] = new(5), [new Slot(257)] = new(5) }), new SlotSet([new Slot(256)])))));
    }

    [Fact]
    public void A_message_cut_short_anywhere_is_none()
    {
        foreach (var request in Requests())
        {
            var bytes = Bytes(request);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Null(RoundsCodec.ReadRequest(bytes.AsMemory(0, length)));
            }
        }

        foreach (var answer in Answers())
        {
            var bytes = Bytes(answer);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Null(RoundsCodec.ReadAnswer(bytes.AsMemory(0, length)));
            }
        }
    }

    [Fact]
    public void Damaged_messages_are_none_or_write_as_what_they_read_as()
    {
        var random = new Random(1);
        var read = 0;
        for (var time = 0; time < 3000; time++)
        {
            var request = Bytes(Requests().ElementAt(random.Next(Requests().Count())));
            var answer = Bytes(Answers().ElementAt(random.Next(Answers().Count())));
            foreach (var bytes in new[] { request, answer })
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            if (RoundsCodec.ReadRequest(request) is { } asked)
            {
                read++;
                Assert.Equal(request, Bytes(asked));
            }

            if (RoundsCodec.ReadAnswer(answer) is { } answered)
            {
                read++;
                Assert.Equal(answer, Bytes(answered));
            }
        }

        Assert.InRange(read, 1, 6000);
    }

    [Fact]
    public void A_slot_may_not_be_known_that_is_not_compared()
    {
        var slots = new SlotSet([new Slot(1)]);
        var terms = new ExchangeTerms(Actor, new ProcessSet(1), slots, new SlotReadings(), new SlotReadings(), new SlotSet([new Slot(2)]));
        Assert.Null(RoundsCodec.ReadRequest(Bytes(new RoundsRequest.Begin(terms))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000_000)]
    public void Readings_come_back_as_they_went_however_many_different_ones_there_are(int different)
    {
        var random = new Random(different);
        var slots = new SlotSet(Enumerable.Range(0, Slot.Count).Where(_ => random.Next(3) > 0).Select(slot => new Slot((ushort)slot)));
        var readings = new SlotReadings();
        foreach (var slot in slots.Slots())
        {
            readings[slot] = new HybridTime((ulong)random.Next(different));
        }

        var back = Assert.IsType<RoundsRequest.End>(RoundsCodec.ReadRequest(Bytes(new RoundsRequest.End(4, new OwnerRow(new ProcessSet(7), slots, readings), slots))));
        Assert.Equal(slots.Slots(), back.Row.Slots.Slots());
        Assert.Equal(slots.Slots().Select(slot => readings[slot]), slots.Slots().Select(slot => back.Row.Readings[slot]));
    }

    private static IEnumerable<RoundsRequest> Requests() =>
    [
        new RoundsRequest.Hello(true, new HybridTime(5), new HybridTime(6), new DiskWord(7, 8, true)),
        new RoundsRequest.Report(new HybridTime(77)),
        new RoundsRequest.Begin(Terms()),
        new RoundsRequest.Step(3, new ExchangeRequest.Rows(default, [new RowHash(2, 3, 8)])),
        new RoundsRequest.End(4, Row(), new SlotSet([new Slot(9)])),
    ];

    private static IEnumerable<RoundsAnswer> Answers() =>
    [
        new RoundsAnswer.Marked(true, new HybridTime(5), new HybridTime(6), 7, new DiskWord(8, 9, true), new DiskMemory(true, 10)),
        new RoundsAnswer.Marked(false, default, default, 0, default, default),
        new RoundsAnswer.Reported(new MemberReport(Actor, new HybridTime(5), new HybridTime(6), new SlotSet([new Slot(9), new Slot(16383)]), 4), true, 8),
        new RoundsAnswer.Begun(2, 9, Terms()),
        new RoundsAnswer.Stepped(new ExchangeAnswer.Rows(default, 12)),
        new RoundsAnswer.Ended(Row(), new SlotSet([new Slot(9)])),
        RoundsAnswer.Void.Instance,
    ];

    private static ExchangeTerms Terms()
    {
        var slots = new SlotSet([new Slot(0), new Slot(1), new Slot(200), new Slot(201), new Slot(16383)]);
        return new ExchangeTerms(
            Actor,
            new ProcessSet(42),
            slots,
            new SlotReadings { [new Slot(0)] = new(5), [new Slot(1)] = new(5), [new Slot(201)] = new(6) },
            new SlotReadings { [new Slot(16383)] = new(1) },
            new SlotSet([new Slot(1), new Slot(201)]));
    }

    private static OwnerRow Row() => new(new ProcessSet(7), new SlotSet([new Slot(3), new Slot(4)]), new SlotReadings { [new Slot(4)] = new(9) });

    private static byte[] Bytes(RoundsRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RoundsCodec.Write(request, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(RoundsAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RoundsCodec.Write(answer, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
