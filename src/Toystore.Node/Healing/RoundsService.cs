using System.Buffers;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;
using Toystore.Node.Coordination;
using Toystore.Node.Hints;
using Toystore.Node.Identity;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>What this node answers to those who ask for its mark and its report, and the other side of the exchanges that they begin. Holds what both sides have proven together (<see cref="FloorRounds"/>).</summary>
internal sealed class RoundsService
{
    private const int AnswerBytes = 64 << 10;

    private readonly IStore _store;
    private readonly HintBook _book;
    private readonly SlotFloors _floors;
    private readonly Marks _marks;
    private readonly DotMint _mint;
    private readonly NodeCounters _counters;
    private readonly SlotReader _reader;
    private readonly KnownSlots _known;
    private readonly Introductions _introductions;
    private readonly Dictionary<NodeId, SlotSet> _shared; // what this node owns together with each other owner
    private readonly Lock _lock = new(); // guards all fields below
    private readonly FloorRounds _rounds;
    private readonly Dictionary<NodeId, Session> _sessions = [];
    private ulong _numbers; // of exchanges; those of two processes do not meet

    public RoundsService(ClusterSnapshot cluster, IStore store, HintBook book, SlotFloors floors, Marks marks, DotMint mint, NodeCounters counters, SlotReader reader, KnownSlots known, Introductions introductions)
    {
        (_store, _book, _floors, _marks, _mint, _counters, _reader, _known, _introductions) = (store, book, floors, marks, mint, counters, reader, known, introductions);
        _rounds = new FloorRounds(cluster.Ring, cluster.Self, mint.Actor, marks.Margin);
        _shared = _rounds.Sharing().ToDictionary(each => each.Other, each => each.Shared);
        _numbers = mint.Actor.Generation;
    }

    /// <summary>What members are asked to mark.</summary>
    public HybridTime Goal
    {
        get
        {
            lock (_lock)
            {
                _rounds.Become(_mint.Actor);
                return _rounds.Goal;
            }
        }
    }

    /// <summary>Answers another member.</summary>
    public async ValueTask<PeerReply> AnswerAsync(ClusterSnapshot cluster, NodeId from, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        RoundsAnswer? answer = RoundsCodec.ReadRequest(message) switch
        {
            RoundsRequest.Hello hello => await _introductions.AnswerAsync(from, hello),
            RoundsRequest.Report report => (RoundsAnswer?)await ReportAsync(report.Goal) ?? RoundsAnswer.Void.Instance,
            RoundsRequest.Begin begin => await BeginAsync(from, begin.Terms),
            RoundsRequest.Step step => await StepAsync(from, step, cancellationToken),
            RoundsRequest.End end => await EndAsync(from, end),
            _ => null,
        };
        if (answer is null)
        {
            return new PeerReply.Failed($"{cluster.Self} does not understand what it was asked about floors");
        }

        var buffer = new ArrayBufferWriter<byte>();
        RoundsCodec.Write(answer, buffer);
        return new PeerReply.Rounds(buffer.WrittenMemory);
    }

    /// <summary>This node's own report, once its mark is raised towards a goal and its store is synced; null if it cannot say.</summary>
    public async ValueTask<RoundsAnswer.Reported?> ReportAsync(HybridTime goal)
    {
        var process = _mint.Actor;
        if (!_marks.TakesNew || !await _marks.RaiseTowardsAsync(goal))
        {
            return null;
        }

        var stamp = await _marks.RestampAsync();
        if (!await StoreBarrier.PassAsync(_store) || _book.SlotsWithHints() is not { } held)
        {
            return null;
        }

        var slots = new SlotSet();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            slots[row] = new UInt128(held[(2 * row) + 1], held[2 * row]);
        }

