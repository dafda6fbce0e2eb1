using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Toystore.Core;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node;

/// <summary>
/// One Toystore node in this process, on real disks and sockets. Registered by <see cref="ToystoreServiceCollectionExtensions.AddToystore"/>, started and stopped with the host. Before it is started and after it
/// is stopped, its members throw <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class ToystoreNode : IHostedService, IToystore, IClusterView, IClusterKeys, INodeHealth, INodeDrain, IAsyncDisposable
{
    /// <summary>The meter of what a node measures; its tags are <c>toystore.cluster.id</c> and <c>toystore.node.id</c>. Listen to it with OpenTelemetry's <c>AddMeter</c>, or <c>dotnet-counters</c>.</summary>
    public const string MeterName = "Toystore";

    private readonly ToystoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private NodeEngine? _engine;
    private Meter? _meter;
    private CopyCount _copies;
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
    public string? Problem => _engine is null ? "The node is not running." : _isDraining ? "The node is about to be stopped. It serves whoever still asks; ask another one." : null;

    /// <inheritdoc/>
    public bool IsDraining => _isDraining;

    /// <inheritdoc/>
    public CopyCount Copies => _copies;

    private NodeEngine Engine => _engine ?? throw new InvalidOperationException("The Toystore node is not running: it starts and stops with the host.");

    /// <summary>Opens the store, takes up the node's name, and takes requests of other nodes.</summary>
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
        var engine = new NodeEngine(setup, _options, new NodeSeams(store, network, _time, seed, _logger)
        {
            Meter = meter,
            Loss = loss,
            Gossip = new UdpGossip(setup.ListenPeer ?? setup.Ring.Member(setup.Self)!.PeerEndpoint, _time, _loggers.CreateLogger<UdpGossip>()),
        });
        try
        {
            await engine.StartAsync(cancellationToken);
        }
        catch
        {
            await engine.DisposeAsync();
            meter.Dispose();
            throw;
        }

        var wanted = setup.Topology.Quorums.Copies;
        _copies = new CopyCount(Math.Min(wanted, setup.Topology.Members.Length), wanted);
        (_engine, _meter) = (engine, meter);
        Log.Started(_logger, setup.Self, setup.Topology.ClusterId, engine.Snapshot.Ring.Member(setup.Self)!.PeerEndpoint, setup.Topology);
    }

    /// <summary>Ends the requests under way, and closes the store, all of it on the disk.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _engine, null) is { } engine)
        {
            await engine.DisposeAsync();
            _meter?.Dispose();
            _isDraining = false;
            Log.Stopped(_logger, engine.Snapshot.Self);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default) => Engine.Store.GetAsync(key, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default) => Engine.Store.PutAsync(key, value, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default) => Engine.Store.DeleteAsync(key, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default) => Engine.Store.ListAsync(options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default) => Engine.View.StatusAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default) => Engine.View.RingAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default) => Engine.View.RepairAsync(slot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default) => Engine.View.RepairNowAsync(slot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default) => Engine.View.HintsAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default) => Engine.View.PlacementAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default) => Engine.Keys!.KeysAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default) => Engine.Keys!.ChangeKeysAsync(change, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DrainReport> DrainReportAsync(CancellationToken cancellationToken = default) =>
        new(new DrainReport(Engine.Snapshot.Self.ToString(), _isDraining, Engine.Underway, Engine.Requests));

    /// <inheritdoc/>
    public ValueTask<DrainReport> DrainAsync(CancellationToken cancellationToken = default) => SetDraining(true);

    /// <inheritdoc/>
    public ValueTask<DrainReport> ResumeAsync(CancellationToken cancellationToken = default) => SetDraining(false);

    private ValueTask<DrainReport> SetDraining(bool isDraining)
    {
        if (_isDraining != isDraining)
        {
            _isDraining = isDraining;
            Log.Drains(_logger, Engine.Snapshot.Self, isDraining ? "asks its clients to go elsewhere" : "is ready for clients again");
        }

        return DrainReportAsync();
    }
}
