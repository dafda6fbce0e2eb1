using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Membership;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Network;

/// <summary>
/// Datagrams as one life has them. Each goes its own way: it may be lost, come twice, and be overtaken, as the wire has it. Unlike what connections carry, it does not wait for a cut to be over, nor for a process to start.
/// </summary>
internal sealed class SimulatedGossip(SimulatedNetwork network, NodeId node, Endpoint here, Life life) : IGossipTransport
{
    /// <summary>The longest that gets through every usual network whole. One that is longer is a bug of the sender's.</summary>
    public const int BytesMax = 1400;

    private GossipReceiver? _receiver;

    public SynchronizationContext? Home => life;

    public ValueTask StartAsync(GossipReceiver receiver, CancellationToken cancellationToken)
    {
        _receiver = receiver;
        network.Listen(node, this);
        return ValueTask.CompletedTask;
    }

    public void Send(Endpoint to, ReadOnlySpan<byte> packet)
    {
        Invariant.Require(packet.Length <= BytesMax, "a datagram fits a packet of any network");
        if (network.NodeAt(Toystore.Node.Peers.PeerDirectory.EndPointOf(to)) is not { } other || other == node)
        {
            return;
        }

        var wire = network[node, other];
        if (wire.IsCut || wire.Happens(wire.Loss))
        {
            return;
        }

        var bytes = packet.ToArray();
        if (wire.Happens(wire.Duplication))
        {
            Pass(wire, bytes, wire.Lag());
        }

        Pass(wire, bytes, wire.Happens(wire.Reordering) ? wire.Lag() : wire.Delay());
    }

    public ValueTask DisposeAsync()
    {
        _receiver = null;
        return ValueTask.CompletedTask;
    }

    private void Pass(Wire wire, byte[] bytes, TimeSpan delay)
    {
        // Nobody listens there now: it takes no longer to find out than for a process to start.
        if (network.GossipOf(wire.To) is not { } other)
        {
            return;
        }

        network.Loop.After(delay, other.Life, () =>
        {
            if (!wire.IsCut)
            {
                other._receiver?.Invoke(here, bytes);
            }
        });
    }

    private Life Life => life;
}
