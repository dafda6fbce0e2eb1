using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Hints;

/// <summary>
/// How many hints there are, by owner and slot, without looking at the disk. What is being kept counts from before it is written, what is removed counts until after: a slot without hints here has none on the disk. Where a write
/// ended otherwise than well, the slot is in doubt and counts too much, until somebody has looked (<see cref="TryRecount"/>).
/// </summary>
internal sealed class HintCounts
{
    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly SortedDictionary<NodeId, TargetCount> _targets = [];
    private NodeId[] _names = []; // of those, to be looked at without the lock

    /// <summary>Slots for which anything is kept for anybody: bit <c>slot % 64</c> of word <c>slot / 64</c>.</summary>
    public ulong[] SlotsWithHints()
    {
        var slots = new ulong[Slot.Count / 64];
        lock (_lock)
        {
            foreach (var target in _targets.Values)
            {
                foreach (var slot in target.Slots.Keys)
                {
                    slots[slot.Index / 64] |= 1UL << (slot.Index % 64);
                }
            }
        }

        return slots;
    }

    /// <summary>For whom anything is kept.</summary>
    public HintTally[] All()
    {
        lock (_lock)
        {
            return [.. _targets.Values.Select(each => each.Tally())];
        }
    }

    /// <summary>What is kept for an owner.</summary>
    public HintTally Of(NodeId target)
    {
        lock (_lock)
        {
            return _targets.TryGetValue(target, out var counts) ? counts.Tally() : new HintTally(target, 0, 0, default);
        }
    }

    /// <summary>True if anything is kept for anybody.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _targets.Count > 0;
            }
        }
    }

    /// <summary>True if anything is kept for an owner. Takes no lock.</summary>
    public bool Has(NodeId target) => Volatile.Read(ref _names).AsSpan().Contains(target);

    /// <summary>For whom anything of a slot is kept; null if for nobody.</summary>
    public List<NodeId>? TargetsIn(Slot slot)
    {
        List<NodeId>? targets = null;
        lock (_lock)
        {
            foreach (var (target, counts) in _targets)
            {
                if (counts.Slots.ContainsKey(slot))
                {
                    (targets ??= []).Add(target);
                }
            }
        }

        return targets;
    }

    /// <summary>The slots of an owner in which something is in doubt, ascending.</summary>
    public List<Slot> Doubted(NodeId target)
    {
        lock (_lock)
        {
            return _targets.TryGetValue(target, out var counts) ? [.. counts.Slots.Where(each => each.Value.IsDoubted).Select(each => each.Key)] : [];
        }
    }

    /// <summary>The slots of an owner in which it has hints, ascending.</summary>
    public List<Slot> SlotsOf(NodeId target)
    {
        lock (_lock)
        {
            return _targets.TryGetValue(target, out var counts) ? [.. counts.Slots.Keys] : [];
        }
    }

    /// <summary>It is not known what is left in a slot.</summary>
    public void Suspect(NodeId target, Slot slot)
    {
        lock (_lock)
        {
            if (_targets.TryGetValue(target, out var counts) && counts.Slots.TryGetValue(slot, out var here))
            {
                here.IsDoubted = true;
                here.Version++;
            }
        }
    }

    /// <summary>One was found on the disk.</summary>
    public void Found(NodeId target, Slot slot, long bytes, UnixTime since)
    {
        lock (_lock)
        {
            Add(SlotOf(target, slot, since), 1, bytes);
        }
    }

    /// <summary>A write is about to be handed to the store that will make it so much more.</summary>
    public void Begin(NodeId target, Slot slot, int count, long bytes, UnixTime since)
    {
        lock (_lock)
        {
            var here = SlotOf(target, slot, since);
            here.Underway++;
            here.Version++;
            Add(here, count, bytes);
        }
    }

    /// <summary>A write has ended that makes it so much more. <paramref name="isDone"/>: it is as was wanted; otherwise nobody knows how it is.</summary>
    public void End(NodeId target, Slot slot, bool isDone, int count = 0, long bytes = 0)
    {
        lock (_lock)
        {
            var here = _targets[target].Slots[slot];
            here.Underway--;
            here.Version++;
            here.IsDoubted |= !isDone;
            Add(here, isDone ? count : 0, isDone ? bytes : 0);
            ForgetIfEmpty(here);
        }
    }

    /// <summary>How the slot stands; give it back to <see cref="TryRecount"/> once the disk was looked at. 0 if there is nothing.</summary>
    public long VersionOf(NodeId target, Slot slot)
    {
        lock (_lock)
        {
            return _targets.TryGetValue(target, out var counts) && counts.Slots.TryGetValue(slot, out var here) ? here.Version : 0;
        }
    }

    /// <summary>What the disk has in a slot, unless anything has changed since <paramref name="version"/>; then false.</summary>
    public bool TryRecount(NodeId target, Slot slot, long version, int count, long bytes, UnixTime oldest)
    {
        lock (_lock)
        {
            if (!_targets.TryGetValue(target, out var counts) || !counts.Slots.TryGetValue(slot, out var here) || here.Version != version || here.Underway > 0)
            {
                return false;
            }

            here.IsDoubted = false;
            here.Oldest = oldest;
            here.Target.Oldest = null;
            Add(here, count - here.Count, bytes - here.Bytes);
            ForgetIfEmpty(here);
            return true;
        }
    }

    private SlotCount SlotOf(NodeId target, Slot slot, UnixTime since)
    {
        if (!_targets.TryGetValue(target, out var counts))
        {
            _targets.Add(target, counts = new TargetCount(target) { Oldest = since });
            Volatile.Write(ref _names, [.. _targets.Keys]);
        }

        if (!counts.Slots.TryGetValue(slot, out var here))
        {
            counts.Slots.Add(slot, here = new SlotCount(counts, slot) { Oldest = since });
        }

        here.Oldest = since < here.Oldest ? since : here.Oldest;
        counts.Oldest = since < counts.Oldest ? since : counts.Oldest;
        return here;
    }

    private static void Add(SlotCount here, int count, long bytes)
    {
        here.Count += count;
        here.Bytes += bytes;
        here.Target.Count += count;
        here.Target.Bytes += bytes;
    }

    private void ForgetIfEmpty(SlotCount here)
    {
        if (here is { Count: 0, Underway: 0, IsDoubted: false })
        {
            here.Target.Slots.Remove(here.Slot);
            here.Target.Oldest = null;
            if (here.Target.Slots.Count == 0)
            {
                _targets.Remove(here.Target.Target);
                Volatile.Write(ref _names, [.. _targets.Keys]);
            }
        }
    }

    private sealed class TargetCount(NodeId target)
    {
        public readonly NodeId Target = target;
        public readonly SortedDictionary<Slot, SlotCount> Slots = [];
        public long Count;
        public long Bytes;

        // Null: look for it.
        public UnixTime? Oldest;

        public HintTally Tally()
        {
            Oldest ??= Slots.Values.Min(slot => slot.Oldest);
            return new HintTally(Target, Count, Bytes, Oldest.Value);
        }
    }

    private sealed class SlotCount(TargetCount target, Slot slot)
    {
        public readonly TargetCount Target = target;
        public readonly Slot Slot = slot;
        public int Count;
        public long Bytes;
        public int Underway;
        public long Version = 1;
        public bool IsDoubted;
        public UnixTime Oldest;
    }
}
