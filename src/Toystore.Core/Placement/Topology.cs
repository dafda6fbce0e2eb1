using System.Buffers.Binary;

namespace Toystore.Core.Placement;

/// <summary>
/// The agreed document: who belongs to the cluster, who owns which slot, and what holds for requests. Immutable; a change makes a new one with the next epoch. Whatever instance there is, is valid:
/// it has passed <see cref="Problems"/>.
/// </summary>
public sealed class Topology
{
    /// <summary>The most members of a cluster.</summary>
    public const int MembersMax = 4096;

    private readonly Member[] _members;

    private Topology(ClusterId cluster, Epoch epoch, Quorums quorums, Member[] members, ConflictPolicies policies, OwnerTable owners)
    {
        (ClusterId, Epoch, Quorums, _members, Policies, Owners) = (cluster, epoch, quorums, members, policies, owners);
        Fingerprint = Fnv1a.Hash(TopologyCodec.Encode(this));
    }

    /// <summary>Which cluster this is the document of.</summary>
    public ClusterId ClusterId { get; }

    /// <summary>Which document of the cluster this is.</summary>
    public Epoch Epoch { get; }

    /// <summary>N, R and W as they were chosen; a slot with fewer than N owners has <see cref="Quorums.ForOwners"/>.</summary>
    public Quorums Quorums { get; }

    /// <summary>The members, ascending by id.</summary>
    public ReadOnlySpan<Member> Members => _members;

    /// <summary>The conflict policies by prefix of the key.</summary>
    public ConflictPolicies Policies { get; }

    /// <summary>The owners of every slot; its nodes are exactly the members.</summary>
    public OwnerTable Owners { get; }

    /// <summary>FNV-1a over the canonical encoding (<see cref="TopologyCodec"/>): two nodes that compare it find out whether they were configured alike.</summary>
    public ulong Fingerprint { get; }

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

        var owners = Allocator.Allocate(members, quorums.Copies);
        return new Topology(cluster, new Epoch(FirstLineage(cluster), 1), quorums, [.. members.OrderBy(member => member.Id)], new ConflictPolicies(policies), owners);
    }

    /// <summary>Everything that is wrong with what a cluster would be founded from, each in a sentence for the operator; empty if nothing is.</summary>
    public static IReadOnlyList<string> Problems(ClusterId cluster, IReadOnlyCollection<Member> members, Quorums quorums, IReadOnlyCollection<PolicyRule> policies) =>
        TopologyProblems.Of(cluster, members, quorums, policies);

    /// <summary>The same document under another number.</summary>
    /// <exception cref="ArgumentException">The epoch is none.</exception>
    public Topology At(Epoch epoch) => epoch is { Lineage: not 0, Number: not 0 }
        ? new Topology(ClusterId, epoch, Quorums, _members, Policies, Owners)
        : throw new ArgumentException("A document has a lineage and a number.", nameof(epoch));

    /// <summary>The conflict policy of a key. Allocates nothing.</summary>
    public ConflictPolicy PolicyFor(Key key) => Policies.For(key);

    /// <inheritdoc/>
    public override string ToString() => $"epoch {Epoch}, {_members.Length} members, {Quorums}";

    /// <summary>A document as it was written down. Members and policies must be sorted, and the owners' nodes be the members. Null if it is not valid.</summary>
    internal static Topology? FromParts(ClusterId cluster, Epoch epoch, Quorums quorums, Member[] members, PolicyRule[] policies, OwnerTable owners) =>
        epoch is { Lineage: not 0, Number: not 0 } && TopologyProblems.Of(cluster, members, quorums, policies).Count == 0
            ? new Topology(cluster, epoch, quorums, members, new ConflictPolicies(policies), owners)
            : null;

    /// <summary>The lineage that a cluster begins with.</summary>
    internal static ulong FirstLineage(ClusterId cluster)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = cluster.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        var lineage = SplitMix.Mix(BinaryPrimitives.ReadUInt64BigEndian(bytes) ^ SplitMix.Mix(BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])));
        return lineage == 0 ? 1 : lineage;
    }
}
