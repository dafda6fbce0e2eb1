namespace Toystore.Core.Placement;

/// <summary>
/// Makes the next document of changes that are wanted: first the members as they will be, then what speaks against it, then where everything is to go. New owners are allocated from what slots have or move to, so that moves under way go on and those that have
/// not begun are thought over again.
/// </summary>
internal sealed class Reorganization(Topology last, ChangeConsent consent)
{
    private readonly ulong _number = last.Epoch.Number + 1;
    private readonly MemberEdit _edit = new(last, consent.HasFlag(ChangeConsent.StoppedForGood) ? MemberExit.Stopped : MemberExit.Removed);
    private readonly PlacementDraft _draft = new(last.Placements);

    public ChangeOutcome Make(IReadOnlyCollection<TopologyChange> changes)
    {
        foreach (var change in changes)
        {
            _edit.Apply(change);
        }

        var members = _edit.Members;
        List<string> reasons = [.. _edit.Reasons, .. TopologyProblems.OfPolicies(_edit.Policies.Rules.ToArray())];
        if (reasons.Count == 0 && _edit.IsTouched)
        {
            reasons.AddRange(ChangeGuards.Of(last, members, _edit.Removed, consent));
        }

        if (reasons.Count > 0)
        {
            return new ChangeOutcome.Refused(string.Join(" ", reasons));
        }

        if (!_edit.IsTouched)
        {
            return ChangeOutcome.InAlready.Instance;
        }

        if (_edit.MovesSlots)
        {
            Plan(members);
        }

        var holders = _draft.Holders();
        var former = MemberEdit.Remembered(_edit.Former, holders);
        NodeId[] nodes = [.. members.Select(member => member.Id).Union(holders).Order()];
        return new ChangeOutcome.Made(last.With(new Epoch(last.Epoch.Lineage, _number), members, _edit.Since, former, _edit.Policies, _draft.Finish(nodes, _number)));
    }

    private void Plan(Member[] members)
    {
        var basis = Basis();
        var wanted = Allocator.Allocate([.. members.Where(member => member.Phase == MemberPhase.Present)], last.Quorums.Copies, basis);
        var owners = new NodeId[Quorums.CopiesMax];
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var row = wanted.Owners(slot);
            for (var i = 0; i < row.Length; i++)
            {
                owners[i] = wanted.Nodes[row[i]];
            }

            var goal = owners.AsSpan(0, row.Length);
            var heading = _draft.StageOf(slot) == MoveStage.Settled ? _draft.Owners(slot) : _draft.Gaining(slot);
            if (!_draft.Goal(slot).AsSpan().SequenceEqual(goal.SequenceEqual(heading) ? [] : goal))
            {
                _draft.Write(slot).Want(goal);
            }
        }
    }

    /// <summary>What is there to move from, after moves that lead nowhere were called off. Who takes somebody's places has them in it.</summary>
    private OwnerTable Basis()
    {
        var rows = new NodeId[Slot.Count][];
        for (var slot = 0; slot < rows.Length; slot++)
        {
            rows[slot] = Basis(slot);
        }

        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = _edit.Successors.GetValueOrDefault(row[i], row[i]);
            }
        }

        NodeId[] nodes = [.. rows.SelectMany(row => row).Distinct().Order()];
        var places = nodes.Index().ToDictionary(pair => pair.Item, pair => (ushort)pair.Index);
        _ = OwnerTable.TryCreate(nodes, [.. rows.Select(row => (byte)row.Length)], [.. rows.SelectMany(row => row).Select(id => places[id])], out var table);
        return table ?? throw new InvariantException("every slot has different owners");
    }

    private NodeId[] Basis(int slot)
    {
        var owners = _draft.Owners(slot);
        var gaining = _draft.Gaining(slot);
        if (_draft.StageOf(slot) != MoveStage.ReadOld)
        {
            return [.. gaining.Length > 0 ? gaining : owners];
        }

        var leadsNowhere = gaining.Any(id => !owners.Contains(id) && !_edit.IsPresent(id)) || owners.Any(id => !gaining.Contains(id) && _edit.Stayed.Contains(id));
        if (leadsNowhere || gaining.Any(_edit.Removed.Contains))
        {
            _draft.Write(slot).CallOff(_number);
        }

        // If one that was to stay is lost, the others that gain go on being wanted: they have part of the slot already.
        return [.. leadsNowhere ? owners : gaining];
    }
}
