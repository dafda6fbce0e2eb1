using System.Buffers.Binary;

namespace Toystore.Core.Placement;

/// <summary>
/// The agreed document: who belongs to the cluster, who owns which slot, which slots move where, and what holds for requests (docs/protocols/topology.md). Immutable; a change makes a new one with the next epoch. Whatever instance there is,
/// is valid. A cluster that never changes has one settled document.
/// </summary>
public sealed class Topology
{
    /// <summary>The most members of a cluster.</summary>
    public const int MembersMax = 4096;

    /// <summary>How many former members are remembered; those that owners still name come on top of it.</summary>
    public const int FormerMax = 1000;

    private readonly Member[] _members;
    private readonly ulong[] _membersSince;
    private readonly FormerMember[] _former;

    private Topology(ClusterId cluster, Epoch epoch, Quorums quorums, Member[] members, ulong[] membersSince, FormerMember[] former, ConflictPolicies policies, Placements placements)
    {
        (ClusterId, Epoch, Quorums, _members, _membersSince, _former, Policies, Placements) = (cluster, epoch, quorums, members, membersSince, former, policies, placements);
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            MovingCount += placements.Stages[slot] == MoveStage.Settled ? 0 : 1;
            PendingCount += placements.Goal.Owners(slot).IsEmpty ? 0 : 1;
        }

