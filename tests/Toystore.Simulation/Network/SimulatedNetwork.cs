using System.Net;
using Toystore.Core;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Traces;

namespace Toystore.Simulation.Network;

/// <summary>
/// All machines of a world and the wires between them. Production links, sessions and frames run on top (<see cref="SimulatedTransport"/>); below are connections as TCP has them - bytes in order, buffers that fill
/// up, resets that may get lost - and what no TCP does but a peer might: frames that never come, come twice, or out of order.
/// </summary>
internal sealed class SimulatedNetwork(EventLoop loop, Trace trace, Chance chance)
{
    private readonly List<Machine> _machines = [];
    private readonly Dictionary<NodeId, Machine> _byNode = [];
    private readonly Dictionary<EndPoint, Machine> _byAddress = [];
    private readonly Dictionary<(NodeId From, NodeId To), Wire> _wires = [];
    private readonly List<Wire> _inOrder = [];
    private int _connections;

    public EventLoop Loop => loop;

    public Trace Trace => trace;

    /// <summary>Hears of all that is handed to a wire at once: its name, how many frames, how many bytes.</summary>
    public Action<string, int, int>? Sent { get; set; }

    /// <summary>Frames that others have overtaken, or that come a second time, and that are still to come.</summary>
    public int Stragglers { get; set; }

    /// <summary>Every wire, always in the same order.</summary>
    public IReadOnlyList<Wire> Wires => _inOrder;

    /// <summary>Decides how connections of processes end that are killed.</summary>
    public Chance Ends { get; } = chance.Fork("ends");

    /// <summary>The way from one node to another.</summary>
    public Wire this[NodeId from, NodeId to] => _wires[(from, to)];

    /// <summary>Puts a machine into the world, where others find it at an address (<see cref="Toystore.Node.Peers.PeerDirectory.EndPointOf"/>). Nothing runs on it yet.</summary>
    public void Add(NodeId node, EndPoint address)
    {
        var machine = new Machine(node);
        foreach (var other in _machines)
        {
            Lay(node, other.Node);
            Lay(other.Node, node);
        }

        _machines.Add(machine);
        _byNode.Add(node, machine);
        _byAddress.Add(address, machine);
    }

    /// <summary>The network as a new process on a machine has it. The machine has power again, if it had none.</summary>
    public SimulatedTransport Join(NodeId node, Life life)
    {
        var machine = _byNode[node];
        Invariant.Require(machine.Transport is not { Life.IsOver: false }, "a machine runs one process at a time");
        machine.Transport = new SimulatedTransport(this, node, life);
        machine.IsDark = false;
        var flows = machine.HeldUp.ToArray();
        machine.HeldUp.Clear();
        foreach (var flow in flows)
        {
            flow.Resume();
        }

        return machine.Transport;
    }

    /// <summary>Resets all connections between two nodes, which both notice at once.</summary>
    public void Break(NodeId one, NodeId other)
    {
        trace.Note(this[one, other].Name, "all connections break");
        foreach (var end in Between(one, other).Concat(Between(other, one)).ToArray())
        {
            end.Break();
            end.Other.Break();
        }
    }

    /// <summary>Everything that is wrong with the wires is over.</summary>
    public void Calm()
    {
        foreach (var wire in _inOrder)
        {
            wire.Calm();
        }
    }

    /// <summary>True of a machine without power.</summary>
    public bool IsDark(NodeId node) => _byNode[node].IsDark;

    /// <summary>Has a flow go on when a machine has power again.</summary>
    public void HoldUp(NodeId node, Flow flow) => _byNode[node].HeldUp.Add(flow);

    /// <summary>A machine loses its power.</summary>
    public void Darken(NodeId node) => _byNode[node].IsDark = true;

    /// <summary>Who is at an address; null if nobody ever is.</summary>
    public NodeId? NodeAt(EndPoint address) => _byAddress.TryGetValue(address, out var machine) ? machine.Node : null;

    /// <summary>What listens on a machine.</summary>
    public SimulatedListener? ListenerOf(NodeId node) => _byNode[node].Transport is { Life.IsOver: false } transport ? transport.Listener : null;

    /// <summary>The datagrams to a machine are this one's from now on.</summary>
    public void Listen(NodeId node, SimulatedGossip gossip) => _byNode[node].Gossip = gossip;

    /// <summary>What takes the datagrams to a machine; null if nothing does.</summary>
    public SimulatedGossip? GossipOf(NodeId node) => _byNode[node] is { IsDark: false, Gossip: { } gossip } ? gossip : null;

    /// <summary>A new connection, of which both ends are there.</summary>
    public (ConnectionEnd Client, ConnectionEnd Server) Pair(SimulatedTransport client, SimulatedTransport server)
    {
        var number = ++_connections;
        var (one, other) = (new ConnectionEnd(this, client.Life, server.Node), new ConnectionEnd(this, server.Life, client.Node));
        var (there, back) = (this[client.Node, server.Node], this[server.Node, client.Node]);
        (one.Other, other.Other) = (other, one);
        one.Out = new Flow(this, there, back, number, one, other);
        other.Out = new Flow(this, back, there, number, other, one);
        client.Keep(one);
        server.Keep(other);
        trace.Note(there.Name, $"#{number} accepted");
        return (one, other);
    }

    private IEnumerable<ConnectionEnd> Between(NodeId node, NodeId peer) => _byNode[node].Transport?.Ends.Where(end => end.Peer == peer) ?? [];

    private void Lay(NodeId from, NodeId to)
    {
        var wire = new Wire(this, from, to, Chance.For(chance.NextUInt64(), $"{from}>{to}"));
        _wires.Add((from, to), wire);
        _inOrder.Add(wire);
    }

    private sealed class Machine(NodeId node)
    {
        public NodeId Node => node;

        public SimulatedTransport? Transport { get; set; }

        /// <summary>That of the last life that had one. What is sent to a life that is over goes nowhere.</summary>
        public SimulatedGossip? Gossip { get; set; }

        public bool IsDark { get; set; }

        public List<Flow> HeldUp { get; } = [];
    }
}
