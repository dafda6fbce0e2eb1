namespace Toystore;

/// <summary>Who belongs to the cluster and who decides on that, for operators: the agreed document, what was decided before it, and the way out where nobody can decide any more.</summary>
public interface IClusterTopology
{
    /// <summary>The topology in force, and which one every member has heard of; one that does not answer within half a second is said to be away.</summary>
    ValueTask<TopologyReport> TopologyAsync(CancellationToken cancellationToken = default);

    /// <summary>What the last hundred decisions were.</summary>
    ValueTask<TopologyHistory> TopologyHistoryAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Goes on from the newest topology under a new lineage, where the majority of those who decide is lost for good. Refused unless it names that topology, every member that does not answer, and nothing less will do.
    /// Ordered again for the same one, it tells those that were not reached.
    /// </summary>
    ValueTask<ForceReport> ForceTopologyAsync(ForceOrder order, CancellationToken cancellationToken = default);
}

/// <summary>The topology, as one member knows it.</summary>
/// <param name="ClusterId">Which cluster.</param>
/// <param name="Epoch">Its lineage and number; null before the cluster is founded.</param>
/// <param name="Self">Which node says so.</param>
/// <param name="Decides">True if a majority of the acceptors answers: the topology can be changed.</param>
/// <param name="Summary">How it is in a few sentences, and what to do.</param>
/// <param name="N">Copies of each key, as chosen.</param>
/// <param name="R">Answers a read needs, as chosen.</param>
/// <param name="W">Answers a write needs, as chosen.</param>
/// <param name="Members">Every member, by id.</param>
/// <param name="Policies">What happens to concurrent writes, by prefix.</param>
public sealed record TopologyReport(
    string ClusterId, string? Epoch, string Self, bool Decides, string Summary, int N, int R, int W, IReadOnlyList<TopologyMember> Members, IReadOnlyList<TopologyPolicy> Policies);

/// <summary>A member in the topology.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="Zone">What fails together with it.</param>
/// <param name="Weight">Its share relative to the others'.</param>
/// <param name="Peer">Where the other nodes find it.</param>
/// <param name="Http">Where HTTP clients find it; null if they do not.</param>
/// <param name="Redis">Where Redis clients find it; null if they do not.</param>
/// <param name="Acceptor">True if it decides on the next topology.</param>
/// <param name="NamedDisk">As an acceptor, with which disk it was named; otherwise null.</param>
/// <param name="Disk">Which disk it has; null if it did not answer. An acceptor with another one than it was named with decides on nothing.</param>
/// <param name="Heard">The newest topology that it has; null if it did not answer, or has none.</param>
/// <param name="Away">True if it did not answer.</param>
public sealed record TopologyMember(string Id, string Zone, int Weight, string Peer, string? Http, string? Redis, bool Acceptor, string? NamedDisk, string? Disk, string? Heard, bool Away);

/// <summary>A conflict policy.</summary>
/// <param name="Prefix">Of the keys that it is for, as text.</param>
/// <param name="Policy"><c>siblings</c> or <c>lww</c>.</param>
public sealed record TopologyPolicy(string Prefix, string Policy);

/// <summary>What was decided.</summary>
/// <param name="Epoch">The newest topology; null before the cluster is founded.</param>
/// <param name="Decisions">The last hundred, oldest first.</param>
public sealed record TopologyHistory(string? Epoch, IReadOnlyList<TopologyDecision> Decisions);

/// <summary>One decision.</summary>
/// <param name="Epoch">Of the topology that it made.</param>
/// <param name="At">When, by the clock of who proposed it.</param>
/// <param name="By">Who proposed it.</param>
/// <param name="What">What it changed, in words.</param>
public sealed record TopologyDecision(string Epoch, DateTimeOffset At, string By, string What);

/// <summary>An operator's word that this topology is to go on without those who are lost.</summary>
/// <param name="Epoch">Which one: the newest, as <see cref="TopologyReport.Epoch"/> says it.</param>
/// <param name="Lost">Members that will never come back with what they had.</param>
public sealed record ForceOrder(string Epoch, IReadOnlyList<string>? Lost = null);

/// <summary>How that went.</summary>
/// <param name="Done">True if the topology is forced, and all that answer have it.</param>
/// <param name="Summary">What came of it, and what to do next.</param>
/// <param name="Epoch">What is in force now; null if nothing was forced.</param>
/// <param name="Told">Members that have it.</param>
/// <param name="NotTold">Members that have not. They take part in nothing until they have.</param>
public sealed record ForceReport(bool Done, string Summary, string? Epoch, IReadOnlyList<string> Told, IReadOnlyList<string> NotTold);
