using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;

namespace Toystore.Tests.Node.Worlds;

/// <summary>How a cluster of a test is set up.</summary>
internal sealed record ClusterShape(int Members = 3, int N = 3, int R = 2, int W = 2)
{
    public Action<ToystoreOptions>? Set { get; init; }

    /// <summary>Where the first node publishes what it measures.</summary>
    public Meter? Meter { get; init; }
}

/// <summary>One node of a test, and what it outlives a crash with.</summary>
internal sealed class TestNode(NodeId id, NodeClock clock, MemoryStore kept)
{
    public NodeId Id => id;

    public NodeClock Clock => clock;

    public FaultyStore Store { get; set; } = new(kept);

    public LoopNetwork Network { get; set; } = null!;

    public NodeEngine Engine { get; set; } = null!;

    public ListLog Log { get; } = new();

    public bool IsUp { get; set; }

    public int Lives { get; set; }

    /// <summary>What its store says that it has lost.</summary>
    public StoreLoss? Loss { get; set; }

    /// <summary>Which start of its machine this is.</summary>
    public Guid Boot { get; set; }
}

/// <summary>Whole nodes in one thread, over disks and wires that fail as they are told.</summary>
internal sealed class TestCluster
{
    private static readonly ConcurrentDictionary<string, Topology> Topologies = new();
    private readonly ToystoreOptions _options;
    private readonly Topology _topology;
    private readonly int _seed;
    private readonly Meter? _meter;

    /// <summary>Which cluster this is.</summary>
    public ClusterId ClusterId => _topology.ClusterId;

    private TestCluster(ClusterShape shape, EventLoop loop, int seed)
    {
        _seed = seed;
        _meter = shape.Meter;
        Time = new NodeClock(loop);
        Fabric = new LoopFabric(Time);
        _options = new ToystoreOptions { ClusterId = "8f0e7a34-52c6-4d2b-9c55-0b9f6f1f2a01", NodeId = "n1", N = shape.N, R = shape.R, W = shape.W, Store = StoreKind.Memory };
        _options.Policies.Add(new PolicyOptions { Prefix = "lww:", Policy = "lww" });
        for (var i = 1; i <= shape.Members; i++)
        {
            _options.Members.Add(new MemberOptions { Id = string.Create(CultureInfo.InvariantCulture, $"n{i:x}"), Peer = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{7000 + i}") });
        }

        shape.Set?.Invoke(_options);
        _topology = Topologies.GetOrAdd($"{shape.Members} {shape.N} {shape.R} {shape.W}", _ =>
        {
            var setup = ToystoreSetup.Read(_options, out var problems);
            Assert.Empty(problems);
            return setup!.Topology;
        });
        for (var i = 0; i < shape.Members; i++)
        {
            Nodes.Add(new TestNode(_topology.Members[i].Id, new NodeClock(loop), new MemoryStore()));
        }
    }

    /// <summary>A clock that is right.</summary>
    public TimeProvider Time { get; }

    public LoopFabric Fabric { get; }

    public List<TestNode> Nodes { get; } = [];

    /// <summary>The cluster as applications see it at a node.</summary>
    public IToystore this[int node] => Nodes[node].Engine.Store;

    /// <summary>Runs a scenario with a cluster whose nodes are all up.</summary>
    public static void Run(ClusterShape shape, Func<TestCluster, Task> scenario, int seed = 1) => Pump.Run(async loop =>
    {
        var cluster = new TestCluster(shape, loop, seed);
        for (var i = 0; i < shape.Members; i++)
        {
            await cluster.StartAsync(i);
        }

        await scenario(cluster);
        Assert.Empty(cluster.Fabric.Failures);
    });

    /// <summary>Runs a scenario with three nodes, N = 3, R = W = 2.</summary>
    public static void Run(Func<TestCluster, Task> scenario) => Run(new ClusterShape(), scenario);

    public Link Link(int from, int to) => Fabric[Nodes[from].Id, Nodes[to].Id];

    /// <summary>The owners of a key, as indexes of nodes, in order.</summary>
    public int[] OwnersOf(Key key)
    {
        var ring = Nodes[0].Engine.Snapshot.Ring;
        return [.. ring.Owners(Slot.Of(key)).ToArray().Select(owner => Nodes.FindIndex(node => node.Id == owner))];
    }

    /// <summary>A key whose owners fit.</summary>
    public Key KeyWhere(Func<int[], bool> owners, string prefix = "key")
    {
        for (var i = 0; ; i++)
        {
            Key key = string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}");
            if (owners(OwnersOf(key)))
            {
                return key;
            }
        }
    }

    public async Task StartAsync(int node)
    {
        var it = Nodes[node];
        it.Store = new FaultyStore(it.Store.Kept);
        await BootAsync(it, node);
    }

    /// <summary>A start with another disk, empty if null.</summary>
    public async Task StartWithAsync(int node, MemoryStore? disk)
    {
        var it = Nodes[node];
        it.Store = new FaultyStore(disk ?? new MemoryStore());
        await BootAsync(it, node);
    }

    /// <summary>A clean stop.</summary>
    public async Task StopAsync(int node)
    {
        Nodes[node].IsUp = false;
        await Nodes[node].Engine.DisposeAsync();
    }

    /// <summary>The process is gone from one moment to the next; so are writes that had not ended.</summary>
    public void Crash(int node)
    {
        Nodes[node].IsUp = false;
        Nodes[node].Network.Kill();
        Nodes[node].Store.IsOff = true;
    }

    /// <summary>What becomes of all requests from one to the other, and back.</summary>
    public void Cut(int one, int other, Passage passage = Passage.Refuse)
    {
        Link(one, other).Rule = _ => passage;
        Link(other, one).Rule = _ => passage;
    }

    /// <summary>Cuts a node off from all others.</summary>
    public void Isolate(int node, Passage passage = Passage.Refuse)
    {
        for (var other = 0; other < Nodes.Count; other++)
        {
            if (other != node)
            {
                Cut(node, other, passage);
            }
        }
    }

    /// <summary>All wires work again.</summary>
    public void Heal()
    {
        foreach (var link in Fabric.Links)
        {
            link.Rule = static _ => Passage.Deliver;
            link.Delay = null;
            link.Believed = null;
            link.Release();
        }
    }

    /// <summary>Lets time pass.</summary>
    public Task PassAsync(double milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), Time);

