using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>
/// The trees of some slots in the making: what a scan of a snapshot finds, and apart from it what has been written since that snapshot was taken. One XORed into the other is what the store holds. Begun and finished by each slot's
/// writer (<see cref="SlotTrees"/> has the rule); in between one other thread adds what it reads.
/// </summary>
/// <param name="first">The first slot that may be among them.</param>
/// <param name="last">The last one.</param>
public sealed class TreeScan(Slot first, Slot last)
{
    internal const int DepthUnknown = 8;

    // Of each slot from the first to the last. Made when they are needed: most slots of a small store are empty.
    private readonly Part?[] _parts = new Part?[last.Index - first.Index + 1];

    /// <summary>The first slot that may be among them.</summary>
    public Slot First => first;

    /// <summary>The scanner: a record of the snapshot. Each once, in any order.</summary>
    public void Add(Slot slot, KeyHash key, VersionsHash versions)
    {
        var part = PartOf(slot);
        part.Scanned ??= new ulong[1 << part.Depth];
        part.Scanned[key.Leaf(part.Depth)] ^= versions.Value;
        part.KeysScanned += versions.IsNothing ? 0 : 1;
    }

    /// <summary>The writer: the slot is scanned from now on, into leaves of this depth. <paramref name="suspicions"/>: how often it had been suspected.</summary>
    internal void Begin(Slot slot, int depth, int suspicions) => _parts[slot.Index - first.Index] = depth == DepthUnknown && suspicions == 0 ? null : new Part(depth, suspicions);

    /// <summary>The writer: a write that is not in the snapshot.</summary>
    internal void Note(in TreeChange change)
    {
        var part = PartOf(change.Slot);
        part.Since ??= new ulong[1 << part.Depth];
        part.Since[change.Key.Leaf(part.Depth)] ^= change.Delta;
        part.KeysSince += change.Keys;
    }

    /// <summary>The writer, when the scanner is done: how often the slot had been suspected when this began; how many keys there are; and the leaves, as many as suit the keys and no more than were collected, null if there is nothing.</summary>
    internal (int Suspicions, int Keys, ulong[]? Leaves) ResultOf(Slot slot) => _parts[slot.Index - first.Index] is { } part ? (part.Suspicions, part.KeysScanned + part.KeysSince, part.Leaves()) : default;

    // The scanner and the writer may both be the first to have something.
    private Part PartOf(Slot slot)
    {
        ref var place = ref _parts[slot.Index - first.Index];
        return Volatile.Read(ref place) ?? Interlocked.CompareExchange(ref place, new Part(DepthUnknown, 0), null) ?? place;
    }

    private sealed class Part(int depth, int suspicions)
    {
        public readonly int Depth = depth;
        public readonly int Suspicions = suspicions;
        public ulong[]? Scanned;
        public ulong[]? Since;
        public int KeysScanned;
        public int KeysSince;

        public ulong[]? Leaves()
        {
            if (Scanned is null && Since is null)
            {
                return null;
            }

            var leaves = new ulong[1 << Math.Min(Depth, TreeShape.DepthFor(KeysScanned + KeysSince))];
            SlotTrees.FoldInto(Scanned, leaves);
            SlotTrees.FoldInto(Since, leaves);
            return leaves;
        }
    }
}
