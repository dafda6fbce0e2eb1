using System.Globalization;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>Says how this node's repairs go, and takes orders for comparing now.</summary>
internal sealed class RepairDesk(Func<ClusterSnapshot> cluster, IStore store, SlotFloors floors, KnownSlots known, ExchangeBook book, BackgroundWork work, NodeCounters counters, Func<NodeId, PeerHealth> health, TimeProvider time)
{
    /// <summary>How fast it repairs.</summary>
    public HealingPace Pace => work.Pace;

    /// <summary>How much of that clients leave it now.</summary>
    public double Share => work.Foreground.Look().Share;

    /// <summary>Records that are damaged and have not been given back yet.</summary>
    public int Damaged => work.Mender.Count;

    /// <summary>How far verifying the disk is; null if that is switched off.</summary>
    public ScrubProgress? Scrub => work.Scrubber.IsOn ? work.Scrubber.Progress : null;

    /// <summary>How long ago the lowest floor was; null if no slot has one.</summary>
    public TimeSpan? OldestFloor => LookAtFloors(Slots(null)).Oldest;

    /// <summary>Slots that have no floor.</summary>
    public int SlotsWithoutFloor => LookAtFloors(Slots(null)).Without;

    /// <summary>How they go; of one slot if one is named. <paramref name="begins"/>: and compare it now.</summary>
    public NodeRepair Look(Slot? slot, bool begins)
    {
        if (begins)
        {
            book.Order(slot);
        }

        var slots = Slots(slot);
        var (oldest, without) = LookAtFloors(slots);
        var (share, latest, idle) = work.Foreground.Look();
        return new NodeRepair(
            cluster().Self.ToString(),
            slots.Count,
            slots.Count(store.Trees.IsReady),
            slots.Count(owned => !known.Knows(owned)),
            without,
            oldest?.TotalSeconds,
            Pace.BytesPerSecond,
            share,
            latest.TotalSeconds,
            idle.TotalSeconds,
            counters.ReadRepairs,
            counters.CorruptRecords,
            counters.Restored,
            Damaged,
            Scrub,
            [.. book.Others.Where(other => slot is not { } one || other.Shared.Contains(one)).Select(other => book.Look(other.Other, slot, health(other.Other).State == PeerState.Refusing, TreesOf(other.Shared, slot)))]);
    }

    private List<Slot> Slots(Slot? slot) => [.. cluster().Ring.SlotsOf(cluster().Self).ToArray().Where(owned => slot is null || owned == slot)];

    private (TimeSpan? Oldest, int Without) LookAtFloors(List<Slot> slots)
    {
        var (lowest, without) = (default(UnixTime?), 0);
        foreach (var slot in slots)
        {
            var floor = floors[slot];
            without += floor == default ? 1 : 0;
            lowest = floor != default && !(floor.Physical >= lowest) ? floor.Physical : lowest;
        }

        return (lowest is { } oldest ? UnixTime.From(time.GetUtcNow()) - oldest : null, without);
    }

    private string? TreesOf(SlotSet shared, Slot? slot) =>
        store.Trees.TryReadSum(slot is not { } one ? shared : shared.Contains(one) ? new SlotSet([one]) : new SlotSet(), out var sum) ? sum.ToString("x16", CultureInfo.InvariantCulture) : null;
}

/// <summary>What works behind clients' requests, and what holds it back.</summary>
internal sealed record BackgroundWork(HealingPace Pace, Foreground Foreground, RecordMender Mender, Scrubber Scrubber);