        Fingerprint = Fnv1a.Hash(TopologyCodec.Encode(this));
    }

    /// <summary>Which cluster this is the document of.</summary>
    public ClusterId ClusterId { get; }

    /// <summary>Which document of the cluster this is.</summary>
    public Epoch Epoch { get; }

    /// <summary>N, R and W as they were chosen; a slot with fewer than N owners has <see cref="Quorums.ForOwners"/>.</summary>
    public Quorums Quorums { get; }

    /// <summary>The members, present and leaving ones, ascending by id.</summary>
    public ReadOnlySpan<Member> Members => _members;

    /// <summary>Who was a member, ascending by when they went, then by id: the last <see cref="FormerMax"/>, and whoever is still named as an owner.</summary>
    public ReadOnlySpan<FormerMember> Former => _former;

    /// <summary>The conflict policies by prefix of the key.</summary>
    public ConflictPolicies Policies { get; }

    /// <summary>
    /// The present owners of every slot; while it moves, those it moves away from. Its nodes are the members, and former members that owners still name.
    /// </summary>
    public OwnerTable Owners => Placements.Owners;

    /// <summary>The owners that a slot moves to, some of which may own it already. Sparse: nothing of slots that do not move.</summary>
    public OwnerTable Gaining => Placements.Gaining;

    /// <summary>What slots are to have in the end, where that is neither what they have nor what they move to: moves that have not begun, and other orders of the same owners. Sparse.</summary>
    public OwnerTable Goal => Placements.Goal;

    /// <summary>How many slots move.</summary>
    public int MovingCount { get; }

    /// <summary>How many slots have a goal.</summary>
    public int PendingCount { get; }

    /// <summary>True if no slot moves or has to.</summary>
    public bool IsSettled => MovingCount == 0 && PendingCount == 0;

    /// <summary>FNV-1a over the canonical encoding (<see cref="TopologyCodec"/>): two nodes that compare it find out whether they were configured alike.</summary>
    public ulong Fingerprint { get; }

    internal Placements Placements { get; }

    /// <summary>Of each member, in order, what <see cref="SinceOf(NodeId)"/> says.</summary>
    internal ReadOnlySpan<ulong> MembersSince => _membersSince;

    /// <summary>
    /// The first document of a cluster: number 1 of a lineage that follows from the cluster's id, with owners made by <see cref="Allocator"/>. The same arguments, in any order, give the same document everywhere.
    /// </summary>
    /// <exception cref="ArgumentException">There are <see cref="Problems"/>; the message lists them all.</exception>
    public static Topology Found(ClusterId cluster, IReadOnlyCollection<Member> members, Quorums quorums, IReadOnlyCollection<PolicyRule> policies)
    {
        if (Problems(cluster, members, quorums, policies) is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(" ", problems));
        }

        Member[] sorted = [.. members.OrderBy(member => member.Id)];
        var since = new ulong[sorted.Length];
        Array.Fill(since, 1UL);
        var owners = Allocator.Allocate(sorted, quorums.Copies);
        return new Topology(cluster, new Epoch(FirstLineage(cluster), 1), quorums, sorted, since, [], new ConflictPolicies(policies), Placements.Settled(owners, 1));
    }

    /// <summary>Everything that is wrong with what a cluster would be founded from, each in a sentence for the operator; empty if nothing is.</summary>
    public static IReadOnlyList<string> Problems(ClusterId cluster, IReadOnlyCollection<Member> members, Quorums quorums, IReadOnlyCollection<PolicyRule> policies) =>
        [.. TopologyProblems.Of(cluster, members, quorums, policies), .. members.Where(member => member.Phase != MemberPhase.Present).Select(member => $"{member.Id} cannot be leaving a cluster that is being founded.")];

    /// <summary>The same document under another number, which is not lower than any that it names.</summary>
    /// <exception cref="ArgumentException">The epoch is none.</exception>
    public Topology At(Epoch epoch) => epoch is { Lineage: not 0, Number: not 0 }
        ? With(epoch, _members, _membersSince, _former, Policies, Placements)
        : throw new ArgumentException("A document has a lineage and a number.", nameof(epoch));

    /// <summary>The conflict policy of a key. Allocates nothing.</summary>
    public ConflictPolicy PolicyFor(Key key) => Policies.For(key);

    /// <summary>How far the move of a slot is.</summary>
    public MoveStage StageOf(Slot slot) => Placements.Stages[slot.Index];

    /// <summary>The number of the document in which the slot last changed in any way: owners, their order, gaining owners or stage. Removing a member whom it names does not change it, and a goal neither.</summary>
    public ulong SinceOf(Slot slot) => Placements.Tenures.Since[slot.Index];

    /// <summary>The number of the document with which a node began to own the slot, in whatever stage; 0 if it does not own it. Logarithmic in the number of members; allocates nothing.</summary>
    public ulong BegunOf(Slot slot, NodeId node)
    {
        var index = Owners.Nodes.BinarySearch(node);
        if (index < 0)
        {
            return 0;
        }

        var owners = Owners.Owners(slot);
        var begun = Placements.Tenures.Begun(slot.Index);
        var place = owners.IndexOf((ushort)index);
        if (place >= 0)
        {
            return begun[place];
        }

        place = owners.Length;
        foreach (var gainer in Gaining.Owners(slot))
        {
            if (gainer == index)
            {
                return begun[place];
            }

            place += owners.Contains(gainer) ? 0 : 1;
        }

        return 0;
    }

    /// <summary>The number of the document in which a member joined, began to leave, or came to stay, whichever was last; 0 if it is no member.</summary>
    public ulong SinceOf(NodeId member) => PositionOf(member) is >= 0 and var position ? _membersSince[position] : 0;

    /// <summary>What the document says of a member; null of anybody else.</summary>
    public Member? Member(NodeId node) => PositionOf(node) is >= 0 and var position ? _members[position] : null;

    /// <summary>What is remembered of one that was a member; null of anybody else, and of those that went too long ago.</summary>
    public FormerMember? FormerMember(NodeId node)
    {
        foreach (var one in _former)
        {
            if (one.Id == node)
            {
                return one;
            }
        }

        return null;
    }

    /// <summary>
    /// What these changes, taken as one, make of the document: the next one, or a refusal with everything that is against it. Whatever is in the document already is passed over; if all are, it is in already. The work itself is not begun, only said
    /// (<see cref="Goal"/>); but moves in stage 1 whose gaining owner goes, or whose losing owner stays after all, are called off at once. Pure: may be asked again of another document, if others were faster.
    /// </summary>
    public ChangeOutcome Change(IReadOnlyCollection<TopologyChange> changes, ChangeConsent consent = ChangeConsent.None) => new Reorganization(this, consent).Make(changes);

    /// <summary>
    /// Carries the moves forward by whatever <paramref name="facts"/> allow: ends and continues those under way, calls off those that lead elsewhere by now, begins the next ones within <paramref name="limits"/>, and lets go of members that have
    /// left. Null if there is nothing to do at present. Pure: may be asked again of another document, if others were faster.
    /// </summary>
    public Topology? Advance(MoveFacts facts, MoveLimits limits) => new Progress(this, facts, limits).Make();

    /// <summary>The same under the next number.</summary>
    public Topology Next() => With(new Epoch(Epoch.Lineage, Epoch.Number + 1), _members, _membersSince, _former, Policies, Placements);

    /// <summary>The same under the next number of a new lineage: what an operator forces.</summary>
    /// <exception cref="ArgumentException">The lineage is 0, or this one's.</exception>
    public Topology Forced(ulong lineage) =>
        lineage == 0 || lineage == Epoch.Lineage
            ? throw new ArgumentException("A forced document begins a new lineage.", nameof(lineage))
            : With(new Epoch(lineage, Epoch.Number + 1), _members, _membersSince, _former, Policies, Placements);

    /// <summary>The next number, with all that moves nothing as <paramref name="other"/> has it, which has the same members: R and W, conflict policies, and the members' addresses.</summary>
    /// <exception cref="ArgumentException">It has other members, or wants another number of copies.</exception>
    public Topology WithSettingsOf(Topology other)
    {
        if (other.Quorums.Copies != Quorums.Copies || !Array.TrueForAll(_members, member => other.Member(member.Id) is not null))
        {
            throw new ArgumentException("Settings are taken from a document of the same members and copies.", nameof(other));
        }

        Member[] members = [.. _members.Select(member => other.Member(member.Id)! with { Zone = member.Zone, Weight = member.Weight, Phase = member.Phase })];
        return FromParts(ClusterId, new Epoch(Epoch.Lineage, Epoch.Number + 1), other.Quorums, members, _membersSince, _former, other.Policies.Rules.ToArray(), Placements)
            ?? throw new InvariantException("the settings of a valid document are valid");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"epoch {Epoch}, {_members.Length} members, {Quorums}{(IsSettled ? "" : FormattableString.Invariant($", {MovingCount} slots moving, {PendingCount} to come"))}";

    /// <summary>A document as it was written down. Null if it is not valid.</summary>
    internal static Topology? FromParts(
        ClusterId cluster, Epoch epoch, Quorums quorums, Member[] members, ulong[] membersSince, FormerMember[] former, PolicyRule[] policies, Placements placements)
    {
        var isValid = epoch is { Lineage: not 0, Number: not 0 }
            && TopologyProblems.Of(cluster, members, quorums, policies).Count == 0
            && AreInOrder(members, membersSince, former, epoch.Number)
            && placements.AreServedBy(members, former);
        return isValid ? new Topology(cluster, epoch, quorums, members, membersSince, former, new ConflictPolicies(policies), placements) : null;
    }

    /// <summary>The document that follows with these parts, which must be valid.</summary>
    internal Topology With(Epoch epoch, Member[] members, ulong[] membersSince, FormerMember[] former, ConflictPolicies policies, Placements placements) =>
        FromParts(ClusterId, epoch, Quorums, members, membersSince, former, policies.Rules.ToArray(), placements) ?? throw new InvariantException("what a change makes of a document is a valid document");

    /// <summary>The lineage that a cluster begins with.</summary>
    internal static ulong FirstLineage(ClusterId cluster)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = cluster.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        var lineage = SplitMix.Mix(BinaryPrimitives.ReadUInt64BigEndian(bytes) ^ SplitMix.Mix(BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])));
        return lineage == 0 ? 1 : lineage;
    }

    private static bool AreInOrder(Member[] members, ulong[] since, FormerMember[] former, ulong number)
    {
        var ids = new HashSet<NodeId>();
        var presentCount = 0;
        for (var i = 0; i < members.Length; i++)
        {
            presentCount += members[i].Phase == MemberPhase.Present ? 1 : 0;
            if (!ids.Add(members[i].Id) || (i > 0 && members[i].Id.CompareTo(members[i - 1].Id) < 0) || since[i] is 0 || since[i] > number)
            {
                return false;
            }
        }

        for (var i = 0; i < former.Length; i++)
        {
            var (id, gone, exit) = former[i];
            var isAfter = i == 0 || gone > former[i - 1].Gone || (gone == former[i - 1].Gone && id.CompareTo(former[i - 1].Id) > 0);
            if (!ids.Add(id) || !isAfter || id == default || gone is 0 || gone > number || exit > MemberExit.Stopped)
            {
                return false;
            }
        }

        return presentCount > 0 && since.Length == members.Length && former.Length <= FormerMax + MembersMax;
    }

    private int PositionOf(NodeId member)
    {
        int low = 0, high = _members.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _members[middle].Id.CompareTo(member);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }
}
