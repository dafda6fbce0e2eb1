namespace Toystore.Core.Placement;

/// <summary>
/// Where one slot is: what a request for it needs to know (docs/decisions/0011, rule 6). A write needs W of <see cref="Old"/> and W of <see cref="New"/>, each by its own quorums; one owner that is in both counts in both, and while the slot
/// is settled both are the same. A read needs R of <see cref="Readable"/>.
/// </summary>
public readonly ref struct SlotPlacement
{
    private readonly Quorums _quorums;

    internal SlotPlacement(MoveStage stage, ulong since, ReadOnlySpan<NodeId> all, ReadOnlySpan<NodeId> readable, ReadOnlySpan<NodeId> other, Quorums quorums)
    {
        (Stage, Since, _quorums) = (stage, since, quorums);
        All = all;
        Old = stage == MoveStage.ReadNew ? other : readable;
        New = stage == MoveStage.ReadOld ? other : readable;
    }

    /// <summary>How far its move is.</summary>
    public MoveStage Stage { get; }

    /// <summary>The number of the document in which it last changed.</summary>
    public ulong Since { get; }

    /// <summary>The owners; while it moves, those it moves away from. In order.</summary>
    public ReadOnlySpan<NodeId> Old { get; }

    /// <summary>The owners that it is to have, in order.</summary>
    public ReadOnlySpan<NodeId> New { get; }

    /// <summary>The owners that answer reads, in order: the old ones until stage 2, then the new ones.</summary>
    public ReadOnlySpan<NodeId> Readable => Stage == MoveStage.ReadNew ? New : Old;

    /// <summary>Everybody who owns it in any stage, each once, the readable ones first: all these take writes and, for floors, are its owners (rule 15).</summary>
    public ReadOnlySpan<NodeId> All { get; }

    /// <summary>N, R and W of the old owners.</summary>
    public Quorums OldQuorums => _quorums.ForOwners(Old.Length);

    /// <summary>N, R and W of the new owners.</summary>
    public Quorums NewQuorums => _quorums.ForOwners(New.Length);

    /// <summary>True if owners that stay must merge from as many old owners as cover every write, themselves counted, before stage 2 (rule 7). Never of a settled slot.</summary>
    public bool StayersMerge => Stage != MoveStage.Settled && MoveRules.StayersMerge(Old, New, _quorums);
}
