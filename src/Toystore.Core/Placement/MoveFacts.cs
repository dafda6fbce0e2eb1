using Toystore.Core.Healing;

namespace Toystore.Core.Placement;

/// <summary>
/// What whoever carries moves forward has been told by members. All of it was said under documents up to <see cref="AsOf"/>: what was said of a slot that has changed since then does not count, so old facts are harmless. Nothing
/// said is nothing known.
/// </summary>
public sealed record MoveFacts
{
    private static readonly Dictionary<NodeId, SlotSet> NoSlots = [];

    /// <summary>The document under which this was asked. Facts of another lineage are none.</summary>
    public required Epoch AsOf { get; init; }

    /// <summary>Of gaining owners, the slots that they know: each has merged, for this <em>since</em>, from as many old owners as cover every write (docs/decisions/0011, rules 7 and 12).</summary>
    public IReadOnlyDictionary<NodeId, SlotSet> Knowing { get; init; } = NoSlots;

    /// <summary>Of owners that stay, the slots of which they have merged, for this <em>since</em>, from as many old owners as cover every write, themselves counted (rule 7). Asked for only where <see cref="SlotPlacement.StayersMerge"/>.</summary>
    public IReadOnlyDictionary<NodeId, SlotSet> Merged { get; init; } = NoSlots;

    /// <summary>Of members, and of whoever else still answers, the newest document of this lineage that they have on their disks (rule 8). What was acknowledged once counts for ever.</summary>
    public IReadOnlyDictionary<NodeId, ulong> Acknowledged { get; init; } = new Dictionary<NodeId, ulong>();

    /// <summary>Leaving members that own nothing in a document that they have, and hold nothing for anybody: neither former copies nor undelivered hints.</summary>
    public IReadOnlySet<NodeId> Emptied { get; init; } = new HashSet<NodeId>();

    /// <summary>Members to which no move should begin now: they do not answer, or have no room.</summary>
    public IReadOnlySet<NodeId> Away { get; init; } = new HashSet<NodeId>();
}
