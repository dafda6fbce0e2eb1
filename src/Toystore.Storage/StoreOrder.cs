using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Storage;

/// <summary>The order in which a store scans an area: by slot, then by a hash of the key, then by the key.</summary>
public static class StoreOrder
{
    /// <summary>The hash that orders the keys of a slot.</summary>
    public static KeyHash HashOf(Key key) => HashOf(key.Span);

    /// <summary>The hash that orders the keys of a slot.</summary>
    public static KeyHash HashOf(ReadOnlySpan<byte> key) => new(StoreKeyBytes.HashOf(key));

    /// <summary>Less than 0 if <paramref name="left"/> comes first, 0 if they are equal.</summary>
    public static int Compare(Key left, Key right)
    {
        var order = Slot.Of(left).CompareTo(Slot.Of(right));
        order = order != 0 ? order : StoreKeyBytes.HashOf(left).CompareTo(StoreKeyBytes.HashOf(right));
        return order != 0 ? order : left.CompareTo(right);
    }
}
