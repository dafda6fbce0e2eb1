using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>Something that people, metrics and the rest of the node want to know. Rare. What members are there says <see cref="MembershipSnapshot"/>; who counts events alone counts wrong.</summary>
public abstract record SwimEvent
{
    private SwimEvent()
    {
    }

    /// <summary>A member is there: new, or back from being held dead or gone.</summary>
    public sealed record Joined(NodeId Node, Incarnation Incarnation) : SwimEvent;

    /// <summary>A member does not answer, says another (or this node). This node has just come to think so.</summary>
    public sealed record Suspected(NodeId Node, Incarnation Incarnation, NodeId By) : SwimEvent;

    /// <summary>A suspect said that it is there.</summary>
    public sealed record Refuted(NodeId Node, Incarnation Incarnation) : SwimEvent;

    /// <summary>A member is held dead; by whose verdict.</summary>
    public sealed record Died(NodeId Node, Incarnation Incarnation, NodeId By) : SwimEvent;

    /// <summary>A member said goodbye.</summary>
    public sealed record Left(NodeId Node, Incarnation Incarnation) : SwimEvent;

    /// <summary>A known member published other facts: another address, name, version.</summary>
    public sealed record FactsChanged(NodeId Node, Incarnation Incarnation) : SwimEvent;

    /// <summary>Somebody held this node suspect, dead or gone; it has refuted. Often: it is overloaded, or packets to it get lost.</summary>
    /// <param name="State">What was said.</param>
    /// <param name="By">Who said so; nobody if it was said to have left.</param>
    /// <param name="Incarnation">What it was refuted with. If it is above those reserved on the disk, the disk was put back: reserve more.</param>
    public sealed record Accused(MemberState State, NodeId By, Incarnation Incarnation) : SwimEvent;

    /// <summary>A member answers over TCP and not over UDP: a firewall, or a wrong address. At most once in a minute.</summary>
    public sealed record PacketsLost(NodeId Node) : SwimEvent;

    /// <summary>Packets of another cluster arrive and are refused: somebody's address list is wrong. At most once in 10 s.</summary>
    public sealed record ForeignCluster(ClusterId Ours, ClusterId Theirs, Endpoint From) : SwimEvent;

    /// <summary>Packets arrive that cannot be read, for a reason other than <see cref="ForeignCluster"/>: another key, another release, noise. At most once in 10 s.</summary>
    public sealed record Unreadable(SealVerdict Verdict, Endpoint From) : SwimEvent;

    /// <summary>Packets of somebody who may not be a member (<see cref="Swim.Admit"/>) are refused. At most once in 10 s.</summary>
    public sealed record Stranger(NodeId Node, Endpoint From) : SwimEvent;

    /// <summary>A member speaks of somebody who may not be one, which changes nothing. At most once in 10 s.</summary>
    public sealed record Ghost(NodeId Node) : SwimEvent;

    /// <summary>Two processes say that they are this node: a copied disk. At most once in 10 s. If it is oneself, stop.</summary>
    public sealed record IdentityClash(NodeId Node, ulong Generation, ulong OtherGeneration) : SwimEvent;

    /// <summary>An incarnation was refused because it leaps too far: forged, or a damaged disk. At most once in 10 s.</summary>
    public sealed record Implausible(NodeId Node, Incarnation Known, Incarnation Said) : SwimEvent;

    /// <summary>A member has another epoch of the topology than this node, and not an older one of the same lineage.</summary>
    public sealed record TopologyAhead(NodeId Node, Epoch Epoch) : SwimEvent;
}
