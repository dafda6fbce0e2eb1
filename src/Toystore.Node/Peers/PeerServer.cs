using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Toystore.Core;

namespace Toystore.Node.Peers;

/// <summary>Answers the requests of other nodes, on whatever connections it is handed.</summary>
/// <param name="options">Who this node is, and bounds.</param>
/// <param name="directory">Who the others are now; asked anew for each connection.</param>
/// <param name="handler">Does what they ask.</param>
/// <param name="time">The clock of deadlines.</param>
/// <param name="logger">Hears of connections that come and go, and why they are refused.</param>
internal sealed class PeerServer(PeerOptions options, Func<PeerDirectory> directory, IPeerHandler handler, TimeProvider time, ILogger logger) : IDisposable
{
    private const int RememberedMax = 256;

    private readonly ConcurrentDictionary<(NodeId, ulong), PeerSession> _bulk = new();
    private readonly ConcurrentDictionary<(NodeId Node, string Problem), bool> _refusals = new();
    private readonly CancellationTokenSource _stopping = new();

    public PeerOptions Options => options;

    public Func<PeerDirectory> Directory => directory;

    public IPeerHandler Handler => handler;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    /// <summary>Cancelled when all connections are to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Serves one connection until it ends.</summary>
    public Task ServeAsync(PeerWire wire) => new PeerSession(this, wire).RunAsync();

    /// <summary>Ends all connections.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    /// <summary>The bulk lane that belongs with a data lane; null if there is none.</summary>
    public PeerSession? BulkOf(NodeId node, ulong session) => _bulk.TryGetValue((node, session), out var bulk) ? bulk : null;

    public void Join(NodeId node, ulong session, PeerSession bulk) => _bulk[(node, session)] = bulk;

    public void Leave(NodeId node, ulong session, PeerSession bulk) => _bulk.TryRemove(new KeyValuePair<(NodeId, ulong), PeerSession>((node, session), bulk));

    /// <summary>Says why somebody was refused: loudly once, then quietly, since the other side tries again every second.</summary>
    public void Refused(NodeId node, string remote, string problem)
    {
        if (_refusals.Count >= RememberedMax)
        {
            _refusals.Clear();
        }

        if (_refusals.TryAdd((node, problem), true))
        {
            logger.Refused(remote, problem);
        }
        else
        {
            logger.RefusedAgain(remote, problem);
        }
    }
}
