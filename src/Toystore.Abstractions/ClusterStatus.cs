namespace Toystore;

/// <summary>The cluster as one node sees it: what <c>toystore status</c> and <c>GET /v1/cluster/status</c> show.</summary>
/// <param name="Cluster">The cluster id.</param>
/// <param name="Epoch">The topology in force.</param>
/// <param name="Asked">The node that answers.</param>
/// <param name="Healthy">True if every member answered and none has a problem.</param>
/// <param name="Summary">The state of things in one sentence, and what to do if it is not good.</param>
/// <param name="N">Copies wanted.</param>
/// <param name="Copies">Copies kept: fewer than wanted while there are fewer members.</param>
/// <param name="R">Answers a read needs unless it says otherwise.</param>
/// <param name="W">Copies a write needs unless it says otherwise.</param>
/// <param name="Members">Every member, by id.</param>
public sealed record ClusterStatus(
    string Cluster, string Epoch, string Asked, bool Healthy, string Summary, int N, int Copies, int R, int W, IReadOnlyList<MemberStatus> Members);

/// <summary>One member, as the asked node sees it.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="Zone">Where it stands.</param>
/// <param name="Weight">Its share, relative to the others'.</param>
/// <param name="Peer">Where the other nodes find it.</param>
/// <param name="Http">Where HTTP clients find it; null if not known.</param>
/// <param name="Redis">Where Redis clients find it; null if not known.</param>
/// <param name="Slots">Copies of slots it owns, 0..16384.</param>
/// <param name="Reachable">True if it answered just now.</param>
/// <param name="Problem">What is wrong with it, one sentence; null when all is well.</param>
/// <param name="Node">What it says of itself; null if it did not answer.</param>
public sealed record MemberStatus(
    string Id, string Zone, int Weight, string Peer, string? Http, string? Redis, int Slots, bool Reachable, string? Problem, NodeStatus? Node)
{
    /// <summary>What the membership of the asked node holds of it; null if it knows nothing of it yet.</summary>
    public MembershipStatus? Membership { get; init; }

    /// <summary>What the asked node has met on its own way to it; null for the asked node itself, and where it does not say.</summary>
    public LinkStatus? Link { get; init; }
}

/// <summary>What membership holds of a node. The cluster's opinion, by gossip; whether the asked node itself can reach it, <see cref="MemberStatus.Reachable"/> says.</summary>
/// <param name="State"><c>alive</c>, <c>suspect</c> (somebody could not reach it: it is asked last), <c>dead</c> (it did not contradict: it is asked for nothing until it is heard of again) or <c>left</c> (it has stopped and said so).</param>
/// <param name="ForSeconds">How long the asked node has held that.</param>
/// <param name="By">The node that says so, if it is suspect or dead; otherwise null.</param>
public sealed record MembershipStatus(string State, double ForSeconds, string? By)
{
    /// <summary>Of which of its incarnations that is held: two numbers with a dot between, growing with every start and every refutation. Null from a node that does not say.</summary>
    public string? Incarnation { get; init; }

    /// <summary>What all the others hold of it; null from a node that does not say.</summary>
    public MemberViews? Views { get; init; }
}

/// <summary>What the nodes that answered hold of a member, its own opinion apart: they may differ for some seconds after something has happened, and for longer only if a network is cut.</summary>
/// <param name="Alive">How many hold it alive.</param>
/// <param name="Suspect">How many suspect it.</param>
/// <param name="Dead">How many hold it dead.</param>
/// <param name="Left">How many know that it has stopped.</param>
/// <param name="Unknown">How many have never heard of it.</param>
/// <param name="Differing">Those who hold something else than the asked node, by id: 16 at most.</param>
public sealed record MemberViews(int Alive, int Suspect, int Dead, int Left, int Unknown, IReadOnlyList<DifferingView> Differing);

/// <summary>A node that holds something else of a member than the asked node.</summary>
/// <param name="Id">The node.</param>
/// <param name="State">What it holds: as <see cref="MembershipStatus.State"/>, or <c>unknown</c>.</param>
/// <param name="By">On whose word; null if on nobody's.</param>
public sealed record DifferingView(string Id, string State, string? By);

/// <summary>What a node has met on its own way to another. Steers requests before membership has a verdict; the counts are of the clients' requests that needed the other, since the node started.</summary>
/// <param name="State"><c>up</c>, <c>suspect</c> (time-outs, or a connection that broke: it is asked last), <c>refusing</c> (it takes no connection, or is held dead or gone: it is asked for nothing) or <c>unknown</c> (not tried yet).</param>
/// <param name="LatencySeconds">Smoothed time of its recent answers; 0 if there were none.</param>
/// <param name="Asked">Requests that were sent to it, or waited for a connection.</param>
/// <param name="Answered">Of those, how many it answered.</param>
/// <param name="TimedOut">Of those, how many it did not answer in time.</param>
/// <param name="Broken">Of those, how many were lost when a connection broke.</param>
/// <param name="Unreachable">Requests that were not sent, since it took no connection: they have cost nothing.</param>
/// <param name="Withheld">Requests that were not even tried, since it is held dead or gone.</param>
/// <param name="Problem">Why it is not up, one sentence; null if it is.</param>
public sealed record LinkStatus(string State, double LatencySeconds, long Asked, long Answered, long TimedOut, long Broken, long Unreachable, long Withheld, string? Problem);

