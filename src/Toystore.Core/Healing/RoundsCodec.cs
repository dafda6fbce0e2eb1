using System.Buffers;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>Bytes of the messages that floors are made with, as docs/protocols/anti-entropy.md lays them out. What is read may have been made to do harm: one that is not sound reads as null, and allocates a small multiple of its bytes, and 256 KiB, at most.</summary>
public static class RoundsCodec
{
    private const byte HelloType = 1;
    private const byte ReportType = 2;
    private const byte BeginType = 3;
    private const byte StepType = 4;
    private const byte EndType = 5;
    private const byte VoidType = 6;

    /// <summary>Writes a request.</summary>
    public static void Write(RoundsRequest request, IBufferWriter<byte> to)
    {
        var writer = new ExchangeWriter(to);
        switch (request)
        {
            case RoundsRequest.Hello(var isTold, var mark, var clock, var disk):
                writer.U8(HelloType);
                writer.U8(isTold ? (byte)1 : (byte)0);
                writer.U64(mark.Value);
                writer.U64(clock.Value);
                Write(writer, disk);
                break;
            case RoundsRequest.Report(var goal):
                writer.U8(ReportType);
                writer.U64(goal.Value);
                break;
            case RoundsRequest.Begin(var terms):
                writer.U8(BeginType);
                Write(writer, terms);
                break;
            case RoundsRequest.Step(var number, var question):
                writer.U8(StepType);
                writer.U64(number);
                ExchangeCodec.Write(question, to);
                break;
            case RoundsRequest.End(var number, var row, var stood):
                writer.U8(EndType);
                writer.U64(number);
                Write(writer, row);
                writer.Slots(stood);
                break;
            default:
                throw new InvariantException($"an unknown request: {request}");
        }
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(RoundsAnswer answer, IBufferWriter<byte> to)
    {
        var writer = new ExchangeWriter(to);
        switch (answer)
        {
            case RoundsAnswer.Marked(var isTold, var mark, var clock, var stamp, var disk, var memory):
                writer.U8(HelloType);
                writer.U8(isTold ? (byte)1 : (byte)0);
                writer.U64(mark.Value);
                writer.U64(clock.Value);
                writer.U64(stamp);
                Write(writer, disk);
                writer.U8(memory.HasMet ? (byte)1 : (byte)0);
                writer.U64(memory.Tide);
                break;
            case RoundsAnswer.Reported(var report, var isTold, var stamp):
                writer.U8(ReportType);
                writer.U8(isTold ? (byte)1 : (byte)0);
                writer.U64(stamp);
                writer.Actor(report.Process);
                writer.U64(report.Mark.Value);
                writer.U64(report.Clock.Value);
                writer.Slots(report.Held);
                writer.U64(report.Drops);
                break;
            case RoundsAnswer.Begun(var number, var stamp, var terms):
                writer.U8(BeginType);
                writer.U64(number);
                writer.U64(stamp);
                Write(writer, terms);
                break;
            case RoundsAnswer.Stepped(var inner):
                writer.U8(StepType);
                ExchangeCodec.Write(inner, to);
                break;
            case RoundsAnswer.Ended(var row, var stood):
                writer.U8(EndType);
                Write(writer, row);
                writer.Slots(stood);
                break;
            case RoundsAnswer.Void:
                writer.U8(VoidType);
                break;
            default:
                throw new InvariantException($"an unknown answer: {answer}");
        }
    }

    /// <summary>Reads a request; null for what is none.</summary>
    public static RoundsRequest? ReadRequest(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ExchangeReader(bytes);
        var type = reader.U8();
        if (type == StepType)
        {
            var number = reader.U64();
            return !reader.HasFailed && ExchangeCodec.ReadRequest(bytes[9..]) is { } question ? new RoundsRequest.Step(number, question) : null;
        }

        RoundsRequest? request = type switch
        {
            HelloType => new RoundsRequest.Hello(reader.U8(max: 1) == 1, new HybridTime(reader.U64()), new HybridTime(reader.U64()), Disk(ref reader)),
            ReportType => new RoundsRequest.Report(new HybridTime(reader.U64())),
            BeginType => new RoundsRequest.Begin(Terms(ref reader)),
            EndType => new RoundsRequest.End(reader.U64(), Row(ref reader), reader.Slots()),
            _ => null,
        };
        return reader.IsWhole ? request : null;
    }

    /// <summary>Reads an answer; null for what is none.</summary>
    public static RoundsAnswer? ReadAnswer(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ExchangeReader(bytes);
        var type = reader.U8();
        if (type == StepType)
        {
            return ExchangeCodec.ReadAnswer(bytes[1..]) is { } inner ? new RoundsAnswer.Stepped(inner) : null;
        }

        RoundsAnswer? answer = type switch
        {
            HelloType => new RoundsAnswer.Marked(
                reader.U8(max: 1) == 1, new HybridTime(reader.U64()), new HybridTime(reader.U64()), reader.U64(), Disk(ref reader), new DiskMemory(reader.U8(max: 1) == 1, reader.U64())),
            ReportType => Reported(ref reader),
            BeginType => new RoundsAnswer.Begun(reader.U64(), reader.U64(), Terms(ref reader)),
            EndType => new RoundsAnswer.Ended(Row(ref reader), reader.Slots()),
            VoidType => RoundsAnswer.Void.Instance,
            _ => null,
        };
        return reader.IsWhole ? answer : null;
    }

    private static void Write(ExchangeWriter writer, DiskWord disk)
    {
        writer.U64(disk.Life);
        writer.U64(disk.Tide);
        writer.U8(disk.IsNew ? (byte)1 : (byte)0);
    }

    private static DiskWord Disk(ref ExchangeReader reader) => new(reader.U64(), reader.U64(), reader.U8(max: 1) == 1);

    private static void Write(ExchangeWriter writer, ExchangeTerms terms)
    {
        writer.Actor(terms.Process);
        writer.U64(terms.Processes.Hash);
        writer.Slots(terms.Slots);
        Write(writer, terms.Slots, terms.Tickets);
        Write(writer, terms.Slots, terms.Floors);
        writer.Slots(terms.Knowing);
    }

    private static void Write(ExchangeWriter writer, OwnerRow row)
    {
        writer.U64(row.Processes.Hash);
        writer.Slots(row.Slots);
        Write(writer, row.Slots, row.Readings);
    }

    // As runs of equal ones: there are few different readings, and slots next to each other have the same as a rule.
    private static void Write(ExchangeWriter writer, SlotSet slots, SlotReadings readings)
    {
        var runs = new List<(HybridTime Reading, int Length)>();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            var (left, some) = (slots[row], readings[row]);
            while (left != 0)
            {
                var run = some.RunOf(left, out var reading);
                left &= ~run;
                var length = (int)UInt128.PopCount(run);
                if (runs.Count > 0 && runs[^1].Reading == reading)
                {
                    runs[^1] = (reading, runs[^1].Length + length);
                }
                else
                {
                    runs.Add((reading, length));
                }
            }
        }

        writer.Count(runs.Count);
        foreach (var (reading, length) in runs)
        {
            writer.Run(length, reading.Value);
        }
    }

