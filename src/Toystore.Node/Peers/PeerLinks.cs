using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>The other nodes, each over a link of its own. Connects to a node when it is first called, and keeps at it from then on.</summary>
/// <param name="options">Who this node is, and bounds.</param>
/// <param name="directory">Who the others are now; asked anew for each connection.</param>
/// <param name="transport">Connects with them.</param>
/// <param name="time">The clock of deadlines and pauses.</param>
/// <param name="random">Spreads attempts to connect. Used only under a lock.</param>
/// <param name="logger">Hears of connections made and lost.</param>
internal sealed class PeerLinks(PeerOptions options, Func<PeerDirectory> directory, IPeerTransport transport, TimeProvider time, Random random, ILogger logger) : IPeers, IAsyncDisposable
{
    private readonly Lock _gate = new(); // guards the replacement of the links
    private Dictionary<NodeId, PeerLink> _links = [];
    private bool _disposed;

    /// <inheritdoc/>
    public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new(new PeerReply.Lost("Cancelled."));
        }

        return Volatile.Read(ref _links).TryGetValue(to, out var link) || TryAdd(to, out link!)
            ? link.CallAsync(epoch, request, deadline, cancellationToken)
            : new(new PeerReply.Unreachable(_disposed ? "This node is stopping." : to == options.Self ? $"{to} is this node." : $"{to} is no member of the cluster."));
    }

    /// <inheritdoc/>
    public PeerHealth Health(NodeId node) => Volatile.Read(ref _links).TryGetValue(node, out var link) ? link.Health : default;

    /// <inheritdoc/>
    public PeerEvidence Evidence(NodeId node) => Volatile.Read(ref _links).TryGetValue(node, out var link) ? link.Evidence : default;

    /// <inheritdoc/>
    public void HeardFrom(NodeId node)
    {
        if (Volatile.Read(ref _links).TryGetValue(node, out var link))
        {
            link.Retry();
        }
    }

    /// <summary>Ends every connection; requests that wait are answered with <see cref="PeerReply.Lost"/> or <see cref="PeerReply.Unreachable"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        Dictionary<NodeId, PeerLink> links;
        lock (_gate)
        {
            _disposed = true;
            links = _links;
            _links = [];
        }

        foreach (var link in links.Values)
        {
            await link.DisposeAsync();
        }
    }

    private bool TryAdd(NodeId node, out PeerLink link)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(node, out link!))
            {
                return true;
            }

            if (_disposed || node == options.Self || !directory().Members.ContainsKey(node))
            {
                return false;
            }

            link = new PeerLink(node, options, directory, transport, time, new Random(random.Next()), logger);
            _links = new Dictionary<NodeId, PeerLink>(_links) { [node] = link };
            return true;
        }
    }
}
