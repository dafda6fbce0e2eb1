using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Benchmarks.Membership;

/// <summary>The membership of one node, on real sockets: everything of a node that takes part in it, and nothing that keeps data.</summary>
internal sealed class LiveMember : IPeerHandler, IAsyncDisposable
{
    private readonly PeerNetwork _network;
    private readonly MembershipLoop _loop;

    public LiveMember(Member member, Topology topology, KeyRing keys, Traffic traffic)
    {
        (Id, Port) = (member.Id, member.PeerEndpoint.Port);
        var loggers = NullLoggerFactory.Instance;
        var transport = new CountedTransport(new TcpTransport(loggers), Port, traffic);
        _network = new PeerNetwork(new PeerOptions { Cluster = topology.ClusterId, Self = Id }, topology, null, transport, TimeProvider.System, new Random(), loggers);
        _loop = new MembershipLoop(
            new MembershipSetup(Id, topology, SwimOptions.Lan, keys, "benchmark", TimeSpan.FromSeconds(1)),
            new MemoryStore(),
            _network.Peers,
            new CountedGossip(new UdpGossip(member.PeerEndpoint, TimeProvider.System, NullLogger.Instance), Port, traffic),
            TimeProvider.System,
            new Random(),
            NullLogger.Instance);
    }

    public NodeId Id { get; }

    public int Port { get; }

    /// <summary>Can be connected to from now on.</summary>
    public ValueTask ListenAsync() => _network.StartAsync(this, CancellationToken.None);

    /// <summary>Looks for the others.</summary>
    public ValueTask JoinAsync() => _loop.StartAsync(CancellationToken.None);

    /// <summary>As a process that is killed: its sockets are closed, and nothing is said.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        await _network.DisposeAsync();
    }

    public MemberState? StateOf(NodeId other) => _loop.VerdictOf(other)?.State;

    public bool Knows(int alive) => _loop.View is { } view && view.Members.Count(member => member.State == MemberState.Alive) == alive;

    public ValueTask<PeerReply> HandleAsync(PeerCall call, CancellationToken cancellationToken) => new(call.Request switch
    {
        PeerRequest.Probe => PeerReply.Here.Instance,
        PeerRequest.ExchangeMembers exchange => _loop.Exchange(call.From, exchange.Table.Span),
        _ => new PeerReply.Failed("There is nothing here but membership."),
    });
}
