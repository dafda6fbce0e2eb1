using Toystore.Core;
using Toystore.Node.Agreement;

namespace Toystore.Node;

/// <summary>
/// One process of a node: the topology's register from the first moment on, and the engine as soon as there is a topology to go by. Start it once, stop it once; with it its seams end.
/// </summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    private readonly ToystoreSetup _setup;
    private readonly ToystoreOptions _options;
    private readonly NodeSeams _seams;
    private readonly NodeGate _gate;
    private readonly long _started;
    private readonly CancellationTokenSource _stopping = new();
    private volatile NodeEngine? _engine;
    private Task _up = Task.CompletedTask;

    public ClusterNode(ToystoreSetup setup, ToystoreOptions options, NodeSeams seams)
    {
        (_setup, _options, _seams) = (setup, options, seams);
        Keeper = new TopologyKeeper(setup, seams.Store, seams.Network, seams.Topology, seams.Loss, new NodeRandom(new Random(seams.Random.Next())), seams.Time, seams.Log);
        _gate = new NodeGate(seams.Network, Keeper, WaitingStatus);
        _started = seams.Time.GetTimestamp();
    }

    /// <summary>Which node this is.</summary>
    public NodeId Self => _setup.Self;

    /// <summary>How it was set up: the seeds, and what they are to found.</summary>
    public ToystoreSetup Setup => _setup;

    /// <summary>The topology, and its register.</summary>
    public TopologyKeeper Keeper { get; }

    /// <summary>The topology, to operators.</summary>
    public IClusterTopology Desk => new TopologyDesk(Keeper, _setup);

    /// <summary>The engine; null before there is a topology.</summary>
    public NodeEngine? Engine => _engine;

    /// <summary>Ends when the engine takes requests. Fails if it cannot start; cancelled if the node is stopped before.</summary>
    public Task Up => _up;

    /// <summary>Listens for the other nodes, and begins to look for a topology.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _gate.OpenAsync(cancellationToken);
        Keeper.Start();
        _up = RunAsync();
    }

    /// <summary>Ends the requests under way, and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await Keeper.DisposeAsync();
        try
        {
            await _up;
        }
        catch (Exception)
        {
            // whoever waits for it has heard
        }

        if (_engine is { } engine)
        {
            await engine.DisposeAsync();
        }
        else
        {
            await _gate.DisposeAsync();
            await _seams.Store.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await Keeper.First;
        var topology = Keeper.Edition!.Topology;
        var setup = topology == _setup.Topology ? _setup : _setup with { Topology = topology, Ring = new(topology) };
        var engine = _engine = new NodeEngine(setup, _options, _seams with { Network = _gate });
        engine.Introductions.FoundOlder = Keeper.DoubtAsync;
        Keeper.Changed += engine.Follow;
        engine.Follow(Keeper.Edition!.Topology);
        if (engine.Membership is { } membership)
        {
            membership.TopologyAhead = Keeper.HeardOf;
        }

        _ = VoteAsync(engine);
        await engine.StartAsync(_stopping.Token);
    }

    // What it could say of its requests it has not done any of.
    private NodeStatus WaitingStatus()
    {
        var (process, state) = (_seams.Process(), _seams.Store.State);
        return new NodeStatus(
            NodeEngine.Version,
            process.Id,
            _seams.Time.GetElapsedTime(_started).TotalSeconds,
            process.CpuSeconds,
            process.WorkingSetBytes,
            process.AllocatedBytes,
            0, 0, 0, 0, 0, 0,
            state.BytesUsed,
            state.BytesFree,
            _options.Durability == WriteDurability.Fsync ? "fsync" : "os",
            state.Problem ?? Keeper.Problem ?? "The node is starting.");
    }

    // What it promised on a disk that has gone back since is forgotten, and only others can know.
    private async Task VoteAsync(NodeEngine engine)
    {
        await engine.Introductions.Greeted;
        Keeper.Acceptor.MayVote = true;
    }
}
