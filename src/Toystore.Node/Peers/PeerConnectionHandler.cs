using Microsoft.AspNetCore.Connections;

namespace Toystore.Node.Peers;

/// <summary>Gives <see cref="PeerServer"/> the connections that Kestrel accepts on a port.</summary>
internal sealed class PeerConnectionHandler(PeerServer server) : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) => server.ServeAsync(connection);
}
