using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// How a reading becomes the floor of a slot (docs/decisions/0009): what every owner durably holds, or knows to be superseded, up to it, whoever minted it. One member's view, in memory only; nothing here needs a leader.
/// </summary>
/// <remarks>
/// <code>
/// two rounds of reports ─► ticket ─► an exchange with each other owner ─► pairs ─► row ─► told to the others ─► lowest of all rows = floor
/// </code>
/// <para>
/// <b>Ticket.</b> All members have said that they take no new write up to a mark. Two rounds in which the same processes answered, and nothing that was held for others fell away between them: then no copy up to the lowest mark is
/// anywhere but with owners, or on a wire, where it will be refused. <b>Pair.</b> An exchange that began with a ticket and is settled: what either held up to the ticket, both hold. <b>Row.</b> The lowest pair of an owner with all others.
/// </para>
/// <para>
/// All of it speaks of one set of processes, and only one is kept: as soon as a round is answered by another set, what was there is forgotten. A process that ends takes with it what it alone had heard, so nothing of its time may be
/// added to what comes after it; and that holds for members which own nothing of the slot.
/// </para>
/// </remarks>
public sealed class FloorRounds
{
    private readonly Ring _ring;
    private readonly TimeSpan _margin;
    private readonly SlotReadings _settled = new();
    private readonly NodeId[] _members; // as the ring counts them
    private readonly int _selfIndex;
    private readonly SlotReadings?[] _pairs; // of each member
    private readonly SlotReadings?[] _rows;
    private ReportRound? _asked;

    /// <summary>Those of a member. <paramref name="margin"/>: how far marks stay behind the slowest clock, so that a write on its way is seldom refused; default 10 s.</summary>
    public FloorRounds(Ring ring, NodeId self, ActorId process, TimeSpan margin)
    {
        (_ring, Process, _margin) = (ring, process, margin);
        _members = [.. ring.Topology.Members.ToArray().Select(member => member.Id)];
        _selfIndex = Array.IndexOf(_members, self);
        (_pairs, _rows) = (new SlotReadings?[_members.Length], new SlotReadings?[_members.Length]);
    }

    /// <summary>Whose view it is.</summary>
    public ActorId Process { get; private set; }

    /// <summary>Of which processes all that is here speaks.</summary>
    public ProcessSet Processes { get; private set; }

    /// <summary>What members are asked to mark: the lowest clock of the last round, less the margin; 0 before there was one. No clock that is ahead drags the others along.</summary>
    public HybridTime Goal => _asked is null ? default : Before(_asked.LowestClock, _margin);

    /// <summary>What a member marks that is asked for a goal: no more than its own clock less the margin, and never less than it has marked.</summary>
    public static HybridTime MarkFor(HybridTime goal, HybridTime clock, TimeSpan margin, HybridTime mark)
    {
        var own = Before(clock, margin);
        var wanted = goal < own ? goal : own;
        return wanted > mark ? wanted : mark;
    }

    /// <summary>This member goes on as another process, having lost something: all that it has heard is void.</summary>
    public void Become(ActorId process)
    {
        if (process != Process)
        {
            Process = process;
            _asked = null;
            Forget(ProcessSet.None);
        }
    }

    /// <summary>All members have reported. Returns the number of slots with a ticket from it.</summary>
    public int Complete(ReportRound round)
    {
        Invariant.Require(round.IsComplete, "a round is over when all members have reported");
        var processes = round.Processes;
        var isConfirmed = _asked is { } earlier && earlier.Processes == processes && round.HasNoDropsSince(earlier);
        _asked = round;
        if (processes != Processes)
        {
            Forget(processes);
        }

        var (tickets, ticket) = (0, round.LowestMark);
        for (var index = 0; index < Slot.Count && isConfirmed; index++)
        {
            var slot = new Slot((ushort)index);
            if (!round.IsHeld(slot))
            {
                _settled.Raise(slot, ticket);
                tickets++;
            }
        }

        return tickets;
    }

    /// <summary>The ticket of a slot; 0 if there is none.</summary>
    public HybridTime TicketOf(Slot slot) => _settled[slot];

