using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>How every body begins: u64 sender, u64 its incarnation, u64 u64 epoch of its topology. That the sender is alive in that incarnation is news of its own: who holds it dead in an earlier one sees it refuted.</summary>
internal readonly record struct PacketHead(NodeId Sender, Incarnation Incarnation, Epoch Epoch)
{
    public const int Bytes = 32;

    public void Write(ref WireWriter writer)
    {
        writer.U64(Sender.Value);
        writer.U64(Incarnation.Value);
        writer.U64(Epoch.Lineage);
        writer.U64(Epoch.Number);
    }

    public static bool TryRead(ref WireReader reader, out PacketHead head)
    {
        head = new PacketHead(new NodeId(reader.U64()), new Incarnation(reader.U64()), new Epoch(reader.U64(), reader.U64()));
        return !reader.HasFailed && head.Sender.Value != 0 && head.Incarnation.IsPlausibleAfter(default);
    }
}
