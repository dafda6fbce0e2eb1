using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Agreement;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Network;
using Toystore.Simulation.Oracles;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Traces;
using Toystore.Storage;

namespace Toystore.Simulation.Worlds;

/// <summary>A whole cluster in one thread: machines, wires, clocks, chance, all from one seed.</summary>
internal sealed class World : IClusterUnderTest
{
    private readonly ulong _seed;
    private int _troubles;
    private long _lastTrouble;

    public World(ulong seed, Shape shape, Action<string>? listener = null)
    {
        (_seed, Shape) = (seed, shape);
        Loop = new EventLoop(For("order"), shape.Shuffles);
        Trace = new Trace(Loop) { Listener = listener };
        Setup = Topologies.Of(shape);
        Options = Topologies.OptionsOf(shape);
        Options.HintBytesMax = shape.HintBytesMax; // less than anybody may configure
        PeerOptions = new PeerOptions { Cluster = Setup.Topology.ClusterId, Self = Setup.Self, CallsMax = shape.CallsMax, ServedMax = shape.CallsMax, QueuedBytesMax = shape.QueuedBytesMax };
        Network = new SimulatedNetwork(Loop, Trace, For("network"));
        var clocks = For("clocks");
        for (var i = 0; i < shape.Members; i++)
        {
            var clock = new NodeClock(Loop)
            {
                Rate = 1 + (shape.DriftMax * ((2 * clocks.NextDouble()) - 1)),
                Ahead = shape.SkewMax * ((2 * clocks.NextDouble()) - 1),
            };
            var id = Setup.Topology.Members[i].Id;
            Network.Add(id, PeerDirectory.EndPointOf(Setup.Topology.Members[i].PeerEndpoint));
            Nodes.Add(new SimulatedNode(this, i, id, clock, new SimulatedDisk(id.ToString(), shape.Shards)));
        }

        Oracles = new OracleSet(this);
        Network.Sent = Oracles.Sent;
        foreach (var node in Nodes)
        {
            node.Disk.Watch(new DiskReporter(Oracles, node.Index));
        }
    }

    public Shape Shape { get; }

    public EventLoop Loop { get; }

    public Trace Trace { get; }

    public SimulatedNetwork Network { get; }

    public List<SimulatedNode> Nodes { get; } = [];

    /// <summary>Who watches whether promises are kept.</summary>
    public OracleSet Oracles { get; }

    /// <summary>What is wrong.</summary>
    public Violations Violations { get; } = new();

    /// <summary>How the first node is set up; the others differ in who they are.</summary>
    public ToystoreSetup Setup { get; init; }

    /// <summary>How all nodes are configured.</summary>
    public ToystoreOptions Options { get; }

    /// <summary>Bounds between nodes.</summary>
    public PeerOptions PeerOptions { get; }

    /// <summary>Who owns what.</summary>
    public Ring Ring => Setup.Ring;

    /// <summary>A node, or a way between two, begins to be not as it should be, or is so for a moment.</summary>
    public void BeginTrouble()
    {
        _troubles++;
        _lastTrouble = Loop.Now;
    }

    /// <summary>It is as it should be again.</summary>
    public void EndTrouble()
    {
        _troubles--;
        _lastTrouble = Loop.Now;
    }

    /// <summary>The stream of chance for a purpose.</summary>
    public Chance For(string purpose) => Chance.For(_seed, purpose);

    int IClusterUnderTest.Nodes => Nodes.Count;

    public WriteDurability Durability => Shape.Durability;

    public TimeSpan ClockSkewMax => Options.ClockSkewMax;

    public long TasksMax => Shape.RequestsMax + ((Nodes.Count - 1) * 2L * Shape.CallsMax);

    public int QueuedBytesMax => Shape.QueuedBytesMax;

    public int SiblingsMax => Shape.SiblingsMax;

    public bool IsUp(int node) => Nodes[node].IsUp;

    public bool RunsMembership(int node) => IsUp(node);

    public MembershipLoop? MembershipOf(int node) => Nodes[node].Engine?.Membership;

    // A node that nothing fits into the queues of breaks connections by itself.
    public TimeSpan? TogetherSince => _troubles > 0 || Shape.QueuedBytesMax < 1 << 20 || Nodes.Exists(node => !node.IsUp) ? null : TimeSpan.FromTicks(_lastTrouble);

    public NodeEngine? EngineOf(int node) => IsUp(node) ? Nodes[node].Engine : null;

    public TopologyKeeper? KeeperOf(int node) => IsUp(node) ? Nodes[node].Running?.Keeper : null;

    public SlotTrees? TreesOf(int node) => IsUp(node) ? Nodes[node].Trees : null;

    public IEnumerable<StoreRecord> RecordsOf(int node) => Nodes[node].Disk.VisibleRecords(StoreArea.Data);

    public bool HealsQuickly => Shape.Healing.BetweenExchanges < TimeSpan.FromSeconds(10);

    public bool HasLostDisk(int node) => Nodes[node].HasLostDisk;

    public bool HasMissedRollBack(int node) => Nodes[node].HasMissedRollBack;

    public DateTimeOffset WallClock(int node) => Nodes[node].Clock.GetUtcNow();

    public ReadOnlyMemory<byte> OnDisk(int node, StoreKey key, bool synced) => synced ? Nodes[node].Disk.Synced(key) : Nodes[node].Disk.Visible(key);

    public IEnumerable<QueueReading> Queues(int node) => Nodes[node] is { IsUp: true, Engine: { } engine } ? engine.Queues().Concat(PeerQueues(Nodes[node], engine)) : [];

    public async Task<T> AskAsync<T>(int node, Func<IToystore, ValueTask<T>> ask, T whenGone)
    {
        if (Nodes[node] is not { IsUp: true, Life: { } life, Engine: { } engine })
        {
            return whenGone;
        }

        try
        {
            return await life.RunAsync(async () => await ask(engine.Store), whenGone);
        }
        catch (Exception e)
        {
            Violations.Add(FailureKind.NodeThrew, nameof(World), $"{Nodes[node].Id} threw at a client's request: {e}");
            return whenGone;
        }
    }

    /// <summary>Starts all nodes that nothing keeps down.</summary>
    public Task StartAllAsync() => Task.WhenAll(Nodes.Select(node => node.StartAsync()));

    private IEnumerable<QueueReading> PeerQueues(SimulatedNode node, NodeEngine engine) =>
        from other in Nodes
        where other != node
        let ofBackground = (engine.Membership?.CallsTo(other.Id) ?? 0) + engine.HealingCallsTo(other.Id)
        select new QueueReading($"calls of {other.Id}", Math.Max(0, engine.Peers.Health(other.Id).InFlight - ofBackground), PeerOptions.CallsMax);
}
