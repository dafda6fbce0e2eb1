using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>A clock reading for each slot; 0 where there is none. As large as there are different ones: 1 KiB, and 48 bytes for each of a row of 128 slots. Not thread-safe while it changes.</summary>
public sealed class SlotReadings
{
    private readonly ReadingRow[] _rows = new ReadingRow[SlotSet.RowLength];

    /// <summary>That of a slot.</summary>
    public HybridTime this[Slot slot]
    {
        get => _rows[slot.Index / SlotSet.RowLength].Of(slot.Index % SlotSet.RowLength);
        set
        {
            ref var row = ref _rows[slot.Index / SlotSet.RowLength];
            var bit = UInt128.One << (slot.Index % SlotSet.RowLength);
            row = row.With(bit, ReadingRow.Of(bit, value));
        }
    }

    /// <summary>The highest of all; 0 if there is none.</summary>
    public HybridTime Highest
    {
        get
        {
            var highest = default(HybridTime);
            foreach (var row in _rows)
            {
                highest = row.Highest is var high && high > highest ? high : highest;
            }

            return highest;
        }
    }

    /// <summary>The lowest one of some slots; 0 if one of them has none, or there are no slots.</summary>
    public HybridTime LowestOf(SlotSet slots)
    {
        HybridTime? lowest = null;
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            if ((slots[row] & ~_rows[row].Slots) != 0)
            {
                return default;
            }

            foreach (ref readonly var part in _rows[row].Parts)
            {
                lowest = (part.Slots & slots[row]) == 0 || part.Reading >= lowest ? lowest : part.Reading;
            }
        }

        return lowest ?? default;
    }

    /// <summary>Those of a row of 128.</summary>
    internal ReadingRow this[int row]
    {
        get => _rows[row];
        set => _rows[row] = value;
    }

    /// <summary>The lower one of each slot.</summary>
    public static SlotReadings Lowest(SlotReadings one, SlotReadings other)
    {
        var lowest = new SlotReadings();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            lowest[row] = ReadingRow.LowerOf(one[row], other[row]);
        }

        return lowest;
    }

    /// <summary>The same, to be changed apart.</summary>
    public SlotReadings Copy()
    {
        var copy = new SlotReadings();
        _rows.CopyTo(copy._rows.AsSpan());
        return copy;
    }

    /// <summary>Only those of these slots.</summary>
    public SlotReadings Within(SlotSet slots)
    {
        var some = new SlotReadings();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            some[row] = _rows[row].Within(slots[row]);
        }

        return some;
    }

    /// <summary>Takes those of another one for these slots, also where it has none.</summary>
    public void Take(SlotSet slots, SlotReadings other)
    {
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            _rows[row] = slots[row] == 0 ? _rows[row] : _rows[row].With(slots[row], other[row]);
        }
    }

    /// <summary>Raises those of a row to no less than this.</summary>
    public void Raise(int row, UInt128 slots, HybridTime reading) => _rows[row] = ReadingRow.HigherOf(_rows[row], ReadingRow.Of(slots, reading));

    /// <summary>Raises each to no less than that of another one.</summary>
    public void Raise(SlotReadings other)
    {
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            _rows[row] = ReadingRow.HigherOf(_rows[row], other[row]);
        }
    }

    /// <summary>Lowers those of these slots to no more than that of another one.</summary>
    public void Lower(SlotSet slots, SlotReadings? other)
    {
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            _rows[row] = _rows[row].LoweredTo(slots[row], other is null ? default : other[row]);
        }
    }

    /// <summary>The slots of which this has a higher one than another.</summary>
    public SlotSet Above(SlotReadings other)
    {
        var above = new SlotSet();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            above[row] = ReadingRow.Above(_rows[row], other[row]);
        }

        return above;
    }

    /// <summary>The slots of which the two have different ones.</summary>
    public SlotSet Differing(SlotReadings other)
    {
        var differing = Above(other);
        differing.UnionWith(other.Above(this));
        return differing;
    }

    /// <summary>The slots that have just this one, which is not 0.</summary>
    public SlotSet SlotsAt(HybridTime reading)
    {
        var at = new SlotSet();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            foreach (ref readonly var part in _rows[row].Parts)
            {
                at[row] |= part.Reading == reading ? part.Slots : 0;
            }
        }

        return at;
    }

    /// <summary>Writes those of a row of 128 out, one after the other.</summary>
    public void CopyRow(int row, Span<ulong> to)
    {
        to.Clear();
        foreach (ref readonly var part in _rows[row].Parts)
        {
            if (part.Slots == UInt128.MaxValue)
            {
                to.Fill(part.Reading.Value);
                return;
            }

            for (var slots = part.Slots; slots != 0; slots &= slots - 1)
            {
                to[(int)UInt128.TrailingZeroCount(slots)] = part.Reading.Value;
            }
        }
    }

    /// <summary>Reads those of a row of 128, one after the other.</summary>
    public void SetRow(int row, ReadOnlySpan<ulong> readings) => _rows[row] = ReadingRow.Of(readings);

    /// <summary>Forgets all of them.</summary>
    public void Clear() => Array.Clear(_rows);
}
