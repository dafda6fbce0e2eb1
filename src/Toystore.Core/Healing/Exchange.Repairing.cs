using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <content>Lists of the leaves that differ, and the records themselves.</content>
public sealed partial class Exchange
{
    // Two sides that merge what the other has agree after one round and a half; more takes clients that write the key each time.
    private const int RoundsMax = 4;

    private readonly Queue<(SlotWork Work, ushort Leaf)> _unlisted = new();
    private readonly Queue<Difference> _unfetched = new();
    private readonly Queue<Push> _pushes = new();
    private readonly Queue<(SlotWork Work, KeyPrefix Key)> _wanted = new();
    private readonly List<Push> _merging = [];
    private long _containerBytes;

    /// <summary>A record that this side has and the other does not have like this, and what the other has of that key.</summary>
    private sealed record Difference(SlotWork Work, KeyPrefix Key, int Bytes, List<Dot> Theirs);

    /// <summary>A record for the other side, or from it, and how often the key has gone back and forth.</summary>
    private readonly record struct Push(SlotWork Work, HeldRecord Record, int Round);

    private ExchangeStep BeginLists()
    {
        foreach (var work in _works.Where(HasLeaves))
        {
            work.HasBegunLists = true;
            work.LeavesToList = work.Leaves!.Count;
            foreach (var leaf in work.Leaves)
            {
                _unlisted.Enqueue((work, leaf));
            }
        }

        return ListMore();
    }

    private ExchangeStep ListMore()
    {
        if (_unlisted.Count == 0)
        {
            return Finish();
        }

        var leaves = new List<(SlotWork Work, ushort Leaf)>();
        for (var bytes = 0L; bytes < _limits.MessageBytes && leaves.Count < _limits.MessageItems && _unlisted.TryDequeue(out var next);)
        {
            leaves.Add(next);
            bytes += 8 + (3L * (_trees.KeysOf(next.Work.Slot) >> next.Work.Depth));
        }

        _awaited = (Func<IReadOnlyList<IReadOnlyList<ListedRecord>?>, ExchangeStep>)(lists => OnListed(leaves, lists));
        return new ExchangeStep.List([.. leaves.Select(leaf => new LeafRange(leaf.Work.Slot, leaf.Work.Depth, leaf.Leaf))]);
    }

    private ExchangeStep OnListed(List<(SlotWork Work, ushort Leaf)> leaves, IReadOnlyList<IReadOnlyList<ListedRecord>?> lists)
    {
        Invariant.Require(lists.Count == leaves.Count, "there is a list for each leaf");
        var asked = new List<(SlotWork Work, List<IReadOnlyList<ListedRecord>> Lists)>();
        var items = new List<SlotLists>();
        for (int from = 0, to; from < leaves.Count; from = to)
        {
            var work = leaves[from].Work;
            for (to = from; to < leaves.Count && leaves[to].Work == work; to++)
            {
                work.HasFailed |= lists[to] is null || lists[to]!.Count > ushort.MaxValue;
            }

            work.LeavesToList -= to - from;
            if (!work.HasFailed)
            {
                var some = Enumerable.Range(from, to - from);
                asked.Add((work, [.. some.Select(i => lists[i]!)]));
                items.Add(new SlotLists(work.Slot, (byte)work.Depth, [.. some.Select(i => new LeafList(leaves[i].Leaf, ListComparison.Shorten(lists[i]!, _salt)))]));
            }
        }

        return items.Count == 0 ? ListMore() : Ask(new ExchangeRequest.Lists(_salt, items), answer => OnLists(asked, answer) ? Repair() : null);
    }

    private bool OnLists(List<(SlotWork Work, List<IReadOnlyList<ListedRecord>> Lists)> asked, ExchangeAnswer answer)
    {
        if (answer is not ExchangeAnswer.Lists found || found.Items.Count != asked.Count)
        {
            return false;
        }

        for (var i = 0; i < asked.Count; i++)
        {
            var (work, lists) = asked[i];
            if (found.Items[i].Leaves is not { } leaves)
            {
                work.HasFailed = true;
                continue;
            }

            var sum = 0UL;
            for (var l = 0; l < lists.Count; l++)
            {
                if (leaves.Count != lists.Count || leaves[l].Lacking.Any(index => index >= lists[l].Count))
                {
                    return false;
                }

                sum ^= TakeDifferences(work, lists[l], leaves[l]);
            }

            work.HasFailed |= sum != found.Items[i].SameSum;
        }

        return true;
    }

    /// <summary>Notes what is to be done about a leaf; the sum of what both sides have.</summary>
    private ulong TakeDifferences(SlotWork work, IReadOnlyList<ListedRecord> mine, LeafAnswer leaf)
    {
        var sum = 0UL;
        foreach (var record in mine)
        {
            sum ^= record.Versions.Value;
        }

        var differences = new Dictionary<KeyPrefix, Difference>();
        foreach (var index in leaf.Lacking)
        {
            var record = mine[index];
            sum ^= record.Versions.Value;
            if (differences.TryAdd(record.Key.Prefix, new Difference(work, record.Key.Prefix, record.Bytes, [])))
            {
                _unfetched.Enqueue(differences[record.Key.Prefix]);
                work.Records++;
            }
        }

        var wanted = new HashSet<KeyPrefix>();
        foreach (var other in leaf.Others)
        {
            if (differences.TryGetValue(other.Key, out var difference))
            {
                difference.Theirs.Add(other.Highest);
            }
            else if (wanted.Add(other.Key))
            {
                Want(work, other.Key);
            }
        }

        return sum;
    }

    private void Want(SlotWork work, KeyPrefix key)
    {
        _wanted.Enqueue((work, key));
        work.Records++;
    }

