using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Node.Healing;

/// <summary>
/// What came of the exchanges that this node began, and which ones somebody has asked for. An order is carried out once an exchange that began after it has compared everything to the end. Of single slots it remembers the last
/// few that were asked for.
/// </summary>
internal sealed class ExchangeBook
{
    private const int SlotsRemembered = 64;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new(); // guards all entries
    private readonly SortedDictionary<NodeId, Page> _pages = [];
    private long _numbers;

    /// <summary>A book with a page for each of the others and what this node owns together with it.</summary>
    public ExchangeBook(TimeProvider time, IEnumerable<(NodeId Other, SlotSet Shared)> others)
    {
        _time = time;
        foreach (var (other, shared) in others)
        {
            _pages.Add(other, new Page(shared));
        }
    }

    /// <summary>Exchanges begun, and of those how many compared everything to the end; keys and bytes each way.</summary>
    public ExchangeTotals Totals
    {
        get
        {
            lock (_lock)
            {
                return field;
            }
        }

        private set;
    }

    /// <summary>The others, by id, with the slots that this node owns together with each.</summary>
    public IEnumerable<(NodeId Other, SlotSet Shared)> Others => _pages.Select(page => (page.Key, page.Value.Shared));

    /// <summary>Somebody wants everything compared with everybody, or one slot with its owners.</summary>
    public void Order(Slot? slot)
    {
        lock (_lock)
        {
            foreach (var page in _pages.Values)
            {
                if (slot is not { } one)
                {
                    page.All.Order(++_numbers);
                }
                else if (page.Shared.Contains(one))
                {
                    page.Of(one).Order(++_numbers);
                }
            }
        }
    }

    /// <summary>True if everything has been ordered to be compared with another owner, and is not yet.</summary>
    public bool IsOrdered(NodeId other)
    {
        lock (_lock)
        {
            return _pages[other].All.IsOrdered;
        }
    }

    /// <summary>A slot that has been ordered to be compared with another owner, and is not yet; the one that has waited longest.</summary>
    public Slot? OrderedSlot(NodeId other)
    {
        lock (_lock)
        {
            var slots = _pages[other].Slots;
            return slots.FindIndex(each => each.Entry.IsOrdered) is var at && at >= 0 ? slots[at].Slot : null;
        }
    }

    /// <summary>The slots that an exchange is about: one, or all that both own.</summary>
    public SlotSet Begin(NodeId other, Slot? slot)
    {
        lock (_lock)
        {
            var page = _pages[other];
            var entry = slot is { } one ? page.Of(one) : page.All;
            (entry.Underway, entry.OrdersSeen) = (_time.GetTimestamp(), entry.Orders);
            return slot is { } only ? new SlotSet([only]) : page.Shared.Copy();
        }
    }

    /// <summary>That exchange is over; no result if it did not begin.</summary>
    public void End(NodeId other, Slot? slot, ExchangeResult? result)
    {
        var unfinished = result is null ? 0 : result.Compared.Count - result.Settled.Count;
        lock (_lock)
        {
            var page = _pages[other];
            var entry = slot is { } one ? page.Of(one) : page.All;
            entry.End(_time, result, unfinished);
            Totals = Totals.With(result, unfinished);
            if (slot is { } done && !entry.IsOrdered)
            {
                page.Forget(SlotsRemembered, done);
            }
        }
    }

    /// <summary>How it goes with one of the others: with everything, or with a slot. <paramref name="trees"/>: the number over the trees of what both own.</summary>
    public PeerRepair Look(NodeId other, Slot? slot, bool isAway, string? trees)
    {
        lock (_lock)
        {
            var page = _pages[other];
            var entry = slot is not { } one ? page.All : page.Slots.FirstOrDefault(each => each.Slot == one).Entry ?? new Entry();
            return new PeerRepair(
                other.ToString(),
                isAway,
                entry.IsOrdered,
                entry.Began is { } began ? _time.GetElapsedTime(began).TotalSeconds : null,
                entry.Took.TotalSeconds,
                entry.Compared,
                entry.Unfinished,
                entry.KeysSent,
                entry.KeysReceived,
                entry.BytesSent,
                entry.BytesReceived,
                entry.Problem,
                trees);
        }
    }

    /// <summary>One other owner.</summary>
    private sealed class Page(SlotSet shared)
    {
        public readonly SlotSet Shared = shared;
        public readonly Entry All = new();
        public readonly List<(Slot Slot, Entry Entry)> Slots = [];

        public Entry Of(Slot slot)
        {
            var at = Slots.FindIndex(each => each.Slot == slot);
            if (at < 0)
            {
                at = Slots.Count;
                Slots.Add((slot, new Entry()));
            }

            return Slots[at].Entry;
        }

        // Those that still are to be compared are never forgotten; there are no more of them than slots.
        public void Forget(int limit, Slot latest)
        {
            for (var at = 0; at < Slots.Count && Slots.Count > limit; at++)
            {
                if (!Slots[at].Entry.IsOrdered && Slots[at].Slot != latest)
                {
                    Slots.RemoveAt(at--);
                }
            }
        }
    }

    /// <summary>The last exchange.</summary>
    private sealed class Entry
    {
        public long Underway;
        public long OrdersSeen;
        public long Orders;
        public bool IsOrdered;
        public long? Began;
        public TimeSpan Took;
        public int Compared;
        public int Unfinished;
        public long KeysSent;
        public long KeysReceived;
        public long BytesSent;
        public long BytesReceived;
        public string? Problem;

        public void Order(long number)
        {
            (Orders, IsOrdered) = (number, true);
            (KeysSent, KeysReceived, BytesSent, BytesReceived) = (0, 0, 0, 0);
        }

        public void End(TimeProvider time, ExchangeResult? result, int unfinished)
        {
            if (result is null)
            {
                Problem = "the other node did not take part, or one of the two has just started";
                return;
            }

            var earlier = IsOrdered ? (KeysSent, KeysReceived, BytesSent, BytesReceived) : default;
            (Began, Took, Problem) = (Underway, time.GetElapsedTime(Underway), result.Problem);
            (Compared, Unfinished) = (result.Compared.Count, unfinished);
            (KeysSent, KeysReceived) = (earlier.KeysSent + result.Repairs.Sum(repair => (long)repair.KeysSent), earlier.KeysReceived + result.Repairs.Sum(repair => (long)repair.KeysReceived));
            (BytesSent, BytesReceived) = (earlier.BytesSent + result.Repairs.Sum(repair => repair.BytesSent), earlier.BytesReceived + result.Repairs.Sum(repair => repair.BytesReceived));
            IsOrdered &= result.Problem is not null || unfinished > 0 || OrdersSeen != Orders;
        }
    }
}

/// <summary>All exchanges that a node has begun.</summary>
internal readonly record struct ExchangeTotals(long Whole, long Partial, long NotBegun, long KeysSent, long KeysReceived, long BytesSent, long BytesReceived)
{
    /// <summary>With one more.</summary>
    public ExchangeTotals With(ExchangeResult? result, int unfinished) => result is null
        ? this with { NotBegun = NotBegun + 1 }
        : new ExchangeTotals(
            Whole + (unfinished == 0 && result.Problem is null ? 1 : 0),
            Partial + (unfinished == 0 && result.Problem is null ? 0 : 1),
            NotBegun,
            KeysSent + result.Repairs.Sum(repair => repair.KeysSent),
            KeysReceived + result.Repairs.Sum(repair => repair.KeysReceived),
            BytesSent + result.Repairs.Sum(repair => repair.BytesSent),
            BytesReceived + result.Repairs.Sum(repair => repair.BytesReceived));
}
