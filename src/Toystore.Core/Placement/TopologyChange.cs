namespace Toystore.Core.Placement;

/// <summary>One thing that an operator, or a node, wants of the topology. Each knows whether it is in a document already, so that it can be tried again (<see cref="Topology.Change"/>).</summary>
public abstract record TopologyChange
{
    private TopologyChange()
    {
    }

    /// <summary>A node becomes a member and gets its share. It is in already if a member has its id and its peer address, whatever else has changed of it since.</summary>
    public sealed record Join(Member Member) : TopologyChange;

    /// <summary>A member goes in peace: the others take over its slots, and when it has nothing left that anybody needs it drops out.</summary>
    public sealed record Leave(NodeId Node) : TopologyChange;

    /// <summary>A member that is leaving stays after all: what it has not given away it keeps.</summary>
    public sealed record Stay(NodeId Node) : TopologyChange;

    /// <summary>A member is given up: its copies are lost disks, and the others restore as many.</summary>
    public sealed record Remove(NodeId Node) : TopologyChange;

    /// <summary>A node joins and takes over whatever another has. <paramref name="IsLost"/>: that one is removed; otherwise it leaves.</summary>
    public sealed record Replace(NodeId Old, Member New, bool IsLost) : TopologyChange;

    /// <summary>A member gets another weight, 1 to <see cref="Member.WeightMax"/>.</summary>
    public sealed record Reweigh(NodeId Node, int Weight) : TopologyChange;

    /// <summary>A member is in another zone.</summary>
    public sealed record Rezone(NodeId Node, string Zone) : TopologyChange;

    /// <summary>A member is at other addresses, all of them as given.</summary>
    public sealed record Readdress(NodeId Node, Endpoint Peer, Endpoint? Http, Endpoint? Redis) : TopologyChange;

    /// <summary>These conflict policies hold, and no others. (A list is compared rule by rule.)</summary>
    public sealed record SetPolicies(IReadOnlyList<PolicyRule> Rules) : TopologyChange;
}
