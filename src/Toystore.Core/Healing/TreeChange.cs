using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>What one write does to the tree of its slot: the record of a key held the versions <paramref name="Before"/>, and holds <paramref name="After"/> from now on.</summary>
public readonly record struct TreeChange(Slot Slot, KeyHash Key, VersionsHash Before, VersionsHash After)
{
    /// <summary>What to XOR into the leaf and the root.</summary>
    public ulong Delta => Before.Value ^ After.Value;

    /// <summary>1 if a key appears, -1 if one goes, otherwise 0.</summary>
    public int Keys => (After.IsNothing ? 0 : 1) - (Before.IsNothing ? 0 : 1);
}