/// <summary>What a node says of itself.</summary>
/// <param name="Version">Release.</param>
/// <param name="ProcessId">Of its process.</param>
/// <param name="UptimeSeconds">Since it started.</param>
/// <param name="ProcessorSeconds">Processor time its process has used since it started.</param>
/// <param name="ResidentBytes">Memory its process has in RAM.</param>
/// <param name="AllocatedBytes">Managed bytes allocated since it started.</param>
/// <param name="Reads">Client reads coordinated here.</param>
/// <param name="Writes">Client writes and deletes coordinated here.</param>
/// <param name="Failures">Of those, how many ended unavailable, not done or unknown.</param>
/// <param name="ReadRepairs">Reads coordinated here that found owners differing.</param>
/// <param name="Hedges">Reads coordinated here that asked one more owner because an answer was late: at most one in twenty, apart from a few in a row.</param>
/// <param name="CorruptRecords">Records that failed their checksum since the start.</param>
/// <param name="BytesUsed">Estimate of what its store takes up.</param>
/// <param name="BytesFree">Room on its disk.</param>
/// <param name="Durability">What it promises unless a request says otherwise.</param>
/// <param name="Problem">What is wrong, one sentence; null when all is well.</param>
public sealed record NodeStatus(
    string Version,
    int ProcessId,
    double UptimeSeconds,
    double ProcessorSeconds,
    long ResidentBytes,
    long AllocatedBytes,
    long Reads,
    long Writes,
    long Failures,
    long ReadRepairs,
    long Hedges,
    long CorruptRecords,
    long BytesUsed,
    long BytesFree,
    string Durability,
    string? Problem)
{
    /// <summary>What it says of its place among the members; null if it has no membership, or has not begun with it.</summary>
    public NodeMembership? Membership { get; init; }

    /// <summary>What it keeps for owners that missed it, by owner; null while it still counts them after a start.</summary>
    public IReadOnlyList<HintStatus>? Hints { get; init; }

    /// <summary>Hints delivered since it started.</summary>
    public long HintsDelivered { get; init; }

    /// <summary>Copies that an owner missed and that are kept for it no more, or never were: too many, too old, or lost. Anti-entropy has to mend them.</summary>
    public long HintsDropped { get; init; }

    /// <summary>Slots of which it may have lost something, and does not know what until other owners have given it back: 0 to 16384. To reads it answers there that it does not know.</summary>
    public int SlotsUnknown { get; init; }
}

/// <summary>What a node says of itself as a member, and of the others.</summary>
/// <param name="Incarnation">Its incarnation now.</param>
/// <param name="HealthMultiplier">By what it multiplies its probe interval and time-out because it doubts itself: 1 is well, 9 the worst unless set otherwise.</param>
/// <param name="Doubts">The members that it does not hold alive, by id. It holds all others alive.</param>
public sealed record NodeMembership(string Incarnation, int HealthMultiplier, IReadOnlyList<MemberDoubt> Doubts);

/// <summary>A member that a node does not hold alive.</summary>
/// <param name="Id">The member.</param>
/// <param name="State"><c>suspect</c>, <c>dead</c>, <c>left</c> or <c>unknown</c>.</param>
/// <param name="Incarnation">Of which of its incarnations; null if unknown.</param>
/// <param name="ForSeconds">For how long.</param>
/// <param name="By">On whose word; null if on nobody's.</param>
public sealed record MemberDoubt(string Id, string State, string? Incarnation, double ForSeconds, string? By);

/// <summary>What one node keeps for one owner.</summary>
/// <param name="Target">For whom.</param>
/// <param name="Count">How many hints: one for each key.</param>
/// <param name="Bytes">Bytes of their keys and records.</param>
/// <param name="OldestSeconds">How long ago the first of them was kept, or a little more.</param>
public sealed record HintStatus(string Target, long Count, long Bytes, double OldestSeconds);

/// <summary>Who owns what: what <c>toystore ring</c> and <c>GET /v1/cluster/ring</c> show.</summary>
/// <param name="Epoch">The topology in force.</param>
/// <param name="Slots">How many slots there are.</param>
/// <param name="Ranges">Runs of slots with the same owners, ascending, without gaps.</param>
public sealed record RingStatus(string Epoch, int Slots, IReadOnlyList<SlotRange> Ranges);

/// <summary>A run of slots with the same owners.</summary>
/// <param name="First">The first slot.</param>
/// <param name="Last">The last slot, inclusive.</param>
/// <param name="Owners">Node ids, in order of preference.</param>
public sealed record SlotRange(int First, int Last, IReadOnlyList<string> Owners);

/// <summary>What is kept for owners that missed it: what <c>toystore hints</c> and <c>GET /v1/cluster/hints</c> show.</summary>
/// <param name="Kept">By who keeps it, then for whom; empty if every owner has all that it was to be given.</param>
/// <param name="Unknown">Members that did not answer, or still count theirs: they may keep something too.</param>
public sealed record HintsReport(IReadOnlyList<KeptHints> Kept, IReadOnlyList<string> Unknown);

/// <summary>What one member keeps for one owner.</summary>
/// <param name="Holder">Who keeps it.</param>
/// <param name="Target">For whom.</param>
/// <param name="Count">How many hints: one for each key.</param>
/// <param name="Bytes">Bytes of their keys and records.</param>
/// <param name="OldestSeconds">How long ago the first of them was kept, or a little more.</param>
public sealed record KeptHints(string Holder, string Target, long Count, long Bytes, double OldestSeconds);

/// <summary>Where one key lives: what <c>GET /v1/cluster/keys/{key}</c> shows.</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="Owners">Node ids, in order of preference.</param>
/// <param name="StandIns">The members that take its writes when owners cannot, in order.</param>
public sealed record KeyPlacement(int Slot, IReadOnlyList<string> Owners, IReadOnlyList<string> StandIns);
