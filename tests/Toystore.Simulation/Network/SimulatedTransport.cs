using System.Net;
using System.Net.Sockets;
using Toystore.Core;
using Toystore.Node.Peers;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Network;

/// <summary>The network as one life has it. When that is over nothing of it listens any more, and its connections end as the machine sees fit, or nobody hears of it.</summary>
internal sealed class SimulatedTransport : IPeerTransport
{
    private readonly SimulatedNetwork _network;
    private readonly List<ConnectionEnd> _ends = [];

    public SimulatedTransport(SimulatedNetwork network, NodeId node, Life life)
    {
        (_network, Node, Life) = (network, node, life);
        life.Ended += End;
    }

    public NodeId Node { get; }

    public Life Life { get; }

    /// <summary>Set before the life ends: the machine loses its power, so that nobody is told, nothing answers, and connecting takes as long as one likes, until a new process joins.</summary>
    public bool LosesPower { get; set; }

    /// <summary>What listens here.</summary>
    public SimulatedListener? Listener { get; private set; }

    /// <summary>Its ends of connections.</summary>
    public IReadOnlyList<ConnectionEnd> Ends => _ends;

    public SynchronizationContext? Home => Life;

    public ValueTask<PeerWire> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PeerWire>(cancellationToken);
        }

        return _network.NodeAt(endpoint) is { } node && node != Node
            ? new Attempt(_network, this, node).RunAsync(cancellationToken)
            : ValueTask.FromException<PeerWire>(new SocketException((int)SocketError.HostNotFound));
    }

    public ValueTask<IPeerListener> ListenAsync(PeerServer server, EndPoint endpoint, CancellationToken cancellationToken)
    {
        if (_network.NodeAt(endpoint) != Node)
        {
            return ValueTask.FromException<IPeerListener>(new SocketException((int)SocketError.AddressNotAvailable));
        }

        if (Listener is not null)
        {
            return ValueTask.FromException<IPeerListener>(new IOException($"{endpoint} is taken."));
        }

        Listener = new SimulatedListener(this, server, endpoint as IPEndPoint ?? new IPEndPoint(IPAddress.Loopback, ((DnsEndPoint)endpoint).Port));
        return new(Listener);
    }

    /// <summary>Nothing listens any more.</summary>
    public void StopListening() => Listener = null;

    /// <summary>A new connection is this life's.</summary>
    public void Keep(ConnectionEnd end)
    {
        _ends.RemoveAll(static kept => kept.IsGone);
        _ends.Add(end);
    }

    private void End()
    {
        Listener = null;
        if (LosesPower)
        {
            _network.Darken(Node);
        }

        foreach (var end in _ends)
        {
            // A process that had not read everything leaves a reset behind, as TCP wants it.
            end.Die(tells: !LosesPower, resets: end.Arrivals.HasUnread || _network.Ends.Hits(0.5));
        }

        _ends.Clear();
    }
}
