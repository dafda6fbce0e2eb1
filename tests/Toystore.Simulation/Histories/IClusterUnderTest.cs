using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Agreement;
using Toystore.Node.Membership;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Traces;
using Toystore.Simulation.Worlds;
using Toystore.Storage;

namespace Toystore.Simulation.Histories;

/// <summary>A cluster, as those see it who use and judge it. Nodes are indexes into the members of its topology.</summary>
internal interface IClusterUnderTest
{
    EventLoop Loop { get; }

    Trace Trace { get; }

    /// <summary>Where what is wrong is said.</summary>
    Violations Violations { get; }

    /// <summary>How many nodes there are.</summary>
    int Nodes { get; }

    /// <summary>Who owns what.</summary>
    Ring Ring { get; }

    /// <summary>When a write counts as stored unless it says otherwise.</summary>
    WriteDurability Durability { get; }

    /// <summary>How far clocks may be apart before a reading is not adopted.</summary>
    TimeSpan ClockSkewMax { get; }

    /// <summary>Requests that a node works on at the same time, of clients and of all its peers together: what tables grow with that have no bound of their own.</summary>
    long TasksMax { get; }

    /// <summary>Bytes that may wait to be sent to a node.</summary>
    int QueuedBytesMax { get; }

    /// <summary>Values that a key may have side by side for another to be put beside them.</summary>
    int SiblingsMax { get; }

    /// <summary>True if a node takes requests.</summary>
    bool IsUp(int node);

    /// <summary>What a node's wall clock says.</summary>
    DateTimeOffset WallClock(int node);

    /// <summary>The bytes under a key on a node's disk: what a reader would get, or with <paramref name="synced"/> what would survive a power cut. Empty if there are none.</summary>
    ReadOnlyMemory<byte> OnDisk(int node, StoreKey key, bool synced);

    /// <summary>True if a node that is up has a membership; false where something else than a node is judged.</summary>
    bool RunsMembership(int node) => false;

    /// <summary>The membership of a node; null if it is down, or has none.</summary>
    MembershipLoop? MembershipOf(int node) => null;

    /// <summary>Since when all nodes have been up and nothing has been wrong with the ways between them; null if that is not so, or cannot be told.</summary>
    TimeSpan? TogetherSince => null;

    /// <summary>A node; null if it is down, or where something else than a node is judged.</summary>
    NodeEngine? EngineOf(int node) => null;

    /// <summary>Who keeps the topology of a node; null if it is down, or where something else than a node is judged.</summary>
    TopologyKeeper? KeeperOf(int node) => null;

    /// <summary>The trees that a node keeps; null if it is down, or where something else than a node is judged.</summary>
    SlotTrees? TreesOf(int node) => null;

    /// <summary>What can be read of the keys on a node's disk.</summary>
    IEnumerable<StoreRecord> RecordsOf(int node) => [];

    /// <summary>True if nodes report and compare so often that floors rise within a run.</summary>
    bool HealsQuickly => false;

    /// <summary>True if a node's disk was wiped or rolled back.</summary>
    bool HasLostDisk(int node) => false;

    /// <summary>True if a node's disk was rolled back, others remember more of it, and the node has not found out.</summary>
    bool HasMissedRollBack(int node) => false;

    /// <summary>How long the queues and tables of a node are; none if it is down.</summary>
    IEnumerable<QueueReading> Queues(int node);

    /// <summary>The stream of chance for a purpose.</summary>
    Chance For(string purpose);

    /// <summary>Has a node do something for a client; <paramref name="whenGone"/> if its process ends first.</summary>
    Task<T> AskAsync<T>(int node, Func<IToystore, ValueTask<T>> ask, T whenGone);
}
