using System.Net;
using Toystore.Node.Peers;

namespace Toystore.Simulation.Network;

/// <summary>Hands the connections made to a life to its server.</summary>
internal sealed class SimulatedListener(SimulatedTransport transport, PeerServer server, IPEndPoint endpoint) : IPeerListener
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly List<(ConnectionEnd End, Task Served)> _served = [];

    public IPEndPoint Endpoint => endpoint;

    /// <summary>A connection is made. Gives the end of the one who made it; this one's is served in its own life.</summary>
    public ConnectionEnd Accept(SimulatedNetwork network, SimulatedTransport client)
    {
        var (theirs, ours) = network.Pair(client, transport);
        network.Loop.Post(transport.Life, _ => Serve(ours), null);
        return theirs;
    }

    public async ValueTask DisposeAsync()
    {
        transport.StopListening();
        server.Stop();
        using var patience = new CancellationTokenSource();
        var timeout = Task.Delay(StopTimeout, server.Time, patience.Token);
        await Task.WhenAny(Task.WhenAll(_served.Select(connection => connection.Served)), timeout);
        patience.Cancel();
        foreach (var (end, _) in _served)
        {
            end.Abort();
        }
    }

    private void Serve(ConnectionEnd end)
    {
        if (transport.Listener != this)
        {
            end.Abort();
            return;
        }

        _served.RemoveAll(static connection => connection.Served.IsCompleted);
        _served.Add((end, ServeAsync(end)));
    }

    private async Task ServeAsync(ConnectionEnd end)
    {
        await server.ServeAsync(end);
        end.Dispose();
    }
}
