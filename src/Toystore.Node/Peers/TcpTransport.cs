using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Toystore.Node.Peers;

/// <summary>Peers on TCP: sockets to connect, Kestrel's connections to be connected to.</summary>
internal sealed class TcpTransport(ILoggerFactory loggers) : IPeerTransport
{
    /// <inheritdoc/>
    public SynchronizationContext? Home => null;

    /// <inheritdoc/>
    public async ValueTask<PeerWire> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = endpoint is IPEndPoint ip ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new SocketWire(socket, endpoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IPeerListener> ListenAsync(PeerServer server, EndPoint endpoint, CancellationToken cancellationToken) =>
        await KestrelListener.StartAsync(server, endpoint, loggers, cancellationToken);
}