    /// <summary>What this side says when an exchange begins. <paramref name="floors"/>: its floors now; <paramref name="knowing"/>: of which slots it has lost nothing.</summary>
    public ExchangeTerms TermsFor(SlotSet slots, Func<Slot, HybridTime> floors, SlotSet knowing)
    {
        var (tickets, now, known) = (new SlotReadings(), new SlotReadings(), new SlotSet());
        foreach (var slot in slots.Slots())
        {
            tickets[slot] = _settled[slot];
            now[slot] = floors(slot);
            if (knowing.Contains(slot))
            {
                known.Add(slot);
            }
        }

        return new ExchangeTerms(Process, Processes, slots, tickets, now, known);
    }

    /// <summary>
    /// An exchange is over: these slots are settled, and synced on both sides. Sets the pairs. False, and nothing is set, if this side is another process by now than when it began; then nothing of it counts.
    /// </summary>
    public bool Agree(ExchangeTerms mine, ExchangeTerms theirs, SlotSet settled)
    {
        if (mine.Process != Process)
        {
            return false;
        }

        if (mine.Processes == Processes && Of(_pairs, theirs.Process.Node) is { } pairs)
        {
            foreach (var slot in settled.Slots())
            {
                pairs.Raise(slot, mine.TicketWith(theirs, slot));
            }
        }

        return true;
    }

    /// <summary>This owner's row, to be told. <paramref name="mine"/> and <paramref name="theirs"/>: as it is once both sides have agreed on this exchange, which they do when they tell it.</summary>
    public OwnerRow RowOf(SlotSet settled, ExchangeTerms mine, ExchangeTerms theirs)
    {
        var row = new SlotReadings();
        var partner = Array.IndexOf(_members, theirs.Process.Node);
        foreach (var slot in settled.Slots())
        {
            row[slot] = RowOf(slot, partner, mine.Processes == Processes ? mine.TicketWith(theirs, slot) : default);
        }

        return new OwnerRow(Processes, settled, row);
    }

    /// <summary>Another owner has told its row. One that speaks of other processes does not count.</summary>
    public void Hear(NodeId from, OwnerRow row)
    {
        if (row.Processes == ProcessSet.None || row.Processes != Processes || Of(_rows, from) is not { } rows)
        {
            return;
        }

        foreach (var slot in row.Slots.Slots())
        {
            rows.Raise(slot, row.Readings[slot]);
        }
    }

    /// <summary>The floor of a slot as far as it is proven here: the lowest row of its owners. 0 if it is not, or if this member does not own it.</summary>
    public HybridTime FloorOf(Slot slot)
    {
        var owners = _ring.OwnerIndexes(slot);
        if (_selfIndex < 0 || !owners.Contains((ushort)_selfIndex))
        {
            return default;
        }

        var floor = RowOf(slot, -1, default);
        foreach (var owner in owners)
        {
            if (owner != _selfIndex)
            {
                var row = _rows[owner]?[slot] ?? default;
                floor = row < floor ? row : floor;
            }
        }

        return floor;
    }

    // The lowest pair. Who owns a slot alone holds all of it: the ticket is its row.
    private HybridTime RowOf(Slot slot, int partner, HybridTime agreed)
    {
        var row = _settled[slot];
        foreach (var owner in _ring.OwnerIndexes(slot))
        {
            if (owner != _selfIndex)
            {
                var pair = _pairs[owner]?[slot] ?? default;
                pair = owner == partner && agreed > pair ? agreed : pair;
                row = pair < row ? pair : row;
            }
        }

        return row;
    }

    private void Forget(ProcessSet processes)
    {
        Processes = processes;
        _settled.Clear();
        Array.Clear(_pairs);
        Array.Clear(_rows);
    }

    // Null of one that is no member.
    private SlotReadings? Of(SlotReadings?[] readings, NodeId member) => Array.IndexOf(_members, member) is >= 0 and var at ? readings[at] ??= new SlotReadings() : null;

    private static HybridTime Before(HybridTime reading, TimeSpan span)
    {
        var less = default(HybridTime) + span;
        return reading <= less ? default : new HybridTime(reading.Value - less.Value);
    }
}
