using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Storage;

/// <summary>
/// Where a node keeps its records: bytes under (area, slot, key), hints under (owner, slot, key), in one order, durable when it says so. Knows nothing of what the bytes mean. One of the five seams to the outside world.
/// Safe to call from any thread.
/// </summary>
/// <remarks>
/// Order: two writes to the same slot take effect in the order in which <see cref="WriteAsync"/> was called, also when they differ in durability; between slots there is no order but that of waiting for one before calling the
/// next. Visibility: a record is readable once its write has completed (for <see cref="Durability.Fsync"/>: once it is on disk), never before. A view of several slots shows of a write under way, slot by slot, all or nothing.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>How a write would end now, as far as is known: <see cref="StoreWrite.Done"/> when all is well. Cheap: asked with every request.</summary>
    StoreWrite Writable { get; }

    /// <summary>Whether it takes writes now, what room it has, and what is wrong. Asking makes it look again whether a disk that took no writes does now.</summary>
    StoreState State { get; }

    /// <summary>
    /// The trees of <see cref="StoreArea.Data"/>, kept by the store's writers: a write that succeeds is applied, a slot that is dropped is empty, and one of which nobody knows whether a write happened is in doubt. They are ready at once if
    /// the store was empty when it was opened; otherwise each slot has to be scanned (<see cref="VisitAsync"/>).
    /// </summary>
    SlotTrees Trees { get; }

    /// <summary>The bytes last written under a key. Completes synchronously when no disk has to be read.</summary>
    ValueTask<StoreRead> GetAsync(StoreKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Writes all of a batch or nothing of it (per slot), joining what other callers write at the same time into one synced write. Once called it is not taken back: cancelling only stops the waiting.
    /// The arrays of the batch must not be changed afterwards.
    /// </summary>
    ValueTask<StoreWrite> WriteAsync(StoreBatch batch, Durability durability, CancellationToken cancellationToken);

    /// <summary>
    /// Records of an area in order of (target, slot, hash of the key, key), from <paramref name="start"/> in <paramref name="first"/> to the end of <paramref name="last"/>, as one consistent page of at most <paramref name="recordsMax"/> records and, past the first, <paramref name="bytesMax"/> bytes. Both places are of the same area.
    /// </summary>
    /// <exception cref="StoreException">The disk could not be read: a page never ends early in silence.</exception>
    ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="visit"/> for each slot while its writer is between two batches, and takes a snapshot of just these slots at that moment: of every write to one of them, either the snapshot has it and <see cref="Trees"/> had it
    /// before the visit, or neither. Whether the disk takes writes or not. The visit must be short and must not fail; it holds up all writes.
    /// </summary>
    /// <exception cref="StoreException">The disk is in no state to be looked at; slots may have been visited all the same.</exception>
    ValueTask<IStoreSnapshot> VisitAsync(IReadOnlyList<Slot> slots, Action<Slot> visit, CancellationToken cancellationToken);

    /// <summary>A view of the whole store as it is now, which later writes do not change. Dispose it: it holds back compaction.</summary>
    IStoreSnapshot TakeSnapshot();

    /// <summary>Removes every record of a slot. Takes its place in the order of writes.</summary>
    ValueTask<StoreWrite> DropSlotAsync(StorePlace place, CancellationToken cancellationToken);

    /// <summary>Makes a consistent, openable copy of the store in a directory that must not exist yet (hard links where the disk can). All completed writes are in it.</summary>
    /// <exception cref="StoreException">The copy could not be made; nothing is left of it.</exception>
    ValueTask CheckpointAsync(string directory, CancellationToken cancellationToken);
}

/// <summary>A consistent view of a store at one moment.</summary>
public interface IStoreSnapshot : IDisposable
{
    /// <summary>As <see cref="IStore.ScanAsync"/>, of the moment the snapshot was taken.</summary>
    ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken);

    /// <summary>
    /// Shows a visitor the records that <see cref="ScanAsync"/> would give, in that order and within the same bounds, where they lie: nothing is copied. Completes with the key of the last one it was shown, or null if nothing
    /// is left up to the scan's end. Called on a thread of the store, which other scans wait for; when the call was cancelled, perhaps once more.
    /// </summary>
    /// <exception cref="StoreException">The disk could not be read; the visitor may have been shown some records.</exception>
    async ValueTask<StoreKey?> ShowAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, RecordVisitor visitor, CancellationToken cancellationToken)
    {
        var page = await ScanAsync(first, start, last, recordsMax, bytesMax, cancellationToken);
        foreach (var record in page.Records)
        {
            visitor(record.Key.Place, record.Key.Key.Span, record.Bytes.Span);
        }

        return page.Complete ? null : page.Records[^1].Key;
    }
}

/// <summary>Is shown a record. The bytes are another's when it returns.</summary>
/// <param name="place">Where it lies.</param>
/// <param name="key">Its key.</param>
/// <param name="bytes">The record.</param>
public delegate void RecordVisitor(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes);
