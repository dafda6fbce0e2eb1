using System.Numerics;
using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>A set of slots, as bits: 128 rows of 128. 2 KiB. Not thread-safe while it changes.</summary>
public sealed class SlotSet
{
    /// <summary>Rows, and slots of a row.</summary>
    public const int RowLength = 128;

    private const int WordLength = 64;

    private readonly ulong[] _words = new ulong[Slot.Count / WordLength];

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
        Array.Fill(all._words, ulong.MaxValue);
        return all;
    }

    /// <summary>Those that a member owns.</summary>
    public static SlotSet OwnedBy(Ring ring, NodeId member)
    {
        var owned = new SlotSet();
        ring.OwnedWords(member).CopyTo(owned._words);
        return owned;
    }

    /// <summary>How many are in it.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _words)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }

    /// <summary>The slots of a row that are in it: bit i is slot 128 * row + i.</summary>
    public UInt128 this[int row]
    {
        get => new(_words[(2 * row) + 1], _words[2 * row]);
        set => (_words[2 * row], _words[(2 * row) + 1]) = ((ulong)value, (ulong)(value >> WordLength));
    }

    /// <summary>True if a slot is in it.</summary>
    public bool Contains(Slot slot) => (_words[slot.Index / WordLength] >> (slot.Index % WordLength) & 1) != 0;

    /// <summary>Adds a slot; false if it was there.</summary>
    public bool Add(Slot slot)
    {
        ref var word = ref _words[slot.Index / WordLength];
        var before = word;
        word |= 1UL << (slot.Index % WordLength);
        return word != before;
    }

    /// <summary>Removes a slot; no harm if it was not there.</summary>
    public void Remove(Slot slot) => _words[slot.Index / WordLength] &= ~(1UL << (slot.Index % WordLength));

    /// <summary>Another set of the same slots.</summary>
    public SlotSet Copy()
    {
        var copy = new SlotSet();
        _words.CopyTo(copy._words.AsSpan());
        return copy;
    }

    /// <summary>Keeps what is in the other one too.</summary>
    public void IntersectWith(SlotSet other)
    {
        for (var at = 0; at < _words.Length; at++)
        {
            _words[at] &= other._words[at];
        }
    }

    /// <summary>Leaves out what is in the other one.</summary>
    public void ExceptWith(SlotSet other)
    {
        for (var at = 0; at < _words.Length; at++)
        {
            _words[at] &= ~other._words[at];
        }
    }

    /// <summary>Takes in what is in the other one.</summary>
    public void UnionWith(SlotSet other)
    {
        for (var at = 0; at < _words.Length; at++)
        {
            _words[at] |= other._words[at];
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
    public SlotSequence Slots() => new(_words, default);

    /// <summary>The slots of a row that a mask names, ascending.</summary>
    internal static SlotSequence SlotsOf(int row, UInt128 mask) => new([(ulong)mask, (ulong)(mask >> WordLength)], new Slot((ushort)(row * RowLength)));
}
