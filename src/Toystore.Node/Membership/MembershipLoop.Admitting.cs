using System.Buffers.Binary;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Node.Membership;

/// <summary>Who may be a member: those whom the topology knows.</summary>
internal sealed partial class MembershipLoop
{
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromSeconds(10);

    // Whoever has the key could become a member of Swim's; here the topology decides. What cannot be opened is for Swim to complain about.
    private bool IsOfMember(Swim swim, Endpoint from, ReadOnlySpan<byte> packet)
    {
        if (swim.Seal.Open(packet, _room, out var body, out _) != SealVerdict.Opened || body.Length < sizeof(ulong))
        {
            return true;
        }

        var sender = new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(body));
        if (_endpoints.ContainsKey(sender))
        {
            return true;
        }

        _tally.Strangers++;
        if (Now >= _complainsFrom)
        {
            _complainsFrom = Now + BetweenComplaints;
            _logger.UnknownMember(from, sender);
        }

        return false;
    }

    // A member may speak of somebody whom the topology does not know: no verdict comes of that, and no more than a life that ends with the first suspicion.
    private void ForgetGhosts(Swim swim)
    {
        foreach (var ghost in swim.View.Members.Where(member => !_endpoints.ContainsKey(member.Node)))
        {
            if (ghost.State is MemberState.Dead or MemberState.Left)
            {
                swim.Forget(ghost.Node);
            }

            if (Now >= _complainsFrom)
            {
                _complainsFrom = Now + BetweenComplaints;
                _logger.Ghost(ghost.Node);
            }
        }
    }
}
