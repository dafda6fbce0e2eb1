using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// The readings of 128 slots, those that share one kept together: as a rule there are few different ones, since they come from a few rounds of reports, however slots are dealt out to owners. Immutable, so whoever has it can share it.
/// </summary>
/// <param name="parts">Slots and the reading of all of these; no slot twice, no reading twice, none of 0. Null for none.</param>
internal readonly struct ReadingRow(ReadingRow.Part[]? parts)
{
    /// <summary>The parts, in no order.</summary>
    public ReadOnlySpan<Part> Parts => parts;

    /// <summary>True if none has a reading.</summary>
    public bool IsEmpty => parts is null;

    /// <summary>Those with a reading.</summary>
    public UInt128 Slots
    {
        get
        {
            var all = UInt128.Zero;
            foreach (ref readonly var part in Parts)
            {
                all |= part.Slots;
            }

            return all;
        }
    }

    /// <summary>The highest one; 0 if there is none.</summary>
    public HybridTime Highest
    {
        get
        {
            var highest = default(HybridTime);
            foreach (ref readonly var part in Parts)
            {
                highest = part.Reading > highest ? part.Reading : highest;
            }

            return highest;
        }
    }

    /// <summary>The reading of one slot, 0 to 127.</summary>
    public HybridTime Of(int slot)
    {
        foreach (ref readonly var part in Parts)
        {
            var half = slot < 64 ? (ulong)part.Slots : (ulong)(part.Slots >> 64);
            if ((half >> (slot & 63) & 1) != 0)
            {
                return part.Reading;
            }
        }

        return default;
    }

    /// <summary>The first so many of some slots.</summary>
    public static UInt128 FirstOf(UInt128 slots, int count)
    {
        if ((int)UInt128.PopCount(slots) <= count)
        {
            return slots;
        }

        var rest = slots;
        for (; count > 0; count--)
        {
            rest &= rest - 1;
        }

        return slots & ~rest;
    }

    /// <summary>Of some slots, at least one, the first ones that share a reading, up to the first that has another; and that reading.</summary>
    public UInt128 RunOf(UInt128 slots, out HybridTime reading)
    {
        var first = slots & (~slots + 1);
        var others = Slots;
        reading = default;
        foreach (ref readonly var part in Parts)
        {
            if ((part.Slots & first) != 0)
            {
                (reading, others) = (part.Reading, ~part.Slots);
            }
        }

        others &= slots;
        return others == 0 ? slots : slots & ((others & (~others + 1)) - 1);
    }

    /// <summary>Those of some slots, with one reading.</summary>
    public static ReadingRow Of(UInt128 slots, HybridTime reading) => slots == 0 || reading == default ? default : new ReadingRow([new Part(slots, reading)]);

    /// <summary>Those of 128 slots, one after the other.</summary>
    public static ReadingRow Of(ReadOnlySpan<ulong> readings)
    {
        if (!readings.ContainsAnyExcept(readings[0]))
        {
            return Of(UInt128.MaxValue, new HybridTime(readings[0]));
        }

        var builder = new Builder(stackalloc Part[SlotSet.RowLength]);
        for (var slot = 0; slot < readings.Length; slot++)
        {
            builder.Add(UInt128.One << slot, new HybridTime(readings[slot]));
        }

        return builder.ToRow();
    }

    /// <summary>Only those of these slots.</summary>
    public ReadingRow Within(UInt128 slots)
    {
        if ((Slots & ~slots) == 0)
        {
            return this;
        }

        var builder = new Builder(stackalloc Part[Parts.Length]);
        foreach (ref readonly var part in Parts)
        {
            builder.Add(part.Slots & slots, part.Reading);
        }

        return builder.ToRow();
    }

    /// <summary>Those of another one where these slots are, otherwise these.</summary>
    public ReadingRow With(UInt128 slots, ReadingRow other)
    {
        var builder = new Builder(stackalloc Part[Math.Min(Parts.Length + other.Parts.Length, SlotSet.RowLength)]);
        foreach (ref readonly var part in Parts)
        {
            builder.Add(part.Slots & ~slots, part.Reading);
        }

        foreach (ref readonly var part in other.Parts)
        {
            builder.Add(part.Slots & slots, part.Reading);
        }

        return builder.ToRow();
    }

    /// <summary>The higher one of each slot.</summary>
    public static ReadingRow HigherOf(ReadingRow one, ReadingRow other)
    {
        var higher = Above(other, one);
        return higher == 0 ? one : higher == other.Slots && (one.Slots & ~higher) == 0 ? other : one.With(higher, other);
    }

    /// <summary>The lower one of each slot.</summary>
    public static ReadingRow LowerOf(ReadingRow one, ReadingRow other)
    {
        if (one.IsEmpty || other.IsEmpty)
        {
            return default;
        }

        var lower = Above(one, other);
        return lower == 0 ? one : lower == one.Slots ? other.Within(lower) : one.With(lower, other);
    }

    /// <summary>These, but for some slots no higher than another's.</summary>
    public ReadingRow LoweredTo(UInt128 slots, ReadingRow other) => (Above(this, other) & slots) is var higher && higher != 0 ? With(higher, other) : this;

    /// <summary>The slots of which the first has a higher one than the second.</summary>
    public static UInt128 Above(ReadingRow first, ReadingRow second)
    {
        var above = UInt128.Zero;
        foreach (ref readonly var high in first.Parts)
        {
            var slots = high.Slots;
            foreach (ref readonly var part in second.Parts)
            {
                slots &= part.Reading >= high.Reading ? ~part.Slots : UInt128.MaxValue;
            }

            above |= slots;
        }

        return above;
    }

    /// <summary>Slots with one reading.</summary>
    public readonly record struct Part(UInt128 Slots, HybridTime Reading);

    /// <summary>Gathers a row. <paramref name="room"/>: for as many parts as there may be.</summary>
    public ref struct Builder(Span<Part> room)
    {
        private readonly Span<Part> _room = room;
        private int _count;

        /// <summary>These slots have this reading; none of them may have been added before.</summary>
        public void Add(UInt128 slots, HybridTime reading)
        {
            if (slots == 0 || reading == default)
            {
                return;
            }

            for (var i = 0; i < _count; i++)
            {
                if (_room[i].Reading == reading)
                {
                    _room[i] = new Part(_room[i].Slots | slots, reading);
                    return;
                }
            }

            _room[_count++] = new Part(slots, reading);
        }

        /// <summary>What was added.</summary>
        public readonly ReadingRow ToRow() => new(_count == 0 ? null : _room[.._count].ToArray());
    }
}
