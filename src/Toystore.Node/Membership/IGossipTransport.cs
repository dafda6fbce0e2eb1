using Toystore.Core.Placement;

namespace Toystore.Node.Membership;

/// <summary>Takes a packet that has come. Quick, and never throws: what it does not want it drops.</summary>
internal delegate void GossipReceiver(Endpoint from, ReadOnlySpan<byte> packet);

/// <summary>What carries the packets of membership. One of the seams to the outside world: UDP in production (<see cref="UdpGossip"/>), wires that a seed decides about in the simulator. Packets may get lost, come twice, or overtake one another.</summary>
internal interface IGossipTransport : IAsyncDisposable
{
    /// <summary>Where loops run that belong to nobody's request; as <see cref="Peers.IPeerTransport.Home"/>.</summary>
    SynchronizationContext? Home { get; }

    /// <summary>Begins to hand over what comes, one packet at a time. What comes faster than it is taken waits in a queue with a bound, and beyond that is lost.</summary>
    /// <exception cref="IOException">The address cannot be had; the message says which and what would help.</exception>
    ValueTask StartAsync(GossipReceiver receiver, CancellationToken cancellationToken);

    /// <summary>Sends a packet, or drops it: never waits and never throws. The bytes are the caller's again afterwards.</summary>
    void Send(Endpoint to, ReadOnlySpan<byte> packet);
}
