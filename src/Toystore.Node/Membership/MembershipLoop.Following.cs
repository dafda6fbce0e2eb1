using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Membership;

// The topology that it goes by, and those that others show.
internal sealed partial class MembershipLoop
{
    /// <summary>Called when a member's packets show a topology that this node has not.</summary>
    public Action<NodeId, Epoch> TopologyAhead { get; set; } = static (_, _) => { };

    /// <summary>Which topology this node's packets show from now on.</summary>
    public void Follow(Epoch topology)
    {
        lock (_gate)
        {
            _topology = topology;
            if (_swim is { } swim)
            {
                swim.Topology = topology;
            }
        }
    }
}
