using System.Net;
using System.Net.Sockets;

namespace Toystore.Node.Peers;

/// <summary>What carries bytes between nodes. One of the seams to the outside world: TCP in production (<see cref="TcpTransport"/>), wires that a seed decides about in the simulator.</summary>
internal interface IPeerTransport
{
    /// <summary>Where loops run that outlive the request that started them, and where callers go on whose answer never came: null is the thread pool, anything else is one thread's world that nothing may leave.</summary>
    SynchronizationContext? Home { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nothing listens there (<see cref="SocketError.ConnectionRefused"/>), or there is no way.</exception>
    /// <exception cref="IOException">There is no way.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    ValueTask<PeerWire> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken);

    /// <summary>
    /// Begins to hand the connections made to an address to <see cref="PeerServer.ServeAsync"/>; when that has ended, the connection is closed, and what was written before still goes out.
    /// </summary>
    /// <exception cref="SocketException">The address is not this machine's.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    ValueTask<IPeerListener> ListenAsync(PeerServer server, EndPoint endpoint, CancellationToken cancellationToken);
}

/// <summary>An address where peers are served. Disposing of it stops the server, ends all connections, and waits at most 5 s for those who serve them.</summary>
internal interface IPeerListener : IAsyncDisposable
{
    /// <summary>Where it listens; the first address, if the name had several.</summary>
    IPEndPoint Endpoint { get; }
}
