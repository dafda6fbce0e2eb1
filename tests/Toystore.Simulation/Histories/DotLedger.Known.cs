using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Storage;

namespace Toystore.Simulation.Histories;

/// <content>Which slots disks say to be known.</content>
internal sealed partial class DotLedger
{
    private readonly Dictionary<int, (SlotSet Known, long Since)> _known = [];

    /// <summary>Hears of slots that a node's disk says to be known, and did not before: the node, the slots, and since when this process or one before it has had this disk.</summary>
    public Action<int, SlotSet, long>? Refilled { get; set; }

    /// <summary>True if some owner but this one shows a dot, and none of the others knows it to be replaced.</summary>
    public bool IsOnlyShown(Key key, Dot dot, int except)
    {
        var states = OwnersOf(key).Where(owner => owner != except).Select(owner => Visible(owner, key).StateOf(dot)).ToList();
        return states.Contains(DotState.Live) && !states.Contains(DotState.Replaced);
    }

    /// <summary>What a node has of a key on its disk, whatever the floor of its slot says.</summary>
    public HeldRecord Bare(int node, Key key) => _visible.GetValueOrDefault((node, key), HeldRecord.Nothing);

    private void NoteKnown(int node, StoreKey place)
    {
        if (!place.Equals(KnownSlots.Place))
        {
            return;
        }

        var (before, since) = _known.GetValueOrDefault(node, (new SlotSet(), 0));
        var known = KnownOnDisk(node);
        _known[node] = (known, since);
        var refilled = known.Copy();
        refilled.ExceptWith(before);
        if (refilled.Count > 0)
        {
            Refilled?.Invoke(node, refilled, since);
        }
    }

    // What is garbled, or could not be written, is so under a process that goes on.
    private void LookAtKnown(int node, DiskLoss how, long moment) =>
        _known[node] = (KnownOnDisk(node), how is DiskLoss.PowerCut or DiskLoss.Wiped or DiskLoss.RolledBack ? moment : _known.GetValueOrDefault(node).Since);

    private SlotSet KnownOnDisk(int node) => KnownSlots.Read(cluster.OnDisk(node, KnownSlots.Place, synced: false)) ?? new SlotSet();
}
