namespace Toystore.Core.Placement;

/// <summary>The placements of the next document in the making: those of the last one, with the slots that change written anew.</summary>
internal sealed class PlacementDraft(Placements last)
{
    private readonly SlotRow?[] _rows = new SlotRow?[Slot.Count];

    /// <summary>True if something was written.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>A slot, to be written.</summary>
    public SlotRow Write(int slot)
    {
        IsTouched = true;
        return _rows[slot] ??= new SlotRow
        {
            Owners = Names(last.Owners, slot),
            Gaining = Names(last.Gaining, slot),
            Goal = Names(last.Goal, slot),
            Stage = last.Stages[slot],
            Since = last.Tenures.Since[slot],
            Begun = last.Tenures.Begun(slot).ToArray(),
        };
    }

    /// <summary>The stage of a slot, as it is by now.</summary>
    public MoveStage StageOf(int slot) => _rows[slot]?.Stage ?? last.Stages[slot];

    /// <summary>The owners of a slot, as they are by now.</summary>
    public NodeId[] Owners(int slot) => _rows[slot]?.Owners ?? Names(last.Owners, slot);

    /// <summary>What a slot moves to by now; empty if it does not.</summary>
    public NodeId[] Gaining(int slot) => _rows[slot]?.Gaining ?? Names(last.Gaining, slot);

    /// <summary>The goal of a slot, as it is by now; empty if it has none.</summary>
    public NodeId[] Goal(int slot) => _rows[slot]?.Goal ?? Names(last.Goal, slot);

    /// <summary>Everybody whom owners or gaining owners name by now.</summary>
    public HashSet<NodeId> Holders()
    {
        var isNamed = new bool[last.Owners.Nodes.Length];
        var holders = new HashSet<NodeId>();
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            if (_rows[slot] is { } row)
            {
                holders.UnionWith(row.Owners);
                holders.UnionWith(row.Gaining);
                continue;
            }

            foreach (var owner in last.Owners.Owners(slot))
            {
                isNamed[owner] = true;
            }

            foreach (var owner in last.Gaining.Owners(slot))
            {
                isNamed[owner] = true;
            }
        }

        for (var i = 0; i < isNamed.Length; i++)
        {
            if (isNamed[i])
            {
                holders.Add(last.Owners.Nodes[i]);
            }
        }

        return holders;
    }

    /// <summary>All of it, for document <paramref name="number"/>; its nodes must name whoever is named.</summary>
    public Placements Finish(NodeId[] nodes, ulong number)
    {
        var stages = new MoveStage[Slot.Count];
        var since = new ulong[Slot.Count];
        var begun = new List<ulong>(last.Tenures.AllBegun.Length);
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var row = _rows[slot];
            stages[slot] = row?.Stage ?? last.Stages[slot];
            since[slot] = row?.Since ?? last.Tenures.Since[slot];
            begun.AddRange(row is null ? last.Tenures.Begun(slot) : row.Begun);
        }

        var owners = Finish(last.Owners, row => row.Owners, nodes);
        var gaining = Finish(last.Gaining, row => row.Gaining, nodes);
        var goal = Finish(last.Goal, row => row.Goal, nodes);
        return Placements.TryCreate(owners, gaining, stages, goal, since, [.. begun], number) ?? throw new InvariantException("what steps make of placements are valid placements");
    }

    private OwnerTable Finish(OwnerTable table, Func<SlotRow, NodeId[]> of, NodeId[] nodes)
    {
        // Whoever is in no row any more may be missing among the nodes; whoever is in one becomes an index that no table takes.
        var places = Array.ConvertAll(table.Nodes.ToArray(), id => Place(nodes, id));
        var counts = new byte[Slot.Count];
        var owners = new List<ushort>(table.Copies);
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var from = owners.Count;
            if (_rows[slot] is { } row)
            {
                owners.AddRange(of(row).Select(id => Place(nodes, id)));
            }
            else
            {
                foreach (var owner in table.Owners(slot))
                {
                    owners.Add(places[owner]);
                }
            }

            counts[slot] = (byte)(owners.Count - from);
        }

        return OwnerTable.TryCreate(nodes, counts, [.. owners], out var finished, isSparse: true) ? finished! : throw new InvariantException("whoever owns a slot is among the nodes");
    }

    private static ushort Place(NodeId[] nodes, NodeId id) => Array.BinarySearch(nodes, id) is >= 0 and var place ? (ushort)place : ushort.MaxValue;

    private static NodeId[] Names(OwnerTable table, int slot)
    {
        var owners = table.Owners(slot);
        var names = owners.IsEmpty ? [] : new NodeId[owners.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = table.Nodes[owners[i]];
        }

        return names;
    }
}
