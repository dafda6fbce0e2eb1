namespace Toystore.Node;

/// <summary>
/// How one node is set up. Checked when the node starts; everything that is wrong is then said at once, with what would be right. What belongs to the cluster (its id, members, N, R, W, policies) must be the same
/// on all nodes: a node that was given something else is refused by the others.
/// </summary>
public sealed class ToystoreOptions
{
    /// <summary>Which cluster: a GUID, the same on all nodes.</summary>
    public string ClusterId { get; set; } = "";

    /// <summary>Which of the members this node is: <c>n1</c>, <c>n2</c> and so on (<c>n</c> and hexadecimal).</summary>
    public string NodeId { get; set; } = "";

    /// <summary>All members, this node among them.</summary>
    public IList<MemberOptions> Members { get; set; } = [];

    /// <summary>Where this node listens for the others, <c>host:port</c>, if not at the address of its member entry: <c>0.0.0.0:9101</c>, say. The others find it by the entry all the same.</summary>
    public string? ListenPeer { get; set; }

    /// <summary>Copies of each key: 1..16, default 3. A cluster of fewer members keeps as many copies as it has members.</summary>
    public int N { get; set; } = 3;

    /// <summary>Owners that must answer a read, unless it says otherwise: 1..N, default 2.</summary>
    public int R { get; set; } = 2;

    /// <summary>Owners that must hold a write, unless it says otherwise: 1..N, default 2. With R + W &gt; N every read sees every write that was completed before it.</summary>
    public int W { get; set; } = 2;

    /// <summary>What happens to concurrent writes, by prefix of the key; the longest prefix counts, and siblings are kept where none fits.</summary>
    public IList<PolicyOptions> Policies { get; set; } = [];

    /// <summary>Where the node keeps its data; made if it is not there. Only for <see cref="StoreKind.RocksDb"/>.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>What the data is kept in. Default RocksDB.</summary>
    public StoreKind Store { get; set; } = StoreKind.RocksDb;

    /// <summary>When a write counts as stored, unless it says otherwise. Default: when it is on the disk.</summary>
    public WriteDurability Durability { get; set; } = WriteDurability.Fsync;

    /// <summary>Longest value, in bytes: 1 to 64 MiB, default 16 MiB.</summary>
    public long ValueBytesMax { get; set; } = 16 << 20;

    /// <summary>From how many concurrent values of one key on a warning is logged. 2.., default 25.</summary>
    public int SiblingsWarn { get; set; } = 25;

    /// <summary>How many concurrent values one key may have; the write that would add one more is refused. 2..10000, default 100.</summary>
    public int SiblingsMax { get; set; } = 100;

    /// <summary>How long a request may take, unless it says otherwise: 1 ms to 60 s, default 2 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Client requests under way at once at this node; beyond, they are refused as overloaded. 1..1000000, default 10000.</summary>
    public int RequestsMax { get; set; } = 10_000;

    /// <summary>How far the nodes' clocks may be apart: 1 ms to 1 h, default 10 s. A reading further ahead is kept with its data, but does not move this node's clock.</summary>
    public TimeSpan ClockSkewMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Secrets that the members share, each Base64 of 16, 24 or 32 bytes: at most 4. The first seals the packets by which members watch each other, and all of them open what comes. None (the default): they go in the clear.
    /// Changed while the nodes run by <see cref="IClusterKeys"/>; they keep what was changed, and this list counts again only when it is another one than before, and not empty.
    /// </summary>
    public IList<string> ClusterKeys { get; set; } = [];

    /// <summary>How far the members are apart: how quickly one that does not answer is held dead. Default <see cref="NetworkKind.Lan"/>. The same on all nodes.</summary>
    public NetworkKind Network { get; set; } = NetworkKind.Lan;

    /// <summary>Single times and numbers of membership that are to be other than <see cref="Network"/> has them. The same on all nodes.</summary>
    public MembershipOptions Membership { get; set; } = new();

