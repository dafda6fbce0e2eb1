using Toystore.Core.Placement;

namespace Toystore.Storage;

/// <summary>Scans and drops in an area that is ordered by slot alone, as all are but <see cref="StoreArea.Hints"/>.</summary>
public static class StoreScans
{
    /// <summary>As <see cref="IStore.ScanAsync"/>, from a slot of an area to another one.</summary>
    public static ValueTask<StorePage> ScanAsync(
        this IStore store, StoreArea area, Slot first, ScanStart start, Slot last, int recordsMax, int bytesMax, CancellationToken cancellationToken) =>
        store.ScanAsync(new StorePlace(area, first), start, new StorePlace(area, last), recordsMax, bytesMax, cancellationToken);

    /// <summary>As <see cref="IStoreSnapshot.ScanAsync"/>, from a slot of an area to another one.</summary>
    public static ValueTask<StorePage> ScanAsync(
        this IStoreSnapshot snapshot, StoreArea area, Slot first, ScanStart start, Slot last, int recordsMax, int bytesMax, CancellationToken cancellationToken) =>
        snapshot.ScanAsync(new StorePlace(area, first), start, new StorePlace(area, last), recordsMax, bytesMax, cancellationToken);

    /// <summary>As <see cref="IStore.DropSlotAsync"/>, of a slot of an area.</summary>
    public static ValueTask<StoreWrite> DropSlotAsync(this IStore store, StoreArea area, Slot slot, CancellationToken cancellationToken) =>
        store.DropSlotAsync(new StorePlace(area, slot), cancellationToken);
}
