using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>The store's word for what the interface calls durability.</summary>
internal static class DurabilityNames
{
    public static Durability ToStore(this WriteDurability durability) => durability switch
    {
        WriteDurability.Fsync => Durability.Fsync,
        WriteDurability.Os => Durability.Os,
        _ => throw new ArgumentOutOfRangeException(nameof(durability), durability, "unknown durability"),
    };
}