    public async Task<ContextToken> PutAsync(int node, Key key, string text, ContextToken? context = null, int? w = null) =>
        Assert.IsType<WriteOutcome.Done>(await this[node].PutAsync(key, Value(text), new WriteOptions { Context = context, W = w })).Context;

    public async Task<string> ReadAsync(int node, Key key, int? r = null) => Text(await this[node].GetAsync(key, new ReadOptions { R = r }));

    /// <summary>What a read found: the values in order of their text, separated by commas; "-" if there is none, otherwise the outcome's name.</summary>
    public static string Text(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Found found => string.Join(",", found.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)).Order(StringComparer.Ordinal)),
        ReadOutcome.NotFound => "-",
        _ => outcome.GetType().Name,
    };

    public static ContextToken ContextOf(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Found found => found.Context,
        ReadOutcome.NotFound { Context: { } context } => context,
        _ => throw new InvalidOperationException($"no context in {outcome}"),
    };

    public static Value Value(string text) => new(Encoding.UTF8.GetBytes(text));

    private async Task BootAsync(TestNode it, int node)
    {
        it.Lives++;
        it.Network = new LoopNetwork(Fabric, it.Id);
        it.Engine = new NodeEngine(new ToystoreSetup(it.Id, _topology), _options, new NodeSeams(it.Store, it.Network, it.Clock, new Random((_seed * 1000) + (node * 100) + it.Lives), it.Log) { Boot = it.Boot, Loss = it.Loss, Meter = node == 0 ? _meter : null });
        await it.Engine.StartAsync(CancellationToken.None);
        it.IsUp = true;
    }
}
