using System.Buffers;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Node.Coordination;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>Asks other members what <see cref="RoundsService"/> answers, and carries exchanges out that this node begins.</summary>
internal sealed class ExchangeRun(Func<ClusterSnapshot> cluster, IPeers links, IStore store, SlotReader reader, RoundsService rounds, HealingPace pace, HealingTiming timing, NodeRandom random, TimeProvider time)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(2);
    private static readonly ExchangeLimits Limits = new();

    /// <summary>What a leaf that is listed, or a record that is merged, costs besides its bytes: a read of the disk on either side, as much work as so many bytes on their way.</summary>
    private const int BytesEach = 1024;

    private readonly Dictionary<NodeId, int> _calls = []; // guards itself

    /// <summary>How many questions wait for another's answer.</summary>
    public int CallsTo(NodeId other)
    {
        lock (_calls)
        {
            return _calls.GetValueOrDefault(other);
        }
    }

    /// <summary>Asks a member. Null if there was no answer, or one that is none.</summary>
    public async Task<RoundsAnswer?> AskAsync(NodeId to, RoundsRequest request, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RoundsCodec.Write(request, buffer);
        Count(to, 1);
        var reply = await links.CallAsync(to, cluster().Epoch, new PeerRequest.Rounds(buffer.WrittenMemory), Deadline.After(request is RoundsRequest.Hello ? HelloTimeout : CallTimeout, time), cancellationToken);
        Count(to, -1);
        if (reply is not PeerReply.Rounds(var message))
        {
            pace.Slow();
            return null;
        }

        await pace.SpendAsync(buffer.WrittenCount + message.Length, cancellationToken);
        return RoundsCodec.ReadAnswer(message);
    }

    /// <summary>One exchange with another owner about slots that both own. Null if it did not begin.</summary>
    public async Task<ExchangeResult?> RunAsync(NodeId other, SlotSet slots, CancellationToken cancellationToken)
    {
        var mine = rounds.TermsFor(slots);
        if (mine.Slots.Count == 0
            || await AskAsync(other, new RoundsRequest.Begin(mine), cancellationToken) is not RoundsAnswer.Begun begun
            || begun.Terms.Process.Node != other
            || !await rounds.ReadyAsync(mine, begun.Terms))
        {
            return null;
        }

        var theirs = begun.Terms;
        var compared = theirs.Slots;
        compared.IntersectWith(mine.Slots);
        var result = await ExchangeAsync(other, begun.Number, compared, cancellationToken);
        var settled = result.Settled;
        var stood = rounds.StoodSince(mine, settled);
        if (settled.Count > 0
            && await rounds.CloseAsync(mine, theirs, settled) is { } row
            && await AskAsync(other, new RoundsRequest.End(begun.Number, row, stood), cancellationToken) is RoundsAnswer.Ended ended)
        {
            await rounds.AgreeAsync(mine, theirs, settled, ended.Row, ended.Stood);
        }

        return result;
    }

    private void Count(NodeId to, int change)
    {
        lock (_calls)
        {
            _calls[to] = _calls.GetValueOrDefault(to) + change;
        }
    }

    private Instant Now => new(time.GetElapsedTime(0, time.GetTimestamp()).Ticks);

    private async Task<ExchangeResult> ExchangeAsync(NodeId other, ulong number, SlotSet slots, CancellationToken cancellationToken)
    {
        var exchange = new Exchange(store.Trees, slots, default, Limits, new Random((int)random.Next()));
        var step = exchange.Begin(Now);
        while (true)
        {
            switch (step)
            {
                case ExchangeStep.Ask ask:
                    if (await AskAsync(other, new RoundsRequest.Step(number, ask.Request), cancellationToken) is not RoundsAnswer.Stepped stepped)
                    {
                        return exchange.Stop("the other node did not answer, or has begun anew");
                    }

                    step = exchange.Answered(stepped.Answer, Now);
                    break;
                case ExchangeStep.Pause:
                    await Task.Delay(timing.Pause, time, cancellationToken);
                    step = exchange.Paused(Now);
                    break;
                case ExchangeStep.List list:
                    await pace.SpendAsync(2 * BytesEach * list.Leaves.Count, cancellationToken);
                    step = exchange.Listed(await reader.ListAsync(list.Leaves, static _ => true, cancellationToken), Now);
                    break;
                case ExchangeStep.Fetch fetch:
                    await pace.SpendAsync(BytesEach * fetch.Wanted.Count, cancellationToken);
                    step = exchange.Fetched(await reader.FetchAsync(fetch.Wanted, int.MaxValue, static _ => true, cancellationToken), Now);
                    break;
                case ExchangeStep.Merge merge:
                    await pace.SpendAsync(BytesEach * merge.Records.Count, cancellationToken);
                    step = exchange.Merged(await reader.MergeAsync(merge.Records, slots.Contains), Now);
                    break;
                case ExchangeStep.Done done:
                    return done.Result;
                default:
                    throw new InvariantException($"an unknown step: {step}");
            }
        }
    }
}
