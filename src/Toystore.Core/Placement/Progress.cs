namespace Toystore.Core.Placement;

/// <summary>
/// Makes the next document of work that has been done: every slot is looked at, and whatever may take its next step takes it. All in one document, for agreeing on one costs the same for one slot as for thousands. A slot may end
/// one move and begin the next in it: to everybody that is as if they had slept through the document between them.
/// </summary>
internal sealed class Progress
{
    private readonly Topology _last;
    private readonly MoveFacts _facts;
    private readonly MoveLimits _limits;
    private readonly ulong _number;
    private readonly bool _isOfThisLineage;
    private readonly PlacementDraft _draft;
    private readonly Dictionary<NodeId, int> _moves = [];
    private int _movesInAll;

    public Progress(Topology last, MoveFacts facts, MoveLimits limits)
    {
        (_last, _facts, _limits, _number) = (last, facts, limits, last.Epoch.Number + 1);
        _isOfThisLineage = facts.AsOf.Lineage == last.Epoch.Lineage;
        _draft = new PlacementDraft(last.Placements);
    }

    public Topology? Make()
    {
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            switch (_last.Placements.Stages[slot])
            {
                case MoveStage.ReadNew when IsFenced(slot):
                    _draft.Write(slot).Settle(_number);
                    break;
                case MoveStage.ReadOld when LeadsElsewhere(slot):
                    _draft.Write(slot).CallOff(_number);
                    break;
                case MoveStage.ReadOld when IsFilled(slot):
                    _draft.Write(slot).ReadNew(_number);
                    break;
            }
        }

        BeginMoves();
        var gone = Gone();
        if (!_draft.IsTouched && gone.Count == 0)
        {
            return null;
        }

        Member[] members = [.. _last.Members.ToArray().Where(member => !gone.Contains(member.Id))];
        var holders = _draft.Holders();
        var former = MemberEdit.Remembered([.. _last.Former, .. gone.Select(id => new FormerMember(id, _number, MemberExit.Left))], holders);
        NodeId[] nodes = [.. members.Select(member => member.Id).Union(holders).Order()];
        return _last.With(new Epoch(_last.Epoch.Lineage, _number), members, [.. members.Select(member => _last.SinceOf(member.Id))], former, _last.Policies, _draft.Finish(nodes, _number));
    }

    /// <summary>Rule 8: so many old owners have acknowledged stage 2 that no read by the old ones can come together any more. Who certainly runs no more counts.</summary>
    private bool IsFenced(int slot)
    {
        var owners = _last.Owners.Owners(slot);
        var since = _last.Placements.Tenures.Since[slot];
        var aware = 0;
        foreach (var owner in owners)
        {
            var id = _last.Owners.Nodes[owner];
            var hasHeard = _isOfThisLineage && _facts.Acknowledged.TryGetValue(id, out var number) && number >= since;
            aware += hasHeard || _last.FormerMember(id) is { Exit: MemberExit.Stopped } ? 1 : 0;
        }

        return aware >= _last.Quorums.ForOwners(owners.Length).Fencing;
    }

    /// <summary>Rule 7: everybody who gains the slot knows it; and where that is not enough, who stays has merged.</summary>
    private bool IsFilled(int slot)
    {
        if (!_isOfThisLineage || _last.Placements.Tenures.Since[slot] > _facts.AsOf.Number)
        {
            return false;
        }

        ReadOnlySpan<ushort> owners = _last.Owners.Owners(slot), gaining = _last.Gaining.Owners(slot);
        var stayersMerge = MoveRules.StayersMerge<ushort>(owners, gaining, _last.Quorums);
        foreach (var gainer in gaining)
        {
            var (id, stays) = (_last.Owners.Nodes[gainer], owners.Contains(gainer));
            var said = stays ? _facts.Merged : _facts.Knowing;
            if ((!stays || stayersMerge) && !(said.TryGetValue(id, out var slots) && slots.Contains(new Slot((ushort)slot))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A move under way that brings a copy to who is not to have one, or takes one from who is: better called off than undone. Any other is on the way to the goal.</summary>
    private bool LeadsElsewhere(int slot)
    {
        ReadOnlySpan<ushort> owners = _last.Owners.Owners(slot), gaining = _last.Gaining.Owners(slot), goal = _last.Goal.Owners(slot);
        if (goal.IsEmpty)
        {
            return false;
        }

        foreach (var gainer in gaining)
        {
            if (!owners.Contains(gainer) && !goal.Contains(gainer))
            {
                return true;
            }
        }

        foreach (var owner in owners)
        {
            if (goal.Contains(owner) && !gaining.Contains(owner))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Slots that have lost copies come first; otherwise in the order of the slots, whose runs make the document small.</summary>
    private void BeginMoves()
    {
        var byLosses = new List<int>?[Quorums.CopiesMax + 1];
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            if (_draft.StageOf(slot) != MoveStage.Settled)
            {
                Count(_draft.Owners(slot), _draft.Gaining(slot));
            }
            else if (_draft.Goal(slot) is { Length: > 0 } goal)
            {
                var owners = _draft.Owners(slot);
                if (Placements.AreSame<NodeId>(owners, goal))
                {
                    _draft.Write(slot).Reorder(_number);
                }
                else
                {
                    (byLosses[owners.Count(id => _last.Member(id) is null)] ??= []).Add(slot);
                }
            }
        }

        foreach (var slot in byLosses.Reverse().SelectMany(slots => slots ?? []))
        {
            NodeId[] owners = _draft.Owners(slot), goal = _draft.Goal(slot);
            if (_movesInAll < _limits.InAll && Parties(owners, goal).All(HasRoom) && !goal.Any(id => !owners.Contains(id) && _facts.Away.Contains(id)))
            {
                Count(owners, goal);
                _draft.Write(slot).Begin(_number);
            }
        }
    }

    /// <summary>Who gains or loses a copy, of those that are members.</summary>
    private IEnumerable<NodeId> Parties(NodeId[] from, NodeId[] to) =>
        to.Where(id => !from.Contains(id)).Concat(from.Where(id => !to.Contains(id) && _last.Member(id) is not null));

    private bool HasRoom(NodeId member) => _moves.GetValueOrDefault(member) < _limits.PerMember;

    private void Count(NodeId[] from, NodeId[] to)
    {
        _movesInAll++;
        foreach (var member in Parties(from, to))
        {
            _moves[member] = _moves.GetValueOrDefault(member) + 1;
        }
    }

    /// <summary>Leaving members that nobody needs any more.</summary>
    private HashSet<NodeId> Gone()
    {
        var gone = new HashSet<NodeId>();
        if (_isOfThisLineage && _facts.Emptied.Count > 0)
        {
            var holders = _draft.Holders();
            foreach (var member in _last.Members)
            {
                if (member.Phase == MemberPhase.Leaving && !holders.Contains(member.Id) && _facts.Emptied.Contains(member.Id) && _facts.AsOf.Number >= _last.SinceOf(member.Id))
                {
                    gone.Add(member.Id);
                }
            }
        }

        return gone;
    }
}
