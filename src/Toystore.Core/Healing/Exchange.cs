using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// One exchange with another owner, from the side that begins it: finds the slots, leaves and records that differ, and merges these on both sides.
/// </summary>
/// <remarks>
/// <code>
/// rows ─► slots ─► pause ─► slots again ─► leaves ─► pause ─► leaves again ─► lists ─► records both ways ─► finished
///   └ equal: done    └ equal      └ equal     └ equal            └ equal         └ nothing: done
/// </code>
/// <para>
/// Told what happened, it says what it needs next (<see cref="ExchangeStep"/>); the node that runs it does that and tells it. Nothing is taken on trust that looked alike: hashes are shortened on the wire to 16 or 24 bits, and each
/// answer carries the sum of the whole 64-bit hashes of all that the answerer took for equal. If that differs from this side's own sum, something only looked equal (1 in 65,536 leaves that differ), and the slot is left to the
/// next exchange, whose salt differs.
/// </para>
/// <para>
/// <b>What a settled slot means.</b> Of every key, what this side held at some moment after the exchange began is the same as what the other held at some moment after it began, or has been merged there, and the other way round. So whatever
/// either held before it began - before the ticket was fixed, above all - both hold now, or have seen replaced. Writes that come meanwhile cannot take that away: what a key holds only grows.
/// </para>
/// <para>
/// <b>Which way a record goes.</b> Containers are larger than what finds them, so each goes one way if possible: the other side names the highest dot it knows of the key; if this side has seen that, its own goes there, otherwise theirs
/// comes here. Whoever guessed wrong (both know something new) notices after merging, and the merged one goes back.
/// </para>
/// </remarks>
public sealed partial class Exchange
{
    private readonly SlotTrees _trees;
    private readonly SlotSet _compared;
    private readonly ExchangeLimits _limits;
    private readonly ulong _salt;
    private readonly SlotVerdicts _verdicts = new();
    private readonly Dictionary<Slot, Instant> _moments = [];
    private readonly List<SlotWork> _works = [];
    private HybridTime _ticket;
    private Instant _began;
    private Instant _now;
    private object? _awaited;

    /// <summary>
    /// An exchange about the slots that both sides own. <paramref name="ticket"/>: this side's mark, which must have been fixed before <see cref="Begin"/> (0 for none); <paramref name="random"/> salts the hashes.
    /// </summary>
    public Exchange(SlotTrees trees, SlotSet slots, HybridTime ticket, ExchangeLimits limits, Random random)
    {
        (_trees, _compared, _ticket, _limits) = (trees, slots, ticket, limits);
        _salt = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
    }

    /// <summary>Begins it.</summary>
    public ExchangeStep Begin(Instant now)
    {
        _began = _now = now;
        return AskRows();
    }

    /// <summary>The answer to <see cref="ExchangeStep.Ask"/>. One that does not fit the question ends the exchange.</summary>
    public ExchangeStep Answered(ExchangeAnswer answer, Instant now) => Go<Func<ExchangeAnswer, ExchangeStep?>>(now)(answer) ?? Break("the other node's answer does not fit the question");

    /// <summary>The pause is over.</summary>
    public ExchangeStep Paused(Instant now) => Go<Func<ExchangeStep>>(now)();

    /// <summary>What the leaves of <see cref="ExchangeStep.List"/> hold, in their order; null for one that could not be read.</summary>
    public ExchangeStep Listed(IReadOnlyList<IReadOnlyList<ListedRecord>?> lists, Instant now) => Go<Func<IReadOnlyList<IReadOnlyList<ListedRecord>?>, ExchangeStep>>(now)(lists);

    /// <summary>The records of <see cref="ExchangeStep.Fetch"/>, in its order, those that are gone left out; null where they could not be read.</summary>
    public ExchangeStep Fetched(IReadOnlyList<IReadOnlyList<HeldRecord>?> records, Instant now) => Go<Func<IReadOnlyList<IReadOnlyList<HeldRecord>?>, ExchangeStep>>(now)(records);

    /// <summary>What the keys of <see cref="ExchangeStep.Merge"/> hold now, durably, in its order; null where that could not be stored.</summary>
    public ExchangeStep Merged(IReadOnlyList<Container?> results, Instant now) => Go<Func<IReadOnlyList<Container?>, ExchangeStep>>(now)(results);

    /// <summary>Ends it early, whatever it waits for: the other node cannot be reached, or there are better things to do. What was found out until now holds, but the other node has not been told.</summary>
    public ExchangeResult Stop(string why)
    {
        _awaited = null;
        return Conclude(why);
    }

    private ExchangeStep.Ask Ask(ExchangeRequest request, Func<ExchangeAnswer, ExchangeStep?> then)
    {
        _awaited = then;
        return new ExchangeStep.Ask(request);
    }

    private ExchangeStep.Pause Pause(Func<ExchangeStep> then)
    {
        _awaited = then;
        return ExchangeStep.Pause.Instance;
    }

    private T Go<T>(Instant now)
        where T : Delegate
    {
        var then = _awaited as T;
        Invariant.Require(then is not null, "an exchange is given what it asked for, once");
        _awaited = null;
        _now = now;
        return then;
    }

    private void Settle(Slot slot, SlotVerdict verdict, Instant moment) => Settle(slot.Index / SlotSet.RowLength, UInt128.One << (slot.Index % SlotSet.RowLength), verdict, moment);

    private void Settle(int row, UInt128 slots, SlotVerdict verdict, Instant moment)
    {
        _verdicts.Set(row, slots, verdict);
        if (moment != _began)
        {
            foreach (var slot in SlotSet.SlotsOf(row, slots))
            {
                _moments[slot] = moment;
            }
        }
    }

    private ExchangeStep.Done Break(string problem)
    {
        foreach (var work in _works)
        {
            work.HasFailed = true;
        }

        return new ExchangeStep.Done(Conclude(problem));
    }

    private ExchangeStep Finish()
    {
        var result = Conclude(null);
        var settled = result.Settled;
        return _ticket.Value == 0 || settled.Count == 0
            ? new ExchangeStep.Done(result)
            : Ask(new ExchangeRequest.Finished(_ticket, settled), answer => answer is ExchangeAnswer.Finished ? new ExchangeStep.Done(result) : null);
    }

    private ExchangeResult Conclude(string? problem)
    {
        var repairs = new List<SlotRepair>();
        foreach (var work in _works.Where(work => work.Records > 0 || work.IsListed))
        {
            var moved = work.KeysSent + work.KeysReceived;
            if (work.IsListed && !work.HasFailed)
            {
                Settle(work.Slot, moved > 0 ? SlotVerdict.Repaired : SlotVerdict.Equal, work.ReadAt);
            }

            repairs.Add(new SlotRepair(work.Slot, work.IsListed && !work.HasFailed && moved == 0, work.KeysSent, work.BytesSent, work.KeysReceived, work.BytesReceived));
        }

        return new ExchangeResult(_ticket, _compared, _began, _verdicts, _moments, repairs, problem);
    }
}
