using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Peers;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Network;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Traces;
using Toystore.Simulation.Worlds;
using Toystore.Storage;
using Toystore.Tests.Core.Placement;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Simulation.Network;

/// <summary>n1, n2, n3: real links, sessions and frames over the simulated network, and nothing else of a node.</summary>
internal sealed class PeerWorld
{
    private static readonly Topology Topology = Clusters.Topology(Clusters.Of(3));

    public PeerWorld(ulong seed = 1, bool shuffles = true)
    {
        var chance = new Chance(seed);
        Loop = new EventLoop(chance.Fork("order"), shuffles);
        Trace = new Trace(Loop, kept: int.MaxValue);
        Network = new SimulatedNetwork(Loop, Trace, chance.Fork("network"));
        foreach (var member in Topology.Members)
        {
            Network.Add(member.Id, PeerDirectory.EndPointOf(member.PeerEndpoint));
        }
    }

    public EventLoop Loop { get; }

    public Trace Trace { get; }

    public SimulatedNetwork Network { get; }

    public Func<PeerOptions, PeerOptions> Options { get; init; } = options => options;

    /// <summary>What n2 and n3 are asked. Answers with the first byte of the key unless a test wants something else.</summary>
    public Func<PeerCall, CancellationToken, ValueTask<PeerReply>> Handler { get; set; } = (call, _) => new(call.Request switch
    {
        PeerRequest.ReadDigest(var key) => new PeerReply.HeldDigest(key.Span[0], Unknowing: false),
        PeerRequest.Store store => new PeerReply.Stored(new HybridTime((ulong)SizeOf(store))),
        _ => PeerReply.Overloaded.Instance,
    });

    /// <summary>Every call that reached a handler.</summary>
    public List<PeerCall> Served { get; } = [];

    /// <summary>How many lines of the trace have these words.</summary>
    public int Count(string wire, string words) => Trace.Last.Count(line => line.Contains($" {wire} ", StringComparison.Ordinal) && line.Contains(words, StringComparison.Ordinal));

    public static NodeId Id(int node) => new((ulong)node);

    public static PeerRequest Digest(char first) => new PeerRequest.ReadDigest(Key.From(first.ToString()));

    public static PeerReply DigestOf(char first) => new PeerReply.HeldDigest(first, Unknowing: false);

    /// <summary>A store of a value of so many bytes, answered with as many.</summary>
    public static PeerRequest Store(int bytes)
    {
        var sibling = new Sibling(new Dot(new ActorId(new NodeId(1), 1), new HybridTime(1)), new byte[bytes]);
        return new PeerRequest.Store("k", Container.Empty.Put(sibling, default), Durability.Os, TellHigher: false, Completes: false);
    }

    /// <summary>How many bytes its value has.</summary>
    public static int SizeOf(PeerRequest.Store store) => store.Container.Siblings[0].Value.Length;

    /// <summary>A node that listens.</summary>
    public async Task<LivePeer> StartAsync(int node)
    {
        var life = new Life(Loop, "n" + node);
        var clock = new NodeClock(Loop) { Life = life };
        var transport = Network.Join(Id(node), life);
        var options = Options(new PeerOptions { Cluster = Topology.ClusterId, Self = Id(node) });
        var log = new ListLog();
        var network = new PeerNetwork(options, Topology, listen: null, transport, clock, new Random(node), new NodeLogs(log));
        var peer = new LivePeer(life, clock, transport, network, log);
        await peer.InLifeAsync(async () =>
        {
            await network.StartAsync(new Handled(this), CancellationToken.None);
            return true;
        });
        return peer;
    }

    /// <summary>Runs a scenario with n1 and n2.</summary>
    public void Run(Func<LivePeer, LivePeer, Task> scenario) => Loop.Run(async () => await scenario(await StartAsync(1), await StartAsync(2)));

    private sealed class Handled(PeerWorld world) : IPeerHandler
    {
        public ValueTask<PeerReply> HandleAsync(PeerCall call, CancellationToken cancellationToken)
        {
            world.Loop.RequireOwnThread();
            world.Served.Add(call);
            return world.Handler(call, cancellationToken);
        }
    }
}

/// <summary>A node that runs.</summary>
internal sealed record LivePeer(Life Life, NodeClock Clock, SimulatedTransport Transport, PeerNetwork Network, ListLog Log)
{
    /// <summary>Asks another node, within 1 s unless said otherwise.</summary>
    public Task<PeerReply> AskAsync(int node, PeerRequest request, TimeSpan? within = null, CancellationToken cancelled = default) => InLifeAsync(async () => await CallAsync(node, request, within, cancelled));

    /// <summary>The same, for code that is this node's already.</summary>
    public ValueTask<PeerReply> CallAsync(int node, PeerRequest request, TimeSpan? within = null, CancellationToken cancelled = default) =>
        Network.Peers.CallAsync(PeerWorld.Id(node), new Epoch(7, 1), request, Deadline.After(within ?? TimeSpan.FromSeconds(1), Clock), cancelled);

    public PeerHealth HealthOf(int node) => Network.Peers.Health(PeerWorld.Id(node));

    public Task StopAsync() => InLifeAsync(async () =>
    {
        await Network.DisposeAsync();
        return true;
    });

    /// <summary>Runs something as code of this node.</summary>
    public Task<T> InLifeAsync<T>(Func<Task<T>> run) => Life.RunAsync(run, whenGone: default!);
}
