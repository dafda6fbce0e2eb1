using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>A set of slots, as bits: 128 rows of 128. 2 KiB. Not thread-safe while it changes.</summary>
public sealed class SlotSet
{
    /// <summary>Rows, and slots of a row.</summary>
    public const int RowLength = 128;

    private readonly UInt128[] _rows = new UInt128[Slot.Count / RowLength];

    /// <summary>An empty set.</summary>
    public SlotSet()
    {
    }

    /// <summary>A set of these.</summary>
    public SlotSet(IEnumerable<Slot> slots)
    {
        foreach (var slot in slots)
        {
            Add(slot);
        }
    }

    /// <summary>All of them.</summary>
    public static SlotSet All()
    {
        var all = new SlotSet();
        Array.Fill(all._rows, UInt128.MaxValue);
        return all;
    }

    /// <summary>Those that a member owns.</summary>
    public static SlotSet OwnedBy(Ring ring, NodeId member)
    {
        var owned = new SlotSet();
        ring.OwnedRows(member).CopyTo(owned._rows);
        return owned;
    }

    /// <summary>How many are in it.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var row in _rows)
            {
                count += (int)UInt128.PopCount(row);
            }

            return count;
        }
    }

    /// <summary>The slots of a row that are in it: bit i is slot 128 * row + i.</summary>
    public UInt128 this[int row]
    {
        get => _rows[row];
        set => _rows[row] = value;
    }

    /// <summary>True if a slot is in it.</summary>
    public bool Contains(Slot slot) => ((_rows[slot.Index / RowLength] >> (slot.Index % RowLength)) & 1) != 0;

    /// <summary>Adds a slot; false if it was there.</summary>
    public bool Add(Slot slot)
    {
        var isNew = !Contains(slot);
        _rows[slot.Index / RowLength] |= UInt128.One << (slot.Index % RowLength);
        return isNew;
    }

    /// <summary>Removes a slot; no harm if it was not there.</summary>
    public void Remove(Slot slot) => _rows[slot.Index / RowLength] &= ~(UInt128.One << (slot.Index % RowLength));

    /// <summary>Another set of the same slots.</summary>
    public SlotSet Copy()
    {
        var copy = new SlotSet();
        _rows.CopyTo(copy._rows.AsSpan());
        return copy;
    }

    /// <summary>Keeps what is in the other one too.</summary>
    public void IntersectWith(SlotSet other)
    {
        for (var row = 0; row < _rows.Length; row++)
        {
            _rows[row] &= other._rows[row];
        }
    }

    /// <summary>Leaves out what is in the other one.</summary>
    public void ExceptWith(SlotSet other)
    {
        for (var row = 0; row < _rows.Length; row++)
        {
            _rows[row] &= ~other._rows[row];
        }
    }

    /// <summary>Takes in what is in the other one.</summary>
    public void UnionWith(SlotSet other)
    {
        for (var row = 0; row < _rows.Length; row++)
        {
            _rows[row] |= other._rows[row];
        }
    }

    /// <summary>Its slots, ascending, as they are now.</summary>
    public Slot[] ToArray()
    {
        var slots = new Slot[Count];
        var at = 0;
        foreach (var slot in Slots())
        {
            slots[at++] = slot;
        }

        return slots;
    }

    /// <summary>Its slots, ascending. Without allocating, if they are only gone through.</summary>
    public SlotSequence Slots() => new(_rows, 0, _rows.Length);

    /// <summary>The slots of a row that a mask names, ascending.</summary>
    internal static SlotSequence SlotsOf(int row, UInt128 mask) => new([mask], row, 1);
}
