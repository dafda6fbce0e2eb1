using Toystore.Core.Placement;
using Toystore.Node.Membership;

namespace Toystore.Benchmarks.Membership;

/// <summary>Real packets, counted.</summary>
internal sealed class CountedGossip(IGossipTransport inner, int port, Traffic traffic) : IGossipTransport
{
    public SynchronizationContext? Home => inner.Home;

    public ValueTask StartAsync(GossipReceiver receiver, CancellationToken cancellationToken) =>
        inner.StartAsync(
            (from, packet) =>
            {
                if (!traffic.IsSilent(port))
                {
                    receiver(from, packet);
                }
            },
            cancellationToken);

    public void Send(Endpoint to, ReadOnlySpan<byte> packet)
    {
        if (!traffic.IsSilent(port))
        {
            traffic.Packet(packet.Length);
            inner.Send(to, packet);
        }
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
