namespace Toystore.Core.Placement;

/// <summary>
/// Where all slots are, where they are going, and since when: of each slot the owners, the owners that it is to have if it moves, the stage of that move, and the goal if that is yet another. All tables have the same nodes. Immutable.
/// </summary>
internal sealed class Placements
{
    private readonly MoveStage[] _stages;

    private Placements(OwnerTable owners, OwnerTable gaining, MoveStage[] stages, OwnerTable goal, Tenures tenures)
    {
        (Owners, Gaining, _stages, Goal, Tenures) = (owners, gaining, stages, goal, tenures);
    }

    /// <summary>The present owners; while a slot moves, those it moves away from.</summary>
    public OwnerTable Owners { get; }

    /// <summary>Sparse: the owners that a slot moves to.</summary>
    public OwnerTable Gaining { get; }

    /// <summary>Sparse: what a slot is to have in the end, where that is not what it has or moves to. Owners in another order count as something else.</summary>
    public OwnerTable Goal { get; }

    public Tenures Tenures { get; }

    public ReadOnlySpan<MoveStage> Stages => _stages;

    /// <summary>What a slot is to have in the end.</summary>
    public ReadOnlySpan<ushort> Wanted(int slot) => Goal.Owners(slot) is { IsEmpty: false } goal ? goal : Heading(slot);

    /// <summary>What a slot has, or moves to.</summary>
    public ReadOnlySpan<ushort> Heading(int slot) => _stages[slot] == MoveStage.Settled ? Owners.Owners(slot) : Gaining.Owners(slot);

    /// <summary>Everything begins with document <paramref name="number"/>, and nothing moves.</summary>
    public static Placements Settled(OwnerTable owners, ulong number)
    {
        var (since, begun) = (new ulong[Slot.Count], new ulong[owners.Copies]);
        Array.Fill(since, number);
        Array.Fill(begun, number);
        var nothing = OwnerTable.Nothing(owners.Nodes.ToArray());
        return TryCreate(owners, nothing, new MoveStage[Slot.Count], nothing, since, begun, number) ?? throw new InvariantException("settled slots are valid");
    }

    /// <summary>Takes the arrays, without a copy. Null if they contradict each other; whether nodes are what they must be is another question (<see cref="AreServedBy"/>).</summary>
    public static Placements? TryCreate(OwnerTable owners, OwnerTable gaining, MoveStage[] stages, OwnerTable goal, ulong[] since, ulong[] begun, ulong number)
    {
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            ReadOnlySpan<ushort> present = owners.Owners(slot), coming = gaining.Owners(slot), wanted = goal.Owners(slot);
            var heading = coming.IsEmpty ? present : coming;
            if (present.IsEmpty
                || stages[slot] > MoveStage.ReadNew
                || (stages[slot] == MoveStage.Settled) != coming.IsEmpty
                || AreSame(present, coming)
                || wanted.SequenceEqual(heading))
            {
                return null;
            }
        }

        var tenures = Tenures.Create(Tenures.CountHolders(owners, gaining), since, begun, number);
        return tenures is null ? null : new Placements(owners, gaining, stages, goal, tenures);
    }

    /// <summary>True if both have the same members, in whatever order.</summary>
    public static bool AreSame<T>(ReadOnlySpan<T> one, ReadOnlySpan<T> other)
        where T : IEquatable<T>
    {
        if (one.Length != other.Length)
        {
            return false;
        }

        foreach (var id in one)
        {
            if (!other.Contains(id))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// True if the nodes are the members and those former ones that owners still name; no others; and if who is to own something may: a goal names present members only, a move's first stage no gaining owner that leaves, and none that is gone.
    /// </summary>
    public bool AreServedBy(ReadOnlySpan<Member> members, ReadOnlySpan<FormerMember> former)
    {
        var phases = new Dictionary<NodeId, MemberPhase?>();
        foreach (var member in members)
        {
            phases[member.Id] = member.Phase;
        }

        var isMember = new bool[Owners.Nodes.Length];
        var isPresent = new bool[Owners.Nodes.Length];
        var isNamed = new bool[Owners.Nodes.Length];
        for (var i = 0; i < isMember.Length; i++)
        {
            (isMember[i], isPresent[i]) = (phases.TryGetValue(Owners.Nodes[i], out var phase), phase == MemberPhase.Present);
        }

        for (var slot = 0; slot < Slot.Count; slot++)
        {
            foreach (var owner in Owners.Owners(slot))
            {
                isNamed[owner] = true;
            }

            foreach (var owner in Gaining.Owners(slot))
            {
                isNamed[owner] = true;
                var mayGain = Owners.Owners(slot).Contains(owner) ? isMember[owner] : isPresent[owner];
                if (_stages[slot] == MoveStage.ReadOld && !mayGain)
                {
                    return false;
                }
            }

            foreach (var owner in Goal.Owners(slot))
            {
                if (!isPresent[owner])
                {
                    return false;
                }
            }
        }

        var found = 0;
        for (var i = 0; i < isNamed.Length; i++)
        {
            found += isMember[i] ? 1 : 0;
            if (!isMember[i] && !(isNamed[i] && Contains(former, Owners.Nodes[i])))
            {
                return false;
            }
        }

        return found == members.Length;
    }

    private static bool Contains(ReadOnlySpan<FormerMember> former, NodeId id)
    {
        foreach (var one in former)
        {
            if (one.Id == id)
            {
                return true;
            }
        }

        return false;
    }
}
