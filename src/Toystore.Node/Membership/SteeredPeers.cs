using System.Collections.Concurrent;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node.Peers;

namespace Toystore.Node.Membership;

/// <summary>
/// The other nodes, with what membership holds of them beside what their links have seen. The later of the two counts: a verdict speaks until the link has had an answer after it, and what the link has met since then speaks for
/// itself. A suspect is asked last; one that is held dead, or has said goodbye, counts as one that refuses connections, and is asked for nothing: so it costs nobody a time-out. Membership itself goes on asking it, over the same
/// link, and its first answer brings it back.
/// </summary>
/// <param name="links">The links.</param>
/// <param name="verdicts">What membership holds of a node; null if it knows nothing.</param>
internal sealed class SteeredPeers(IPeers links, Func<NodeId, Verdict?> verdicts) : IPeers
{
    private readonly ConcurrentDictionary<NodeId, long> _withheld = new();

    /// <inheritdoc/>
    public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        if (request is not PeerRequest.HowAreYou && Standing(to) is { State: MemberState.Dead or MemberState.Left, Problem: { } problem })
        {
            _withheld.AddOrUpdate(to, 1, static (_, before) => before + 1);
            return new(new PeerReply.Unreachable(problem));
        }

        return links.CallAsync(to, epoch, request, deadline, cancellationToken);
    }

    /// <inheritdoc/>
    public PeerEvidence Evidence(NodeId node) => links.Evidence(node) with { Withheld = _withheld.GetValueOrDefault(node) };

    /// <inheritdoc/>
    public PeerHealth Health(NodeId node)
    {
        var health = links.Health(node);
        if (Standing(node, health) is not { } verdict)
        {
            return health;
        }

        var state = verdict.State == MemberState.Suspect ? PeerState.Suspect : PeerState.Refusing;
        return health with { State = health.State > state ? health.State : state, Problem = health.Problem ?? verdict.Problem };
    }

    /// <inheritdoc/>
    public void HeardFrom(NodeId node) => links.HeardFrom(node);

    // Null if there is nothing against the node.
    private Verdict? Standing(NodeId node) => verdicts(node) is { State: not MemberState.Alive } ? Standing(node, links.Health(node)) : null;

    private Verdict? Standing(NodeId node, in PeerHealth health) => verdicts(node) is { State: not MemberState.Alive } verdict && health.LastAnswer <= verdict.Since ? verdict : null;
}
