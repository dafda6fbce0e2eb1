namespace Toystore.Core.Placement;

/// <summary>
/// The owners of every slot, in order, the first owner first. Immutable and compact: 2 bytes per owner. A slot has 1 to <see cref="Quorums.CopiesMax"/> owners, no two of them the same; while a
/// cluster grows from 1 to 3 members not all slots have equally many. A <em>sparse</em> table has something to say of some slots only: the others have no owners in it.
/// </summary>
public sealed class OwnerTable
{
    private static readonly int[] StartsOfNothing = new int[Slot.Count + 1];

    private readonly NodeId[] _nodes;
    private readonly ushort[] _owners;
    private readonly int[] _starts;

    private OwnerTable(NodeId[] nodes, ushort[] owners, int[] starts) => (_nodes, _owners, _starts) = (nodes, owners, starts);

    /// <summary>Every node that may own a slot, ascending; an owner is an index into this.</summary>
    public ReadOnlySpan<NodeId> Nodes => _nodes;

    /// <summary>The owners of all slots together, in copies.</summary>
    public int Copies => _owners.Length;

    /// <summary>The owners of a slot, as indexes into <see cref="Nodes"/>. Allocates nothing.</summary>
    public ReadOnlySpan<ushort> Owners(Slot slot) => Owners(slot.Index);

    /// <summary>True if the table says anything of a slot; a table that is not sparse does of all.</summary>
    public bool Has(Slot slot) => _starts[slot.Index + 1] > _starts[slot.Index];

    internal ReadOnlySpan<ushort> Owners(int slot) => _owners.AsSpan(_starts[slot], _starts[slot + 1] - _starts[slot]);

    /// <summary>A sparse table that says nothing.</summary>
    internal static OwnerTable Nothing(NodeId[] nodes) => new(nodes, [], StartsOfNothing);

    /// <summary>Takes <paramref name="owners"/>, without a copy: slot after slot, each with as many as <paramref name="counts"/> says.</summary>
    /// <returns>False unless nodes ascend and every slot has 1 to 16 different owners among them; in a sparse table, also none.</returns>
    internal static bool TryCreate(NodeId[] nodes, ReadOnlySpan<byte> counts, ushort[] owners, out OwnerTable? table, bool isSparse = false)
    {
        table = null;
        var starts = new int[Slot.Count + 1];
        if (counts.Length != Slot.Count || nodes.Length > ushort.MaxValue || !Ascend(nodes))
        {
            return false;
        }

        for (var slot = 0; slot < Slot.Count; slot++)
        {
            starts[slot + 1] = starts[slot] + counts[slot];
            if ((counts[slot] == 0 && !isSparse) || counts[slot] > Quorums.CopiesMax || starts[slot + 1] > owners.Length || !AreDistinct(owners.AsSpan(starts[slot], counts[slot]), nodes.Length))
            {
                return false;
            }
        }

        table = starts[Slot.Count] == owners.Length ? new OwnerTable(nodes, owners, owners.Length == 0 ? StartsOfNothing : starts) : null;
        return table is not null;
    }

    private static bool Ascend(NodeId[] nodes)
    {
        for (var i = 1; i < nodes.Length; i++)
        {
            if (nodes[i - 1].CompareTo(nodes[i]) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreDistinct(ReadOnlySpan<ushort> owners, int nodes)
    {
        for (var i = 0; i < owners.Length; i++)
        {
            if (owners[i] >= nodes || owners[..i].Contains(owners[i]))
            {
                return false;
            }
        }

        return true;
    }
}
