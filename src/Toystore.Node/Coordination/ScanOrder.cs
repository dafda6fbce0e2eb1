using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>The order of a listing, which is that of the store.</summary>
internal static class ScanOrder
{
    /// <summary>By slot, then hash of the key, then key.</summary>
    public static readonly IComparer<ScanPosition> Positions = Comparer<ScanPosition>.Create(static (left, right) => StoreOrder.Compare(left.Key, right.Key));
}
