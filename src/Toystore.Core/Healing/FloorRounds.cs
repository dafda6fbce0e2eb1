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
    private readonly TimeSpan _margin;
    private readonly SlotReadings _settled = new();
    private readonly NodeId[] _members; // as the ring counts them
    private readonly SlotSet _own;
    private readonly SlotSet?[] _shared; // what each other member owns together with this one; null if nothing
    private readonly SlotReadings?[] _pairs; // of each member
    private readonly SlotReadings?[] _rows;
    private ReportRound? _asked;

    /// <summary>Those of a member. <paramref name="margin"/>: how far marks stay behind the slowest clock, so that a write on its way is seldom refused; default 10 s.</summary>
    public FloorRounds(Ring ring, NodeId self, ActorId process, TimeSpan margin)
    {
        (Process, _margin, _own) = (process, margin, SlotSet.OwnedBy(ring, self));
        _members = [.. ring.Topology.Members.ToArray().Select(member => member.Id)];
        (_shared, _pairs, _rows) = (new SlotSet?[_members.Length], new SlotReadings?[_members.Length], new SlotReadings?[_members.Length]);
        for (var other = 0; other < _members.Length; other++)
        {
            var shared = SlotSet.OwnedBy(ring, _members[other]);
            shared.IntersectWith(_own);
            _shared[other] = _members[other] == self || shared.Count == 0 ? null : shared;
        }
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

    /// <summary>The other members that own something together with this one, and what.</summary>
    public IEnumerable<(NodeId Other, SlotSet Shared)> Sharing()
    {
        for (var index = 0; index < _members.Length; index++)
        {
            if (_shared[index] is { } shared)
            {
                yield return (_members[index], shared.Copy());
            }
        }
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
        for (var row = 0; row < SlotSet.RowLength && isConfirmed; row++)
        {
            var free = ~round.Held[row];
            _settled.Raise(row, free, ticket);
            tickets += (int)UInt128.PopCount(free);
        }

        return tickets;
    }

    /// <summary>The ticket of a slot; 0 if there is none.</summary>
    public HybridTime TicketOf(Slot slot) => _settled[slot];

    /// <summary>What this side says when an exchange begins. <paramref name="floors"/>: its floors now; <paramref name="knowing"/>: of which slots it has lost nothing.</summary>
    public ExchangeTerms TermsFor(SlotSet slots, SlotReadings floors, SlotSet knowing)
    {
        var known = knowing.Copy();
        known.IntersectWith(slots);
        return new ExchangeTerms(Process, Processes, slots, _settled.Within(slots), floors.Within(slots), known);
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
            pairs.Raise(mine.TicketsWith(theirs).Within(settled));
        }

        return true;
    }

    /// <summary>This owner's row, to be told. <paramref name="mine"/> and <paramref name="theirs"/>: as it is once both sides have agreed on this exchange, which they do when they tell it.</summary>
    public OwnerRow RowOf(SlotSet settled, ExchangeTerms mine, ExchangeTerms theirs)
    {
        var agreed = mine.Processes == Processes ? mine.TicketsWith(theirs) : new SlotReadings();
        return new OwnerRow(Processes, settled, RowOf(settled, Array.IndexOf(_members, theirs.Process.Node), agreed));
    }

    /// <summary>Another owner has told its row. One that speaks of other processes does not count.</summary>
    public void Hear(NodeId from, OwnerRow row)
    {
        if (row.Processes == ProcessSet.None || row.Processes != Processes || Of(_rows, from) is not { } rows)
        {
            return;
        }

        rows.Raise(row.Readings.Within(row.Slots));
    }

    /// <summary>The floor of a slot as far as it is proven here: the lowest row of its owners. 0 if it is not, or if this member does not own it.</summary>
    public HybridTime FloorOf(Slot slot) => FloorsOf(new SlotSet([slot]))[slot];

    /// <summary>The floors of some slots, as <see cref="FloorOf"/>.</summary>
    public SlotReadings FloorsOf(SlotSet slots)
    {
        var own = slots.Copy();
        own.IntersectWith(_own);
        var floors = RowOf(own, -1, new SlotReadings());
        for (var other = 0; other < _members.Length; other++)
        {
            if (_shared[other] is { } shared)
            {
                floors.Lower(shared, _rows[other]);
            }
        }

        return floors;
    }

    // The lowest pair. Who owns a slot alone holds all of it: the ticket is its row.
    private SlotReadings RowOf(SlotSet slots, int partner, SlotReadings agreed)
    {
        var row = _settled.Within(slots);
        for (var other = 0; other < _members.Length; other++)
        {
            if (_shared[other] is { } shared)
            {
                var pairs = _pairs[other];
                if (other == partner)
                {
                    pairs = pairs?.Copy() ?? new SlotReadings();
                    pairs.Raise(agreed);
                }

                row.Lower(shared, pairs);
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
