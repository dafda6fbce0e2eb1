namespace Toystore.Core.Healing;

/// <summary>
/// How many leaves a slot's tree has: a power of two, 16 at least, such that a leaf has 6 to 12 keys: at most 1.4 bytes of leaves per key. Fewer keys than a quarter of that, and it may shrink. Up to 192 keys a slot (three million on a node
/// that owns all slots) it never changes.
/// </summary>
public static class TreeShape
{
    /// <summary>The least depth: 2^4 leaves.</summary>
    public const int DepthMin = 4;

    /// <summary>The greatest depth: 2^12 leaves, 32 KiB. Keys beyond what they are for make leaves larger.</summary>
    public const int DepthMax = 12;

    private const int KeysPerLeafMax = 12;

    /// <summary>The depth for so many keys.</summary>
    public static int DepthFor(int keys)
    {
        var depth = DepthMin;
        while (depth < DepthMax && keys > KeysPerLeafMax << depth)
        {
            depth++;
        }

        return depth;
    }

    /// <summary>True if a tree of this depth has become too small or too large for so many keys. Not at the same number both ways, so that a key that comes and goes does not cost a scan each time.</summary>
    public static bool IsOutgrown(int depth, int keys) =>
        (depth < DepthMax && keys > KeysPerLeafMax << depth) || (depth > DepthMin && keys < KeysPerLeafMax << depth >> 3);
}