        var report = new MemberReport(process, _marks.Mark, _mint.Reading, slots, (ulong)_counters.DroppedHints);
        return _mint.Actor == process ? new RoundsAnswer.Reported(report, _marks.IsTold, stamp) : null;
    }

    /// <summary>All members have reported.</summary>
    public void Complete(ReportRound round)
    {
        lock (_lock)
        {
            _rounds.Become(_mint.Actor);
            _rounds.Complete(round);
        }
    }

    /// <summary>The slots that this node owns together with another.</summary>
    public SlotSet SharedWith(NodeId other) => _shared.TryGetValue(other, out var shared) ? shared.Copy() : new SlotSet();

    /// <summary>This node's terms for an exchange that begins now.</summary>
    public ExchangeTerms TermsFor(SlotSet slots)
    {
        lock (_lock)
        {
            _rounds.Become(_mint.Actor);

            var knowing = _known.KnownOf(slots);
            knowing.ExceptWith(_floors.Lost);
            return _rounds.TermsFor(slots, _floors.All, knowing);
        }
    }

    /// <summary>With a ticket, whatever is taken from now on was read since now, and whatever was taken before can be compared. False if the store does not say so.</summary>
    public async ValueTask<bool> ReadyAsync(ExchangeTerms mine, ExchangeTerms theirs)
    {
        if (mine.Processes == ProcessSet.None || mine.Processes != theirs.Processes)
        {
            return true;
        }

        await _marks.RestampAsync();
        return await StoreBarrier.PassAsync(_store);
    }

    /// <summary>Of these slots, those whose floor is what it was when the exchange began. To be asked once everything is compared: if it has moved, something may have been purged before.</summary>
    public SlotSet StoodSince(ExchangeTerms mine, SlotSet settled)
    {
        var stood = settled.Copy();
        stood.ExceptWith(_floors.All.Within(settled).Differing(mine.Floors.Within(settled)));
        return stood;
    }

    /// <summary>This side of an exchange is synced: what its row will be. Null if it has become another process.</summary>
    public async ValueTask<OwnerRow?> CloseAsync(ExchangeTerms mine, ExchangeTerms theirs, SlotSet settled)
    {
        if (!await StoreBarrier.PassAsync(_store))
        {
            return null;
        }

        lock (_lock)
        {
            _rounds.Become(_mint.Actor);
            return mine.Process == _rounds.Process ? _rounds.RowOf(settled, mine, theirs) : null;
        }
    }

    /// <summary>
    /// Both sides are synced: what that proves, and what the other's row adds. The objects are here, so the floor that the other one had when it began is this one's too, if that one had lost nothing (rule 14). <paramref name="stood"/>: where
    /// the other's floor did not move meanwhile. Returns how many floors rose.
    /// </summary>
    public async ValueTask<int> AgreeAsync(ExchangeTerms mine, ExchangeTerms theirs, SlotSet settled, OwnerRow row, SlotSet stood)
    {
        SlotReadings floors;
        lock (_lock)
        {
            _rounds.Become(_mint.Actor);
            if (!_rounds.Agree(mine, theirs, settled))
            {
                return 0;
            }

            _rounds.Hear(theirs.Process.Node, row);
            floors = _rounds.FloorsOf(settled);
        }

        floors.Raise(theirs.FloorsToAdopt.Within(settled));
        var risen = floors.Above(_floors.All);
        var (refilled, damaged) = _known.Merged(theirs.Process.Node, settled, theirs.Knowing, stood);
        var found = refilled.Copy();
        found.IntersectWith(_floors.Lost);
        risen.UnionWith(found);

        // A floor was below every member's mark when it was proven; one whose disk was lost may have begun with a lower one.
        var highest = floors.Within(risen).Highest;
        var isRaised = risen.Count == 0 || ((highest <= _marks.Mark || await _marks.RaiseAsync(highest)) && await _floors.RaiseAsync(risen, floors));
        if (refilled.Count > 0)
        {
            await _known.KnowAsync(refilled, isRaised ? await _reader.CompleteAsync(damaged) : [], isRaised);
        }

        return isRaised ? risen.Count : 0;
    }

    private async ValueTask<RoundsAnswer> BeginAsync(NodeId from, ExchangeTerms theirs)
    {
        var slots = SharedWith(from);
        slots.IntersectWith(theirs.Slots);
        var mine = TermsFor(slots);
        if (theirs.Process.Node != from || !await ReadyAsync(mine, theirs))
        {
            return RoundsAnswer.Void.Instance;
        }

        lock (_lock)
        {
            var session = new Session(++_numbers, mine, theirs);
            _sessions[from] = session;
            return new RoundsAnswer.Begun(session.Number, _marks.Stamp, mine);
        }
    }

    private async ValueTask<RoundsAnswer> StepAsync(NodeId from, RoundsRequest.Step step, CancellationToken cancellationToken)
    {
        if (SessionOf(from, step.Number) is not { } session)
        {
            return RoundsAnswer.Void.Instance;
        }

        var mine = session.Mine.Slots;
        ExchangeAnswer? answer = step.Question switch
        {
            ExchangeRequest.Rows rows => ExchangeResponder.Answer(rows, _store.Trees, mine, default),
            ExchangeRequest.Slots slots => ExchangeResponder.Answer(slots, _store.Trees, mine),
            ExchangeRequest.Leaves leaves => ExchangeResponder.Answer(leaves, _store.Trees, mine),
            ExchangeRequest.Lists lists => ExchangeResponder.Answer(lists, await _reader.ListAsync(ExchangeResponder.RangesOf(lists), mine.Contains, cancellationToken)),
            ExchangeRequest.Records records => await AnswerAsync(records, mine, cancellationToken),
            _ => null,
        };
        return answer is not null && SessionOf(from, step.Number) == session ? new RoundsAnswer.Stepped(answer) : RoundsAnswer.Void.Instance;
    }

    private async ValueTask<ExchangeAnswer> AnswerAsync(ExchangeRequest.Records records, SlotSet mine, CancellationToken cancellationToken)
    {
        var merged = await _reader.MergeAsync(records.Pushed, mine.Contains);
        return ExchangeResponder.Answer(records, merged, await _reader.FetchAsync(records.Wanted, AnswerBytes, mine.Contains, cancellationToken));
    }

    private async ValueTask<RoundsAnswer> EndAsync(NodeId from, RoundsRequest.End end)
    {
        if (SessionOf(from, end.Number) is not { } session)
        {
            return RoundsAnswer.Void.Instance;
        }

        var settled = end.Row.Slots;
        settled.IntersectWith(session.Mine.Slots);
        if (await CloseAsync(session.Mine, session.Theirs, settled) is not { } row)
        {
            return RoundsAnswer.Void.Instance;
        }

        lock (_lock)
        {
            _sessions.Remove(from);
        }

        var stood = StoodSince(session.Mine, settled);
        await AgreeAsync(session.Mine, session.Theirs, settled, end.Row, end.Stood);
        return new RoundsAnswer.Ended(row, stood);
    }

    private Session? SessionOf(NodeId from, ulong number)
    {
        lock (_lock)
        {
            return _sessions.GetValueOrDefault(from) is { } session && session.Number == number && session.Mine.Process == _mint.Actor ? session : null;
        }
    }

    private sealed record Session(ulong Number, ExchangeTerms Mine, ExchangeTerms Theirs);
}
