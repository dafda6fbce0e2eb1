using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// How every body begins: the sender, its incarnation, twice the number of its topology and 1 more if that is of another lineage than the cluster's first, which then follows as a u64. The number is 0 if it has no topology. That the
/// sender is alive in that incarnation is news of its own: who holds it dead in an earlier one sees it refuted.
/// </summary>
internal readonly record struct PacketHead(NodeId Sender, Incarnation Incarnation, Epoch Epoch)
{
    /// <summary>The longest.</summary>
    public const int BytesMax = 38;

    public void Write(ref WireWriter writer, ClusterId cluster)
    {
        var isOfOther = Epoch.Number != 0 && Epoch.Lineage != Topology.FirstLineage(cluster);
        writer.Var(Sender.Value);
        writer.Var(Incarnation.Value);
        writer.Var((Epoch.Number << 1) | (isOfOther ? 1UL : 0));
        if (isOfOther)
        {
            writer.U64(Epoch.Lineage);
        }
    }

    public static bool TryRead(ref WireReader reader, ClusterId cluster, out PacketHead head)
    {
        var (sender, incarnation) = (new NodeId(reader.Var()), new Incarnation(reader.Var()));
        var number = reader.Var();
        var lineage = (number & 1) != 0 ? reader.U64() : number == 0 ? 0 : Topology.FirstLineage(cluster);
        head = new PacketHead(sender, incarnation, new Epoch(lineage, number >> 1));
        return !reader.HasFailed && sender.Value != 0 && incarnation.IsPlausibleAfter(default);
    }
}
