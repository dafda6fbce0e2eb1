using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Toystore.Core;
using Toystore.Node.Agreement;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node;

/// <summary>
/// One Toystore node in this process, on real disks and sockets. Registered by <see cref="ToystoreServiceCollectionExtensions.AddToystore"/>, started and stopped with the host. Before it is started and after it
/// is stopped, its members throw <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class ToystoreNode : IHostedService, IToystore, IClusterView, IClusterKeys, IClusterTopology, INodeHealth, INodeDrain, IAsyncDisposable
{
    /// <summary>The meter of what a node measures; its tags are <c>toystore.cluster.id</c> and <c>toystore.node.id</c>. Listen to it with OpenTelemetry's <c>AddMeter</c>, or <c>dotnet-counters</c>.</summary>
    public const string MeterName = "Toystore";

    private static readonly TimeSpan FoundingTimeout = TimeSpan.FromSeconds(1);

    private readonly ToystoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private ClusterNode? _node;
    private Meter? _meter;
    private volatile bool _isDraining;

    /// <summary>A node that is not started yet.</summary>
    /// <exception cref="OptionsValidationException">The options are wrong; the message says all that is, and what would be right.</exception>
    public ToystoreNode(IOptions<ToystoreOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options.Value;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ToystoreNode>();
    }

    /// <inheritdoc/>
    public string? Problem => _node is not { } node ? "The node is not running." : node.Up switch
    {
        { IsCompletedSuccessfully: true } => _isDraining ? "The node is about to be stopped. It serves whoever still asks; ask another one." : null,
        { IsFaulted: true } up => $"The node could not start: {up.Exception!.InnerException!.Message}",
        _ => node.Keeper.Problem ?? "The node is starting.",
    };

    /// <inheritdoc/>
    public bool IsDraining => _isDraining;

    /// <inheritdoc/>
    public CopyCount Copies
    {
        get
        {
            if (_node?.Keeper.Edition is not { Topology: { } topology })
            {
                return default;
            }

            var wanted = topology.Quorums.Copies;
            return new CopyCount(Math.Min(wanted, topology.Members.Length), wanted);
        }
    }

    private ClusterNode Node => _node ?? throw new InvalidOperationException("The Toystore node is not running: it starts and stops with the host.");

    private IClusterView View => Node is { Up.IsCompletedSuccessfully: true, Engine: { } engine } ? engine.View : new WaitingView(Node, Problem ?? "The node is starting.");

    private IClusterKeys Keys => Node is { Up.IsCompletedSuccessfully: true, Engine.Keys: { } keys } ? keys : new WaitingView(Node, Problem ?? "The node is starting.");

    // Before there is a topology nobody is asked.
    private IToystore Store => Node is { Up.IsCompletedSuccessfully: true, Engine: { } engine } ? engine.Store : new WaitingStore(Problem ?? "The node is starting.");

    /// <summary>
    /// Opens the store, takes up the node's name, and takes requests of other nodes. The first time ever, the cluster has to be founded by a majority of its members: until that has happened all requests are
    /// <see cref="ReadOutcome.Unavailable"/>, and <see cref="Problem"/> says who is missing. This waits a second for it, and goes on waiting behind the host's back.
    /// </summary>
    /// <exception cref="OptionsValidationException">The options are wrong.</exception>
    /// <exception cref="StoreException">The store cannot be opened; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var setup = ToystoreSetup.Read(_options, out var problems) ?? throw new OptionsValidationException(nameof(ToystoreOptions), typeof(ToystoreOptions), problems);
        var seed = new Random(BitConverter.ToInt32(RandomNumberGenerator.GetBytes(sizeof(int))));
        var (store, loss) = StoreOpening.Open(_options, setup.Topology.Quorums.ForOwners(setup.Topology.Members.Length).Copies > 1, _time, _logger);
        var peers = new PeerOptions { Cluster = setup.Topology.ClusterId, Self = setup.Self };
        var network = new PeerNetwork(peers, setup.Topology, setup.ListenPeer, new TcpTransport(_loggers), _time, new Random(seed.Next()), _loggers);
        var meter = new Meter(new MeterOptions(MeterName) { Tags = [new("toystore.cluster.id", setup.Topology.ClusterId.ToString()), new("toystore.node.id", setup.Self.ToString())] });
        var node = new ClusterNode(setup, _options, new NodeSeams(store, network, _time, seed, _logger)
        {
            Meter = meter,
            Loss = loss,
            Gossip = new UdpGossip(setup.ListenPeer ?? setup.Ring.Member(setup.Self)!.PeerEndpoint, _time, _loggers.CreateLogger<UdpGossip>()),
        });
        try
        {
            await node.StartAsync(cancellationToken);
            var saying = SayAsync(node);
            await Task.WhenAny(saying, Task.Delay(FoundingTimeout, _time, cancellationToken));
            if (saying.IsCompleted)
            {
                await node.Up;
            }
        }
        catch
        {
            await node.DisposeAsync();
            meter.Dispose();
            throw;
        }

        (_node, _meter) = (node, meter);
    }

    // A node that founds its cluster may come up long after the host.
    private async Task SayAsync(ClusterNode node)
    {
        try
        {
            await node.Up;
            var snapshot = node.Engine!.Snapshot;
            Log.Started(_logger, snapshot.Self, snapshot.ClusterId, snapshot.Ring.Member(snapshot.Self)!.PeerEndpoint, snapshot.Topology);
        }
        catch (OperationCanceledException)
        {
            // it was stopped before
        }
        catch (Exception problem)
        {
            Log.StartsNot(_logger, problem);
        }
    }

    /// <summary>Ends the requests under way, and closes the store, all of it on the disk.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _node, null) is { } node)
        {
            await node.DisposeAsync();
            _meter?.Dispose();
            _isDraining = false;
            Log.Stopped(_logger, node.Self);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default) => Store.GetAsync(key, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default) => Store.PutAsync(key, value, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default) => Store.DeleteAsync(key, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default) => Store.ListAsync(options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default) => View.StatusAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default) => View.RingAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default) => View.RepairAsync(slot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default) => View.RepairNowAsync(slot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default) => View.HintsAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default) => View.PlacementAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopologyReport> TopologyAsync(CancellationToken cancellationToken = default) => Node.Desk.TopologyAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopologyHistory> TopologyHistoryAsync(CancellationToken cancellationToken = default) => Node.Desk.TopologyHistoryAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ForceReport> ForceTopologyAsync(ForceOrder order, CancellationToken cancellationToken = default) => Node.Desk.ForceTopologyAsync(order, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default) => Keys.KeysAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default) => Keys.ChangeKeysAsync(change, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DrainReport> DrainReportAsync(CancellationToken cancellationToken = default) =>
        new(new DrainReport(Node.Self.ToString(), _isDraining, Node.Engine?.Underway ?? 0, Node.Engine?.Requests ?? 0));

    /// <inheritdoc/>
    public ValueTask<DrainReport> DrainAsync(CancellationToken cancellationToken = default) => SetDraining(true);

    /// <inheritdoc/>
    public ValueTask<DrainReport> ResumeAsync(CancellationToken cancellationToken = default) => SetDraining(false);

    private ValueTask<DrainReport> SetDraining(bool isDraining)
    {
        if (_isDraining != isDraining)
        {
            _isDraining = isDraining;
            Log.Drains(_logger, Node.Self, isDraining ? "asks its clients to go elsewhere" : "is ready for clients again");
        }

        return DrainReportAsync();
    }
}