    private static RoundsAnswer.Reported Reported(ref ExchangeReader reader)
    {
        var isTold = reader.U8(max: 1) == 1;
        var stamp = reader.U64();
        return new RoundsAnswer.Reported(new MemberReport(reader.Actor(), new HybridTime(reader.U64()), new HybridTime(reader.U64()), reader.Slots(), reader.U64()), isTold, stamp);
    }

    private static ExchangeTerms Terms(ref ExchangeReader reader)
    {
        var (process, processes, slots) = (reader.Actor(), new ProcessSet(reader.U64()), reader.Slots());
        var (tickets, floors, knowing) = (Readings(ref reader, slots), Readings(ref reader, slots), reader.Slots());
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            reader.Require((knowing[row] & ~slots[row]) == 0);
        }

        return new ExchangeTerms(process, processes, slots, tickets, floors, knowing);
    }

    private static OwnerRow Row(ref ExchangeReader reader)
    {
        var (processes, slots) = (new ProcessSet(reader.U64()), reader.Slots());
        return new OwnerRow(processes, slots, Readings(ref reader, slots));
    }

    private static SlotReadings Readings(ref ExchangeReader reader, SlotSet slots)
    {
        var readings = new SlotReadings();
        var left = 0;
        var runs = reader.Count(bytesEach: 9, Slot.Count);
        HybridTime? last = null;
        Span<ReadingRow.Part> room = stackalloc ReadingRow.Part[SlotSet.RowLength];
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            var builder = new ReadingRow.Builder(room);
            for (var some = slots[row]; some != 0;)
            {
                if (left == 0)
                {
                    left = runs-- > 0 ? reader.Number(Slot.Count + 1) : 0;
                    var reading = new HybridTime(reader.U64());
                    reader.Require(left > 0 && reading != last);
                    last = reading;
                }

                if (reader.HasFailed)
                {
                    return readings;
                }

                var run = ReadingRow.FirstOf(some, left);
                builder.Add(run, last!.Value);
                left -= (int)UInt128.PopCount(run);
                some &= ~run;
            }

            readings[row] = builder.ToRow();
        }

        reader.Require(left == 0 && runs == 0);
        return readings;
    }
}
