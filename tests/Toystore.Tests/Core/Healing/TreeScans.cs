using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Healing;

/// <summary>Scans of one slot.</summary>
internal static class TreeScans
{
    public static TreeScan Begin(this SlotTrees trees, Slot slot)
    {
        var scan = new TreeScan(slot, slot);
        trees.Begin(slot, scan);
        return scan;
    }

    public static void Add(this TreeScan scan, KeyHash key, VersionsHash versions) => scan.Add(scan.First, key, versions);

    public static bool Finish(this SlotTrees trees, TreeScan scan) => trees.Finish(scan.First, scan);

    public static void Abandon(this SlotTrees trees, TreeScan scan) => trees.Abandon(scan.First, scan);
}
