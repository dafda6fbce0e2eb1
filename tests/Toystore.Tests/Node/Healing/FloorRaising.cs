using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;

namespace Toystore.Tests.Node.Healing;

/// <summary>Raises floors slot by slot.</summary>
internal static class FloorRaising
{
    /// <summary>Raises these, all or nothing.</summary>
    public static ValueTask<bool> RaiseAsync(this SlotFloors floors, IReadOnlyList<(Slot Slot, HybridTime Floor)> raised)
    {
        var readings = new SlotReadings();
        foreach (var (slot, floor) in raised)
        {
            readings[slot] = floor;
        }

        return floors.RaiseAsync(new SlotSet(raised.Select(each => each.Slot)), readings);
    }
}
