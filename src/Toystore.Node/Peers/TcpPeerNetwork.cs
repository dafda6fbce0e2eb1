using System.Net;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>The peers of a node on TCP.</summary>
internal sealed class TcpPeerNetwork : IPeerNetwork
{
    private readonly PeerOptions _options;
    private readonly PeerDirectory _directory;
    private readonly EndPoint _here;
    private readonly TcpPeers _peers;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private PeerServer? _server;
    private PeerListener? _listener;

    public TcpPeerNetwork(NodeId self, Topology topology, Endpoint? listen, TimeProvider time, Random random, ILoggerFactory loggers)
    {
        _time = time;
        _loggers = loggers;
        _options = new PeerOptions { Cluster = topology.ClusterId, Self = self };
        var members = topology.Members.ToArray().ToDictionary(member => member.Id, member => EndPointOf(member.PeerEndpoint));
        _directory = new PeerDirectory(topology.Epoch, topology.Fingerprint, members);
        _here = listen is { } elsewhere ? EndPointOf(elsewhere) : members[self];
        _peers = new TcpPeers(_options, () => _directory, time, random, loggers.CreateLogger<TcpPeers>());
    }

    /// <inheritdoc/>
    public IPeers Peers => _peers;

    /// <inheritdoc/>
    public async ValueTask StartAsync(IPeerHandler handler, CancellationToken cancellationToken)
    {
        _server = new PeerServer(_options, () => _directory, handler, _time, _loggers.CreateLogger<PeerServer>());
        _listener = await PeerListener.StartAsync(_server, _here, _loggers, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        await _peers.DisposeAsync();
        _server?.Dispose();
    }

    private static EndPoint EndPointOf(Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var address) ? new IPEndPoint(address, endpoint.Port) : new DnsEndPoint(endpoint.Host, endpoint.Port);
}
