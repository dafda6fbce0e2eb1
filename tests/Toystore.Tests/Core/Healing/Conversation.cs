using System.Buffers;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

/// <summary>An exchange between two replicas, message by message, all of them through their bytes.</summary>
internal sealed class Conversation(PureReplica left, PureReplica right)
{
    public ExchangeLimits Limits { get; init; } = new();

    public SlotSet Slots { get; init; } = SlotSet.All();

    public Random Random { get; init; } = new(1);

    /// <summary>What happens meanwhile: called before every step, with the step.</summary>
    public Action<ExchangeStep> Meanwhile { get; init; } = _ => { };

    /// <summary>May change an answer on its way.</summary>
    public Func<ExchangeAnswer, ExchangeAnswer> Tamper { get; init; } = answer => answer;

    /// <summary>Hears every question with its answer.</summary>
    public Action<ExchangeRequest, ExchangeAnswer> Heard { get; init; } = (_, _) => { };

    public long Bytes { get; private set; }

    public int Messages { get; private set; }

    public int LargestMessage { get; private set; }

    /// <summary>What the other side was told at the end.</summary>
    public ExchangeRequest.Finished? Told { get; private set; }

    public ExchangeResult Run()
    {
        var exchange = new Exchange(left.Trees, Slots, left.Ticket, Limits, Random);
        var now = new Instant(1);
        var step = exchange.Begin(now);
        while (step is not ExchangeStep.Done)
        {
            Meanwhile(step);
            now = new Instant(now.Ticks + 1);
            step = step switch
            {
                ExchangeStep.Ask ask => exchange.Answered(Ask(ask.Request), now),
                ExchangeStep.Pause => exchange.Paused(now),
                ExchangeStep.List list => exchange.Listed([.. list.Leaves.Select(left.List)], now),
                ExchangeStep.Fetch fetch => exchange.Fetched([.. fetch.Wanted.Select(left.Fetch)], now),
                ExchangeStep.Merge merge => exchange.Merged([.. merge.Records.Select(record => left.IsFull ? null : left.Merge(record.Key, record.Container))], now),
                _ => throw new InvalidOperationException(step.ToString()),
            };
        }

        return ((ExchangeStep.Done)step).Result;
    }

    private ExchangeAnswer Ask(ExchangeRequest request)
    {
        var mine = right.Mine;
        ExchangeAnswer answer = ExchangeCodec.ReadRequest(Count(writer => ExchangeCodec.Write(request, writer))) switch
        {
            ExchangeRequest.Rows rows => ExchangeResponder.Answer(rows, right.Trees, mine, right.Ticket),
            ExchangeRequest.Slots slots => ExchangeResponder.Answer(slots, right.Trees, mine),
            ExchangeRequest.Leaves leaves => ExchangeResponder.Answer(leaves, right.Trees, mine),
            ExchangeRequest.Lists lists => ExchangeResponder.Answer(lists, [.. ExchangeResponder.RangesOf(lists).Select(range => mine.Contains(range.Slot) ? right.List(range) : null)]),
            ExchangeRequest.Records records => Answer(records),
            ExchangeRequest.Finished finished => Note(finished),
            _ => throw new InvalidOperationException("a request that does not read back"),
        };
        Heard(request, answer);
        return Tamper(ExchangeCodec.ReadAnswer(Count(writer => ExchangeCodec.Write(answer, writer))) ?? throw new InvalidOperationException("an answer that does not read back"));
    }

    private ExchangeAnswer.Records Answer(ExchangeRequest.Records records)
    {
        var merged = records.Pushed.Select(record => right.IsFull ? null : right.Merge(record.Key, record.Container)).ToList();
        var wanted = new List<IReadOnlyList<HeldRecord>?>();
        for (var bytes = 0; wanted.Count < records.Wanted.Count && bytes < Limits.MessageBytes;)
        {
            var found = right.Fetch(records.Wanted[wanted.Count]);
            wanted.Add(found);
            bytes += found?.Sum(record => record.Key.Length + ContainerCodec.SizeOf(record.Container)) ?? 0;
        }

        return ExchangeResponder.Answer(records, merged, wanted);
    }

    private ExchangeAnswer.Finished Note(ExchangeRequest.Finished finished)
    {
        Told = finished;
        return ExchangeAnswer.Finished.Instance;
    }

    private ReadOnlyMemory<byte> Count(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        Bytes += buffer.WrittenCount;
        Messages++;
        LargestMessage = Math.Max(LargestMessage, buffer.WrittenCount);
        return buffer.WrittenMemory;
    }
}
