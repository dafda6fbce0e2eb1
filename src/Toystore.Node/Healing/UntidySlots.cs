using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Node.Healing;

/// <summary>
/// Where the records are of which some becomes superfluous once the floor has risen: tombstones, values with an expiry, writes that lost, entries of contexts that name no version. So a sweep reads these parts of these slots
/// and no others. Of each slot: the lowest floor that lets anything of it be swept, and the parts (a 64th of the slot, a range of the store) in which such records are. 16 bytes a slot.
/// </summary>
/// <remarks>
/// A floor is a clock reading that everybody's clock has passed, so it also says whose time is over: a value that expires is swept when the floor passes its expiry, and everybody agrees on that. Nothing is taken back when a
/// record is written again: the next sweep of its part finds it tidy, and no more comes of it. Rejected: a count for each slot (at one delete a second in each slot, everything would be read at every rise of the floors), and
/// a list of the keys (no bound).
/// </remarks>
/// <param name="lastWriteWins">Whether the last write wins under a key.</param>
internal sealed class UntidySlots(Func<Key, bool> lastWriteWins)
{
    private const int PartBits = 6;

    // Guards the three below.
    private readonly Lock _lock = new();
    private readonly ulong[] _sweepableAt = new ulong[Slot.Count];
    private readonly ulong[] _parts = new ulong[Slot.Count];
    private readonly SlotSet _any = new(); // slots of which a part is noted

    /// <summary>The first and the last hash of the keys in a part of a slot.</summary>
    public static (KeyHash First, KeyHash Last) RangeOf(int part) =>
        (new KeyHash((ulong)part << (64 - PartBits)), new KeyHash(((ulong)part << (64 - PartBits)) | (ulong.MaxValue >> PartBits)));

    /// <summary>The lowest floor under which something of a record may be swept; null if there is none.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="container">As it is on the disk.</param>
    public HybridTime? SweepableAt(Key key, Container container)
    {
        var listed = container.Context.Floor;
        var isStale = container.Siblings.IsEmpty;
        foreach (var entry in container.Context.Entries)
        {
            listed = entry.Time > listed ? entry.Time : listed;
            isStale |= !Names(container, entry.Actor);
        }

        if (isStale)
        {
            return listed;
        }

        if (container.Siblings.Length == 1 && container.Siblings[0] is { Kind: not ValueKind.Tombstone, ExpiresAt: null })
        {
            return null;
        }

        var known = container.Under(listed);
        var wins = container.Siblings.Length > 1 && lastWriteWins(key);
        if (IsSweptAt(listed))
        {
            return listed;
        }

        HybridTime? lowest = null;
        foreach (var sibling in container.Siblings)
        {
            if (sibling.ExpiresAt is { } expiry && HybridTime.At(expiry) is var end && end > listed && !(end > lowest) && IsSweptAt(end))
            {
                lowest = end;
            }
        }

        return lowest;

        bool IsSweptAt(HybridTime floor) => known.Swept(floor.Physical, wins).Siblings.Length < container.Siblings.Length;
    }

    /// <summary>A record may be swept once the floor has reached <paramref name="at"/>.</summary>
    public void Note(Slot slot, KeyHash key, HybridTime at)
    {
        lock (_lock)
        {
            var present = _parts[slot.Index] == 0 ? ulong.MaxValue : _sweepableAt[slot.Index];
            _sweepableAt[slot.Index] = Math.Min(present, at.Value);
            _any.Add(slot);
            _parts[slot.Index] |= 1UL << key.Leaf(PartBits);
        }
    }

    /// <summary>Of these slots, those that have such records.</summary>
    public SlotSet Among(SlotSet slots)
    {
        var some = slots.Copy();
        lock (_lock)
        {
            some.IntersectWith(_any);
        }

        return some;
    }

    /// <summary>True if any slot has records that may be swept under this floor.</summary>
    public bool AnyAt(HybridTime floor)
    {
        lock (_lock)
        {
            foreach (var slot in _any.Slots())
            {
                if (_sweepableAt[slot.Index] <= floor.Value)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>True if a slot has records that may be swept under this floor.</summary>
    public bool Has(Slot slot, HybridTime floor)
    {
        lock (_lock)
        {
            return _parts[slot.Index] != 0 && _sweepableAt[slot.Index] <= floor.Value;
        }
    }

    /// <summary>The parts of a slot that are to be looked at, a bit each; from now on they are tidy, unless they are noted again.</summary>
    public ulong Take(Slot slot)
    {
        lock (_lock)
        {
            var parts = _parts[slot.Index];
            _any.Remove(slot);
            _parts[slot.Index] = 0;
            return parts;
        }
    }

    // An entry of a version's own actor costs the record nothing: without it the version would name its actor.
    private static bool Names(Container container, ActorId actor)
    {
        foreach (var sibling in container.Siblings)
        {
            if (sibling.Dot.Actor == actor)
            {
                return true;
            }
        }

        return false;
    }
}
