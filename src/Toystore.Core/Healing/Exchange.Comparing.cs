using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <content>Rows, slots and leaves: hashes alone.</content>
public sealed partial class Exchange
{
    // A row of 128 slots that differs is expected to hold so many that do; if there are more, some of what was asked is asked again by the next exchange.
    private const int SuspectsPerRow = 64;

    private readonly Queue<(int Row, UInt128 Slots)> _rows = new();
    private readonly SlotSet _suspects = new();
    private readonly Queue<SlotWork> _unasked = new();

    private ExchangeStep AskRows()
    {
        var items = new List<RowHash>();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            var slots = _trees.ReadyOf(row, _compared[row], out var hash);
            Settle(row, _compared[row] & ~slots, SlotVerdict.Rebuilding, _now);
            if (slots != 0)
            {
                items.Add(new RowHash((byte)row, slots, hash));
            }
        }

        return items.Count == 0 ? Finish() : Ask(new ExchangeRequest.Rows(_ticket, items), answer => OnRows(items, answer));
    }

    private ExchangeStep? OnRows(List<RowHash> items, ExchangeAnswer answer)
    {
        if (answer is not ExchangeAnswer.Rows rows || rows.Ticket > _ticket)
        {
            return null;
        }

        _ticket = rows.Ticket;
        foreach (var item in items)
        {
            if (((rows.Differing >> item.Row) & 1) != 0)
            {
                _rows.Enqueue((item.Row, item.Slots));
                continue;
            }

            Settle(item.Row, item.Slots, SlotVerdict.Equal, _began);
        }

        return AskSlots();
    }

    private ExchangeStep AskSlots()
    {
        var room = _limits.SlotsMax - _suspects.Count;
        if (_rows.Count > 0 && room > 0)
        {
            return AskSlots(Math.Max(1, room / SuspectsPerRow), AskSlots, (slot, _) => _suspects.Add(slot)) ?? AskSlots();
        }

        _rows.Clear();
        var suspects = new SlotSet(_suspects.Slots().Take(_limits.SlotsMax));
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            if (suspects[row] != 0)
            {
                _rows.Enqueue((row, suspects[row]));
            }
        }

        return _rows.Count == 0 ? Finish() : Pause(AskSlotsAgain);
    }

    private ExchangeStep AskSlotsAgain() =>
        _rows.Count == 0 ? AskLeaves()
        : AskSlots(_rows.Count, AskSlotsAgain, (slot, depth) => _works.Add(new SlotWork(slot, depth))) ?? AskSlotsAgain();

    /// <summary>Asks about the next rows; null if none of their slots is ready here any more.</summary>
    private ExchangeStep.Ask? AskSlots(int rowsMax, Func<ExchangeStep> next, Action<Slot, int> differs)
    {
        var items = new List<RowRoots>();
        var sent = new List<ulong[]>();
        for (var bytes = 0; items.Count < rowsMax && bytes < _limits.MessageBytes && _rows.TryDequeue(out var row);)
        {
            var (slots, roots) = ReadRoots(row.Row, row.Slots);
            if (slots != 0)
            {
                items.Add(new RowRoots((byte)row.Row, slots, [.. roots.Select(root => Scramble.Shorten(root, _salt, Scramble.WideBits))]));
                sent.Add(roots);
                bytes += 17 + (3 * roots.Length);
            }
        }

        var asked = _now;
        return items.Count == 0 ? null : Ask(new ExchangeRequest.Slots(_salt, items), answer => OnSlots(items, sent, asked, answer, differs) ? next() : null);
    }

    private bool OnSlots(List<RowRoots> items, List<ulong[]> sent, Instant asked, ExchangeAnswer answer, Action<Slot, int> differs)
    {
        if (answer is not ExchangeAnswer.Slots slots || slots.Items.Count != items.Count)
        {
            return false;
        }

        for (var i = 0; i < items.Count; i++)
        {
            var (item, found) = (items[i], slots.Items[i]);
            var equal = item.Slots & ~found.Differing & ~found.Unavailable;
            if (((found.Differing | found.Unavailable) & ~item.Slots) != 0 || found.Depths.Count != (int)UInt128.PopCount(found.Differing))
            {
                return false;
            }

            var verdict = SumOf(item.Row, item.Slots, sent[i], only: equal) == found.EqualSum ? SlotVerdict.Equal : SlotVerdict.Unfinished;
            Settle(item.Row, equal, verdict, asked);
            Settle(item.Row, found.Unavailable, SlotVerdict.Unavailable, asked);

            var depth = 0;
            foreach (var slot in SlotSet.SlotsOf(item.Row, found.Differing))
            {
                differs(slot, found.Depths[depth++]);
            }
        }

        return true;
    }

    private ExchangeStep AskLeaves()
    {
        foreach (var work in _works)
        {
            work.Depth = Math.Min(work.Depth, _trees.DepthOf(work.Slot));
            _unasked.Enqueue(work);
        }

        return AskMoreLeaves(PauseBeforeLeaves);
    }

    private ExchangeStep PauseBeforeLeaves() => _works.Exists(HasLeaves) ? Pause(AskLeavesAgain) : Finish();

    private ExchangeStep AskLeavesAgain()
    {
        foreach (var work in _works.Where(HasLeaves))
        {
            _unasked.Enqueue(work);
        }

        return AskMoreLeaves(BeginLists);
    }

    private static bool HasLeaves(SlotWork work) => !work.HasFailed && work.Leaves is { Count: > 0 };

    private ExchangeStep AskMoreLeaves(Func<ExchangeStep> then)
    {
        var items = new List<SlotLeaves>();
        var asked = new List<SlotWork>();
        for (var bytes = 0; bytes < _limits.MessageBytes && _unasked.TryDequeue(out var work);)
        {
            var hashes = new ulong[1 << work.Depth];
            if (!_trees.TryReadLeaves(work.Slot, work.Depth, hashes))
            {
                // Its tree is not known any more, or was made smaller meanwhile.
                work.HasFailed = true;
                Settle(work.Slot, _trees.IsReady(work.Slot) ? SlotVerdict.Unfinished : SlotVerdict.Rebuilding, _now);
                continue;
            }

            work.ReadAt = work.Leaves is null ? _now : work.ReadAt;
            work.Hashes = hashes;
            var shortened = new ushort[work.Leaves?.Count ?? hashes.Length];
            for (var i = 0; i < shortened.Length; i++)
            {
                shortened[i] = (ushort)Scramble.Shorten(hashes[work.Leaves?[i] ?? i], _salt, Scramble.NarrowBits);
            }

            items.Add(new SlotLeaves(work.Slot, (byte)work.Depth, work.Leaves, shortened));
            asked.Add(work);
            bytes += 4 + ((work.Leaves is null ? 2 : 4) * shortened.Length);
        }

        return items.Count == 0 ? then() : Ask(new ExchangeRequest.Leaves(_salt, items), answer => OnLeaves(asked, answer) ? AskMoreLeaves(then) : null);
    }

    private bool OnLeaves(List<SlotWork> asked, ExchangeAnswer answer)
    {
        if (answer is not ExchangeAnswer.Leaves leaves || leaves.Items.Count != asked.Count)
        {
            return false;
        }

        for (var i = 0; i < asked.Count; i++)
        {
            if (!TakeLeaves(asked[i], leaves.Items[i]))
            {
                return false;
            }
        }

        return true;
    }

    private bool TakeLeaves(SlotWork work, SlotLeavesAnswer found)
    {
        if (found.Differing is not { } bits)
        {
            work.HasFailed = true;
            return true;
        }

        var count = work.Leaves?.Count ?? work.Hashes.Length;
        if (bits.Count != (count + 7) / 8)
        {
            return false;
        }

        var differing = new List<ushort>();
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            var leaf = work.Leaves?[i] ?? (ushort)i;
            if ((bits[i / 8] >> (i % 8) & 1) != 0)
            {
                differing.Add(leaf);
            }
            else
            {
                sum ^= Scramble.OfLeaf(leaf, work.Hashes[leaf]);
            }
        }

        work.HasFailed |= sum != found.EqualSum;
        work.Leaves = differing;
        work.Hashes = [];
        if (differing.Count == 0 && !work.HasFailed)
        {
            Settle(work.Slot, SlotVerdict.Equal, work.ReadAt);
        }

        return true;
    }

    /// <summary>The roots of those slots that are ready; the others are said not to be.</summary>
    private (UInt128 Slots, ulong[] Roots) ReadRoots(int row, UInt128 slots)
    {
        var roots = new List<ulong>();
        var ready = UInt128.Zero;
        foreach (var slot in SlotSet.SlotsOf(row, slots))
        {
            if (_trees.TryReadRoot(slot, out var root))
            {
                roots.Add(root);
                ready |= UInt128.One << (slot.Index % SlotSet.RowLength);
            }
            else
            {
                Settle(slot, SlotVerdict.Rebuilding, _now);
            }
        }

        return (ready, [.. roots]);
    }

    private static ulong SumOf(int row, UInt128 slots, ulong[] roots) => SumOf(row, slots, roots, slots);

    private static ulong SumOf(int row, UInt128 slots, ulong[] roots, UInt128 only)
    {
        var sum = 0UL;
        var at = 0;
        foreach (var slot in SlotSet.SlotsOf(row, slots))
        {
            var root = roots[at++];
            sum ^= ((only >> (slot.Index % SlotSet.RowLength)) & 1) != 0 ? Scramble.OfSlot(slot.Index, root) : 0;
        }

        return sum;
    }
}
