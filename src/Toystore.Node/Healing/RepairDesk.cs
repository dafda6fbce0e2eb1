using System.Globalization;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>Says how this node's repairs go, and takes orders for comparing now.</summary>
internal sealed class RepairDesk(
    Func<ClusterSnapshot> cluster, IStore store, SlotFloors floors, ExchangeBook book, HealingPace pace, NodeCounters counters, Func<NodeId, PeerHealth> health, TimeProvider time)
{
    /// <summary>How they go; of one slot if one is named. <paramref name="begins"/>: and compare it now.</summary>
    public NodeRepair Look(Slot? slot, bool begins)
    {
        if (begins)
        {
            book.Order(slot);
        }

        var (self, ring) = (cluster().Self, cluster().Ring);
        var slots = ring.SlotsOf(self).ToArray().Where(owned => slot is null || owned == slot).ToList();
        var lowest = default(UnixTime?);
        var without = 0;
        foreach (var owned in slots)
        {
            var floor = floors[owned];
            without += floor == default ? 1 : 0;
            lowest = floor != default && !(floor.Physical >= lowest) ? floor.Physical : lowest;
        }

        return new NodeRepair(
            self.ToString(),
            slots.Count,
            slots.Count(store.Trees.IsReady),
            slots.Count(floors.IsLost),
            without,
            lowest is { } oldest ? (UnixTime.From(time.GetUtcNow()) - oldest).TotalSeconds : null,
            pace.BytesPerSecond,
            counters.ReadRepairs,
            [.. book.Others.Where(other => slot is not { } one || other.Shared.Contains(one)).Select(other => book.Look(other.Other, slot, health(other.Other).State == PeerState.Refusing, TreesOf(other.Shared, slot)))]);
    }

    private string? TreesOf(SlotSet shared, Slot? slot)
    {
        var sum = 0UL;
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            var mask = slot is not { } one ? shared[row] : one.Index / SlotSet.RowLength == row ? UInt128.One << (one.Index % SlotSet.RowLength) : 0;
            if (!store.Trees.TryReadRow(row, mask, out var hash))
            {
                return null;
            }

            sum ^= hash;
        }

        return sum.ToString("x16", CultureInfo.InvariantCulture);
    }
}
