using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>
/// A slot's tree in the making: what a scan of a snapshot finds, and apart from it what has been written since that snapshot was taken. One XORed into the other is what the store holds. Begun and finished by the slot's
/// writer (<see cref="SlotTrees"/> has the rule); in between one other thread adds what it reads.
/// </summary>
public sealed class TreeScan
{
    internal const int DepthUnknown = 8;

    private readonly int _depth;

    // Made when they are needed: most slots of a small store are empty.
    private ulong[]? _scanned;
    private ulong[]? _since;
    private int _keysScanned;
    private int _keysSince;

    internal TreeScan(Slot slot, int depth, int suspicions)
    {
        Slot = slot;
        Suspicions = suspicions;
        _depth = depth;
    }

    /// <summary>The slot.</summary>
    public Slot Slot { get; }

    /// <summary>How often the slot had been suspected when this began.</summary>
    internal int Suspicions { get; }

    /// <summary>The scanner: a record of the snapshot. Each once, in any order.</summary>
    public void Add(KeyHash key, VersionsHash versions)
    {
        _scanned ??= new ulong[1 << _depth];
        _scanned[key.Leaf(_depth)] ^= versions.Value;
        _keysScanned += versions.IsNothing ? 0 : 1;
    }

    /// <summary>The writer: a write that is not in the snapshot.</summary>
    internal void Note(in TreeChange change)
    {
        _since ??= new ulong[1 << _depth];
        _since[change.Key.Leaf(_depth)] ^= change.Delta;
        _keysSince += change.Keys;
    }

    /// <summary>The writer, when the scanner is done: how many keys there are.</summary>
    internal int Keys => _keysScanned + _keysSince;

    /// <summary>The writer, when the scanner is done: the leaves, as many as suit the keys and no more than were collected; null if there is nothing.</summary>
    internal ulong[]? Leaves()
    {
        if (_scanned is null && _since is null)
        {
            return null;
        }

        var leaves = new ulong[1 << Math.Min(_depth, TreeShape.DepthFor(Keys))];
        SlotTrees.FoldInto(_scanned, leaves);
        SlotTrees.FoldInto(_since, leaves);
        return leaves;
    }
}
