using System.Collections.Concurrent;
using System.Globalization;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Agreement;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Agreement;

/// <summary>A keeper of a test, its disk and its end of the wires.</summary>
internal sealed class KeeperNode(NodeId id, MemoryStore kept)
{
    public NodeId Id => id;

    public FaultyStore Store { get; set; } = new(kept);

    public LoopNetwork Network { get; set; } = null!;

    public TopologyKeeper Keeper { get; set; } = null!;

    public ListLog Log { get; } = new();

    public StoreLoss? Loss { get; set; }

    /// <summary>What it was told of newer topologies.</summary>
    public List<Topology> Heard { get; } = [];

    public bool HasTopology => Keeper.First.IsCompletedSuccessfully;
}

/// <summary>Keepers of the topology in one thread, over disks and wires that fail as they are told, without the rest of their nodes.</summary>
internal sealed class KeeperWorld
{
    private static readonly ConcurrentDictionary<int, ToystoreSetup> Setups = new();
    private int _lives;

    private KeeperWorld(int members, EventLoop loop)
    {
        Time = new NodeClock(loop);
        Fabric = new LoopFabric(Time);
        Setup = Setups.GetOrAdd(members, static count => Read(Options(count)));
        for (var i = 0; i < members; i++)
        {
            Nodes.Add(new KeeperNode(Setup.Topology.Members[i].Id, new MemoryStore()));
        }
    }

    public TimeProvider Time { get; }

    public LoopFabric Fabric { get; }

    public ToystoreSetup Setup { get; }

    public List<KeeperNode> Nodes { get; } = [];

    public KeeperNode this[int node] => Nodes[node];

    /// <summary>How a cluster of so many is set up.</summary>
    public static ToystoreOptions Options(int members)
    {
        var options = new ToystoreOptions { ClusterId = "8f0e7a34-52c6-4d2b-9c55-0b9f6f1f2a01", NodeId = "n1", Store = StoreKind.Memory };
        for (var i = 1; i <= members; i++)
        {
            options.Members.Add(new MemberOptions { Id = string.Create(CultureInfo.InvariantCulture, $"n{i:x}"), Peer = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{7000 + i}") });
        }

        return options;
    }

    public static ToystoreSetup Read(ToystoreOptions options)
    {
        var setup = ToystoreSetup.Read(options, out var problems);
        Assert.Empty(problems);
        return setup!;
    }

    /// <summary>Runs a scenario; nobody has started yet.</summary>
    public static void Run(int members, Func<KeeperWorld, Task> scenario) => Pump.Run(async loop =>
    {
        var world = new KeeperWorld(members, loop);
        await scenario(world);
        Assert.Empty(world.Fabric.Failures);
    });

    /// <summary>Runs a scenario with a cluster that all have founded.</summary>
    public static void RunFounded(int members, Func<KeeperWorld, Task> scenario) => Run(members, async world =>
    {
        await world.StartAllAsync();
        await world.PassAsync(2000);
        Assert.All(world.Nodes, node => Assert.True(node.HasTopology));
        await scenario(world);
    });

    public async Task StartAllAsync()
    {
        for (var i = 0; i < Nodes.Count; i++)
        {
            await StartAsync(i);
        }
    }

    /// <summary>A start on the disk that it had.</summary>
    public async Task StartAsync(int node, ToystoreSetup? setup = null)
    {
        var it = Nodes[node];
        it.Store = new FaultyStore(it.Store.Kept);
        await BootAsync(it, setup ?? Setup);
    }

    /// <summary>A start on an empty disk.</summary>
    public async Task StartEmptiedAsync(int node)
    {
        var it = Nodes[node];
        it.Store = new FaultyStore(new MemoryStore());
        await BootAsync(it, Setup);
    }

    public void Crash(int node)
    {
        Nodes[node].Network.Kill();
        Nodes[node].Store.IsOff = true;
    }

    public void Cut(int one, int other)
    {
        Fabric[Nodes[one].Id, Nodes[other].Id].Rule = _ => Passage.Refuse;
        Fabric[Nodes[other].Id, Nodes[one].Id].Rule = _ => Passage.Refuse;
    }

    public void Heal()
    {
        foreach (var link in Fabric.Links)
        {
            link.Rule = static _ => Passage.Deliver;
        }
    }

    /// <summary>Lets time pass.</summary>
    public Task PassAsync(double milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), Time);

    /// <summary>A change that changes nothing but the number, once.</summary>
    public Task<TopologyOutcome> ChangeAsync(int node, string what)
    {
        var from = Nodes[node].Keeper.Epoch;
        return Nodes[node].Keeper.ChangeAsync(what, edition => edition.Topology.Epoch == from ? new TopologyVerdict.Next(edition.Topology) : TopologyVerdict.Settled.Instance, CancellationToken.None);
    }

    /// <summary>What its disk has.</summary>
    public async Task<AcceptorState> OnDiskAsync(int node)
    {
        var acceptor = new HostedAcceptor(Nodes[node].Id, Setup.Seeds, new FaultyStore(Nodes[node].Store.Kept), new NodeRandom(new Random(1)), Time, new ListLog());
        await acceptor.LoadAsync(null, CancellationToken.None);
        return acceptor.State!;
    }

    private async Task BootAsync(KeeperNode it, ToystoreSetup setup)
    {
        it.Network = new LoopNetwork(Fabric, it.Id);
        var keeper = it.Keeper = new TopologyKeeper(setup with { Self = it.Id }, it.Store, it.Network, new TopologyTiming(), it.Loss, new NodeRandom(new Random(++_lives)), Time, it.Log);
        keeper.Changed += it.Heard.Add;
        await new NodeGate(it.Network, keeper, () => throw new InvalidOperationException()).OpenAsync(CancellationToken.None);
        keeper.Start();

        // As the engine of a node does when others have said what they remember of its disk.
        keeper.Acceptor.MayVote = true;
        _ = VoteAsync(keeper);
    }

    private static async Task VoteAsync(TopologyKeeper keeper)
    {
        await keeper.First;
        keeper.Acceptor.MayVote = true;
    }
}
