using System.Net;
using Toystore.Node.Peers;

namespace Toystore.Benchmarks.Membership;

/// <summary>Real connections, counted where they are made. To or from a silent member none can be made, and those that there are carry no more requests.</summary>
internal sealed class CountedTransport(IPeerTransport inner, int port, Traffic traffic) : IPeerTransport
{
    public SynchronizationContext? Home => inner.Home;

    public async ValueTask<PeerWire> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var there = ((IPEndPoint)endpoint).Port;
        if (traffic.IsSilent(port) || traffic.IsSilent(there))
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return new CountedWire(await inner.ConnectAsync(endpoint, cancellationToken), () => traffic.IsSilent(port) || traffic.IsSilent(there), traffic);
    }

    public ValueTask<IPeerListener> ListenAsync(PeerServer server, EndPoint endpoint, CancellationToken cancellationToken) => inner.ListenAsync(server, endpoint, cancellationToken);
}