    /// <summary>How much a node keeps for one owner that cannot be reached, in bytes: 1 MiB to 1 TiB, default 1 GiB. Beyond that it refuses to stand in for it.</summary>
    public long HintBytesMax { get; set; } = 1L << 30;

    /// <summary>
    /// How long a node keeps what an owner missed, if W owners or stand-ins hold it anyway: 1 minute to 30 days, default 24 h. What was counted towards W is kept until it is delivered, however long that takes.
    /// </summary>
    public TimeSpan HintAgeMax { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How much a node that comes back takes per second of what all others kept for it, in bytes: 64 KiB to 4 GiB, default 16 MiB. Each hint counts as 1 KiB more than its bytes.</summary>
    public long HintBytesPerSecond { get; set; } = 16L << 20;

    /// <summary>How fast a node reads all that is on its disk to verify it, in bytes per second: 64 KiB to 4 GiB, or 0 for not at all; default 8 MiB. Less while clients would notice it.</summary>
    public long ScrubBytesPerSecond { get; set; } = 8L << 20;

    /// <summary>How long it pauses when it has read all: 1 minute to 90 days, default 1 day.</summary>
    public TimeSpan ScrubPause { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Room to leave on the disk, in bytes: with less, writes are refused. Default 256 MiB.</summary>
    public long FreeBytesReserve { get; set; } = 256L << 20;

    /// <summary>What to do when the files in <see cref="DataDirectory"/> are damaged so that the store does not open. Default: refuse to start.</summary>
    public DamagedStoreKind DamagedStore { get; set; } = DamagedStoreKind.Refuse;

    /// <summary>Memory for blocks of the store, in bytes: at least 8 MiB, default 64 MiB.</summary>
    public long BlockCacheBytes { get; set; } = 64L << 20;
}

/// <summary>How far the members of a cluster are apart.</summary>
public enum NetworkKind
{
    /// <summary>All on one machine.</summary>
    Local,

    /// <summary>One network, round trips below 20 ms.</summary>
    Lan,

    /// <summary>Distances, round trips up to 500 ms.</summary>
    Wan,
}

/// <summary>One member of the cluster.</summary>
public sealed class MemberOptions
{
    /// <summary>Its node id: <c>n1</c> and so on.</summary>
    public string Id { get; set; } = "";

    /// <summary>What fails together with it: a rack, a room. Copies of a key go to different zones where there are enough.</summary>
    public string Zone { get; set; } = "default";

    /// <summary>Its share relative to the others': 1..1000.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>Where the other nodes find it: <c>host:port</c>.</summary>
    public string Peer { get; set; } = "";

    /// <summary>Where HTTP clients find it: <c>host:port</c>; null if they do not.</summary>
    public string? Http { get; set; }

    /// <summary>Where Redis clients find it: <c>host:port</c>; null if they do not.</summary>
    public string? Redis { get; set; }
}

/// <summary>What happens to concurrent writes of the keys with a prefix.</summary>
public sealed class PolicyOptions
{
    /// <summary>The prefix, as text.</summary>
    public string Prefix { get; set; } = "";

    /// <summary><c>siblings</c> or <c>lww</c>.</summary>
    public string Policy { get; set; } = "siblings";
}

/// <summary>What becomes of a store that does not open because its files are damaged.</summary>
public enum DamagedStoreKind
{
    /// <summary>The node does not start, and says what is wrong and what can be done.</summary>
    Refuse,

    /// <summary>Its files are set aside in a directory of their own, and the node starts empty: the other owners give everything back. Not where there are no other owners.</summary>
    Refill,

    /// <summary>Of a damaged log, what was written before the damage is kept, and the rest is given up; the other owners give back what they have. For the day when every copy was hit.</summary>
    Cut,
}

/// <summary>What a node keeps its data in.</summary>
public enum StoreKind
{
    /// <summary>RocksDB, in <see cref="ToystoreOptions.DataDirectory"/>.</summary>
    RocksDb,

    /// <summary>Memory: all is gone when the process ends.</summary>
    Memory,
}
