using System.Net;
using Microsoft.Extensions.Logging;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>The peers of a node over a transport: links to them, and the server for theirs.</summary>
internal sealed class PeerNetwork : IPeerNetwork
{
    private readonly PeerOptions _options;
    private volatile PeerDirectory _directory;
    private readonly EndPoint _here;
    private readonly IPeerTransport _transport;
    private readonly PeerLinks _links;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private PeerServer? _server;
    private IPeerListener? _listener;

    /// <param name="options">Who this node is, and bounds.</param>
    /// <param name="topology">Who the others are.</param>
    /// <param name="listen">Where to listen, if not where the topology says.</param>
    /// <param name="transport">Carries the bytes.</param>
    /// <param name="time">The clock of deadlines and pauses.</param>
    /// <param name="random">Spreads attempts to connect.</param>
    /// <param name="loggers">Hear of connections made, lost and refused.</param>
    public PeerNetwork(PeerOptions options, Topology topology, Endpoint? listen, IPeerTransport transport, TimeProvider time, Random random, ILoggerFactory loggers)
    {
        (_options, _transport, _time, _loggers) = (options, transport, time, loggers);
        _directory = PeerDirectory.Of(topology);
        _here = listen is { } elsewhere ? PeerDirectory.EndPointOf(elsewhere) : _directory.Members[options.Self];
        _links = new PeerLinks(_options, () => _directory, transport, time, random, loggers.CreateLogger<PeerLinks>());
    }

    /// <inheritdoc/>
    public IPeers Peers => _links;

    /// <inheritdoc/>
    public void Follow(PeerDirectory directory) => _directory = directory;

    /// <inheritdoc/>
    public async ValueTask StartAsync(IPeerHandler handler, CancellationToken cancellationToken)
    {
        _server = new PeerServer(_options, () => _directory, handler, _time, _loggers.CreateLogger<PeerServer>());
        _listener = await _transport.ListenAsync(_server, _here, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        await _links.DisposeAsync();
        _server?.Dispose();
    }
}