    private ExchangeStep Repair()
    {
        if (_containerBytes > _limits.ContainerBytes)
        {
            return Finish(); // what is left over is counted in the slots' works, and keeps them unfinished
        }

        if (_pushes.Count > 0 || (_unfetched.Count == 0 && _wanted.Count > 0))
        {
            return AskRecords();
        }

        return _unfetched.Count > 0 ? FetchMore() : ListMore();
    }

    private ExchangeStep.Fetch FetchMore()
    {
        var differences = new List<Difference>();
        for (var bytes = 0L; bytes < _limits.MessageBytes && differences.Count < _limits.MessageItems && _unfetched.TryDequeue(out var next); bytes += next.Bytes)
        {
            differences.Add(next);
        }

        _awaited = (Func<IReadOnlyList<IReadOnlyList<HeldRecord>?>, ExchangeStep>)(records => OnFetched(differences, records));
        return new ExchangeStep.Fetch([.. differences.Select(difference => new WantedRecords(difference.Work.Slot, difference.Key))]);
    }

    private ExchangeStep OnFetched(List<Difference> differences, IReadOnlyList<IReadOnlyList<HeldRecord>?> records)
    {
        Invariant.Require(records.Count == differences.Count, "there are records, or none, for each key");
        for (var i = 0; i < differences.Count; i++)
        {
            var (work, key, _, theirs) = differences[i];
            work.Records--;
            if (records[i] is not { } held)
            {
                work.HasFailed = true;
            }
            else if (theirs.Exists(dot => !held.Any(record => HasSeen(record.Container, dot))))
            {
                Want(work, key);
            }
            else
            {
                foreach (var record in held)
                {
                    PushTo(work, record, round: 0);
                }
            }
        }

        return Repair();
    }

    private static bool HasSeen(Container container, Dot dot)
    {
        foreach (var sibling in container.Siblings)
        {
            if (sibling.Dot == dot)
            {
                return true;
            }
        }

        return container.Context.Covers(dot);
    }

    private void PushTo(SlotWork work, HeldRecord record, int round)
    {
        if (round > RoundsMax)
        {
            work.HasFailed = true;
            return;
        }

        _pushes.Enqueue(new Push(work, record, round));
        work.Records++;
    }

    private ExchangeStep.Ask AskRecords()
    {
        var pushed = new List<Push>();
        for (var bytes = 0L; bytes < _limits.MessageBytes && pushed.Count < _limits.MessageItems && _pushes.TryDequeue(out var push);)
        {
            pushed.Add(push);
            bytes += SizeOf(push.Record);
        }

        var wanted = _wanted.Take(_limits.MessageItems).ToList();
        var request = new ExchangeRequest.Records([.. pushed.Select(push => push.Record)], [.. wanted.Select(want => new WantedRecords(want.Work.Slot, want.Key))]);
        return Ask(request, answer => OnRecords(pushed, wanted, answer));
    }

    private ExchangeStep? OnRecords(List<Push> pushed, List<(SlotWork Work, KeyPrefix Key)> wanted, ExchangeAnswer answer)
    {
        // Each answer must bring it on, or a node that always answers with nothing would be asked for ever.
        if (answer is not ExchangeAnswer.Records records || records.Pushed.Count != pushed.Count || records.Wanted.Count > wanted.Count || (pushed.Count == 0 && records.Wanted.Count == 0))
        {
            return null;
        }

        for (var i = 0; i < pushed.Count; i++)
        {
            TakePushed(pushed[i], records.Pushed[i]);
        }

        for (var i = 0; i < records.Wanted.Count; i++)
        {
            var work = _wanted.Dequeue().Work;
            work.Records--;
            work.HasFailed |= records.Wanted[i].Records is null;
            foreach (var record in records.Wanted[i].Records ?? [])
            {
                if (Slot.Of(record.Key) != work.Slot)
                {
                    return null;
                }

                Receive(new Push(work, record, Round: 0));
            }
        }

        return _merging.Count > 0 ? Merge() : Repair();
    }

    private void TakePushed(Push push, PushAnswer answer)
    {
        push.Work.Records--;
        if (answer.Outcome == PushOutcome.NotStored)
        {
            push.Work.HasFailed = true;
            return;
        }

        var bytes = SizeOf(push.Record);
        push.Work.KeysSent++;
        push.Work.BytesSent += bytes;
        _containerBytes += bytes;
        if (answer.Held is { } held)
        {
            Receive(new Push(push.Work, new HeldRecord(push.Record.Key, held), push.Round + 1));
        }
    }

    private void Receive(Push push)
    {
        var bytes = SizeOf(push.Record);
        push.Work.Records++;
        push.Work.KeysReceived++;
        push.Work.BytesReceived += bytes;
        _containerBytes += bytes;
        _merging.Add(push);
    }

    private ExchangeStep.Merge Merge()
    {
        _awaited = (Func<IReadOnlyList<Container?>, ExchangeStep>)OnMerged;
        return new ExchangeStep.Merge([.. _merging.Select(push => push.Record)]);
    }

    private ExchangeStep OnMerged(IReadOnlyList<Container?> results)
    {
        Invariant.Require(results.Count == _merging.Count, "there is a result for each record");
        for (var i = 0; i < results.Count; i++)
        {
            var (work, record, round) = _merging[i];
            work.Records--;
            if (results[i] is not { } result)
            {
                work.HasFailed = true;
            }
            else if (!VersionsHash.AreSame(result, record.Container))
            {
                PushTo(work, new HeldRecord(record.Key, result), round + 1);
            }
        }

        _merging.Clear();
        return Repair();
    }

    private static int SizeOf(HeldRecord record) => record.Key.Length + ContainerCodec.SizeOf(record.Container);
}
