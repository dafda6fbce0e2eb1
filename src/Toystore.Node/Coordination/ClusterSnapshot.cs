using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Coordination;

/// <summary>The cluster under one topology, as this node sees it: immutable.</summary>
internal sealed record ClusterSnapshot(NodeId Self, Topology Topology, Ring Ring)
{
    /// <summary>The topology's number.</summary>
    public Epoch Epoch => Topology.Epoch;

    /// <summary>Which cluster.</summary>
    public ClusterId ClusterId => Topology.ClusterId;

    /// <summary>This node's position among a slot's owners; -1 if it is none.</summary>
    public int PositionOfSelf(Slot slot) => Ring.Owners(slot).IndexOf(Self);
}
