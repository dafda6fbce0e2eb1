namespace Toystore.Core.Placement;

/// <summary>One slot of a document in the making, and the steps that a move can take.</summary>
internal sealed class SlotRow
{
    public required NodeId[] Owners { get; set; }

    public required NodeId[] Gaining { get; set; }

    public required NodeId[] Goal { get; set; }

    public required MoveStage Stage { get; set; }

    public required ulong Since { get; set; }

    /// <summary>As in <see cref="Tenures.Begun"/>.</summary>
    public required ulong[] Begun { get; set; }

    /// <summary>What the slot has, or moves to.</summary>
    public NodeId[] Heading => Stage == MoveStage.Settled ? Owners : Gaining;

    /// <summary>Stage 1 towards the goal.</summary>
    public void Begin(ulong number)
    {
        Invariant.Require(Stage == MoveStage.Settled && Goal.Length > 0, "a move begins where none is under way, towards a goal");
        var gained = Goal.Count(id => !Owners.Contains(id));
        (Gaining, Goal, Stage, Since) = (Goal, [], MoveStage.ReadOld, number);
        Begun = [.. Begun, .. Enumerable.Repeat(number, gained)];
    }

    /// <summary>From stage 1 back to where it was. What it moved to is what it is to have still, unless there is another goal.</summary>
    public void CallOff(ulong number)
    {
        Invariant.Require(Stage == MoveStage.ReadOld, "a move is called off in stage 1 only");
        var wanted = Goal.Length > 0 ? Goal : Gaining;
        (Gaining, Stage, Since, Begun) = ([], MoveStage.Settled, number, Begun[..Owners.Length]);
        Want(wanted);
    }

    /// <summary>Stage 2.</summary>
    public void ReadNew(ulong number)
    {
        Invariant.Require(Stage == MoveStage.ReadOld, "stage 2 follows on stage 1");
        (Stage, Since) = (MoveStage.ReadNew, number);
    }

    /// <summary>The new owners are the owners, in the order of the goal if it has the same.</summary>
    public void Settle(ulong number)
    {
        Invariant.Require(Stage == MoveStage.ReadNew, "a move ends after stage 2");
        var (wanted, from) = (Goal.Length > 0 ? Goal : Gaining, Owners);
        var owners = Placements.AreSame<NodeId>(wanted, Gaining) ? wanted : Gaining;
        NodeId[] holders = [.. from, .. Gaining.Where(id => !from.Contains(id))];
        Begun = [.. owners.Select(id => Begun[Array.IndexOf(holders, id)])];
        (Owners, Gaining, Stage, Since) = (owners, [], MoveStage.Settled, number);
        Want(wanted);
    }

    /// <summary>The same owners in the order of the goal. Nothing has to be copied or waited for.</summary>
    public void Reorder(ulong number)
    {
        Invariant.Require(Stage == MoveStage.Settled && Placements.AreSame<NodeId>(Goal, Owners), "another order has the same owners");
        Begun = [.. Goal.Select(id => Begun[Array.IndexOf(Owners, id)])];
        (Owners, Goal, Since) = (Goal, [], number);
    }

    /// <summary>What it is to have in the end.</summary>
    public void Want(ReadOnlySpan<NodeId> owners) => Goal = owners.SequenceEqual(Heading) ? [] : owners.ToArray();
}
