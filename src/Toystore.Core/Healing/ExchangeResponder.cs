using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// The other side of an exchange. Remembers nothing from one message to the next: each question carries all that its answer needs. <c>mine</c> are always the slots that this node owns, or is gaining, and is willing to compare.
/// </summary>
public static class ExchangeResponder
{
    /// <summary>Which rows differ. <paramref name="ticket"/>: this node's own mark, fixed before it looked at anything.</summary>
    public static ExchangeAnswer.Rows Answer(ExchangeRequest.Rows request, SlotTrees trees, SlotSet mine, HybridTime ticket)
    {
        var differing = UInt128.Zero;
        foreach (var item in request.Items)
        {
            var isEqual = (item.Slots & ~mine[item.Row]) == 0 && trees.TryReadRow(item.Row, item.Slots, out var hash) && hash == item.Hash;
            differing |= isEqual ? 0 : UInt128.One << item.Row;
        }

        return new ExchangeAnswer.Rows(ticket < request.Ticket ? ticket : request.Ticket, differing);
    }

    /// <summary>Which slots differ.</summary>
    public static ExchangeAnswer.Slots Answer(ExchangeRequest.Slots request, SlotTrees trees, SlotSet mine)
    {
        var answers = new RowRootsAnswer[request.Items.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Compare(request.Items[i], request.Salt, trees, mine);
        }

        return new ExchangeAnswer.Slots(answers);
    }

    /// <summary>Which leaves differ.</summary>
    public static ExchangeAnswer.Leaves Answer(ExchangeRequest.Leaves request, SlotTrees trees, SlotSet mine)
    {
        var answers = new SlotLeavesAnswer[request.Items.Count];
        var leaves = new ulong[1 << TreeShape.DepthMax];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = Compare(request.Items[i], request.Salt, trees, mine, leaves);
        }

        return new ExchangeAnswer.Leaves(answers);
    }

    /// <summary>What has to be read to answer: the records of these leaves, in this order.</summary>
    public static IReadOnlyList<LeafRange> RangesOf(ExchangeRequest.Lists request) =>
        [.. request.Items.SelectMany(slot => slot.Leaves.Select(leaf => new LeafRange(slot.Slot, slot.Depth, leaf.Leaf)))];

    /// <summary>Which records differ. <paramref name="held"/>: what each of <see cref="RangesOf"/> holds; null where that could not be read, or is not this node's to compare.</summary>
    public static ExchangeAnswer.Lists Answer(ExchangeRequest.Lists request, IReadOnlyList<IReadOnlyList<ListedRecord>?> held)
    {
        var answers = new SlotListsAnswer[request.Items.Count];
        var at = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            var lists = request.Items[i].Leaves;
            var leaves = new LeafAnswer[lists.Count];
            var sum = 0UL;
            var isReadable = true;
            for (var l = 0; l < lists.Count; l++)
            {
                var mine = held[at++];
                isReadable &= mine is not null;
                leaves[l] = ListComparison.Compare(lists[l].Records, mine ?? [], request.Salt, ref sum);
            }

            answers[i] = isReadable ? new SlotListsAnswer(leaves, sum) : default;
        }

        return new ExchangeAnswer.Lists(answers);
    }

    /// <summary>
    /// What came of the records. <paramref name="merged"/>: what each key that was pushed holds now, durably; null where it could not be stored. <paramref name="wanted"/>: the records that were asked for; null where they could not be
    /// read. Both in the request's order; the second may end early, once there are enough for a message.
    /// </summary>
    public static ExchangeAnswer.Records Answer(ExchangeRequest.Records request, IReadOnlyList<Container?> merged, IReadOnlyList<IReadOnlyList<HeldRecord>?> wanted)
    {
        var answers = new PushAnswer[request.Pushed.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = merged[i] is not { } held ? new PushAnswer(PushOutcome.NotStored, null)
                : VersionsHash.AreSame(held, request.Pushed[i].Container) ? new PushAnswer(PushOutcome.Same, null)
                : new PushAnswer(PushOutcome.Other, held);
        }

        return new ExchangeAnswer.Records(answers, [.. wanted.Select(records => new WantedAnswer(records))]);
    }

    private static RowRootsAnswer Compare(RowRoots row, ulong salt, SlotTrees trees, SlotSet mine)
    {
        UInt128 differing = 0, unavailable = 0;
        var sum = 0UL;
        var depths = new List<byte>();
        var at = 0;
        foreach (var slot in SlotSet.SlotsOf(row.Row, row.Slots))
        {
            var theirs = row.Roots[at++];
            var bit = UInt128.One << (slot.Index % SlotSet.RowLength);
            if (!mine.Contains(slot) || !trees.TryReadRoot(slot, out var root))
            {
                unavailable |= bit;
            }
            else if (Scramble.Shorten(root, salt, Scramble.WideBits) != theirs)
            {
                differing |= bit;
                depths.Add((byte)trees.DepthOf(slot));
            }
            else
            {
                sum ^= Scramble.OfSlot(slot.Index, root);
            }
        }

        return new RowRootsAnswer(differing, unavailable, sum, depths);
    }

    private static SlotLeavesAnswer Compare(SlotLeaves theirs, ulong salt, SlotTrees trees, SlotSet mine, ulong[] leaves)
    {
        if (!mine.Contains(theirs.Slot) || !trees.TryReadLeaves(theirs.Slot, theirs.Depth, leaves))
        {
            return default;
        }

        var differing = new byte[(theirs.Hashes.Count + 7) / 8];
        var sum = 0UL;
        for (var i = 0; i < theirs.Hashes.Count; i++)
        {
            var leaf = theirs.Selected?[i] ?? i;
            if (Scramble.Shorten(leaves[leaf], salt, Scramble.NarrowBits) != theirs.Hashes[i])
            {
                differing[i / 8] |= (byte)(1 << (i % 8));
            }
            else
            {
                sum ^= Scramble.OfLeaf(leaf, leaves[leaf]);
            }
        }

        return new SlotLeavesAnswer(differing, sum);
    }
}
