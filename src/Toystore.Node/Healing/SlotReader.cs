using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>What an exchange reads of this node's copy, and merges into it.</summary>
internal sealed class SlotReader(IStore store, Replica replica)
{
    private const int PageRecords = 512;
    private const int PageBytes = 1 << 20;
    private const int MergesAtOnce = 64;

    /// <summary>The records of a leaf; null if they could not be read.</summary>
    public async ValueTask<IReadOnlyList<ListedRecord>?> ListAsync(LeafRange leaf, CancellationToken cancellationToken) =>
        await ReadAsync(leaf.Slot, leaf.First, leaf.Last, static (hash, key, held) => ListedRecord.Of(hash, key, held), cancellationToken) is { } all ? all.FindAll(record => !record.Versions.IsNothing) : null;

    /// <summary>All of some leaves, in their order.</summary>
    public async ValueTask<IReadOnlyList<IReadOnlyList<ListedRecord>?>> ListAsync(IReadOnlyList<LeafRange> leaves, Predicate<Slot> isMine, CancellationToken cancellationToken)
    {
        var lists = new IReadOnlyList<ListedRecord>?[leaves.Count];
        for (var i = 0; i < lists.Length; i++)
        {
            lists[i] = isMine(leaves[i].Slot) ? await ListAsync(leaves[i], cancellationToken) : null;
        }

        return lists;
    }

    /// <summary>The records that are wanted, in their order, until they are so many bytes, past the first; null where they could not be read.</summary>
    public async ValueTask<IReadOnlyList<IReadOnlyList<HeldRecord>?>> FetchAsync(IReadOnlyList<WantedRecords> wanted, int bytesMax, Predicate<Slot> isMine, CancellationToken cancellationToken)
    {
        var found = new List<IReadOnlyList<HeldRecord>?>();
        for (var bytes = 0L; found.Count < wanted.Count && bytes < bytesMax;)
        {
            var next = wanted[found.Count];
            var records = isMine(next.Slot) ? await ReadAsync(next.Slot, next.Key.First, next.Key.Last, static (_, key, held) => new HeldRecord(key, held), cancellationToken) : null;
            found.Add(records);
            bytes += records?.Sum(record => record.Key.Length + (long)ContainerCodec.SizeOf(record.Container)) ?? 0;
        }

        return found;
    }

    /// <summary>Merges, durably. What each key holds then; null where it could not be stored.</summary>
    public async ValueTask<IReadOnlyList<Container?>> MergeAsync(IReadOnlyList<HeldRecord> records, Predicate<Slot> isMine)
    {
        var results = new Container?[records.Count];
        for (var first = 0; first < results.Length; first += MergesAtOnce)
        {
            var merging = Enumerable.Range(first, Math.Min(MergesAtOnce, results.Length - first)).Select(i => MergeAsync(records[i], isMine)).ToList();
            for (var i = 0; i < merging.Count; i++)
            {
                results[first + i] = await merging[i];
            }
        }

        return results;
    }

    /// <summary>Marks records as whole, which may have lost something, now that their slots are refilled. Returns those of which that is on the disk.</summary>
    public async ValueTask<IReadOnlyList<Key>> CompleteAsync(IReadOnlyList<Key> damaged)
    {
        var whole = new List<Key>();
        foreach (var key in damaged)
        {
            if (await replica.CompleteAsync(key))
            {
                whole.Add(key);
            }
        }

        return whole;
    }

    private async Task<Container?> MergeAsync(HeldRecord record, Predicate<Slot> isMine)
    {
        if (!isMine(Slot.Of(record.Key)))
        {
            return null;
        }

        var local = await replica.MergeAsync(record.Key, record.Container, Durability.Fsync, completes: false);
        return await local.Stored == StoreWrite.Done ? local.Result : null;
    }

    private async ValueTask<List<T>?> ReadAsync<T>(Slot slot, KeyHash first, KeyHash last, Func<KeyHash, Key, Container, T> take, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        var start = (ScanStart)first;
        try
        {
            while (true)
            {
                var page = await store.ScanAsync(StoreArea.Data, slot, start, slot, PageRecords, PageBytes, cancellationToken);
                foreach (var record in page.Records)
                {
                    var hash = StoreOrder.HashOf(record.Key.Key);
                    if (hash.CompareTo(last) > 0)
                    {
                        return found;
                    }

                    // One that is damaged is not there, and its tree says so too.
                    if (replica.Decode(record) is { Trouble: RecordTrouble.None } held)
                    {
                        found.Add(take(hash, record.Key.Key, held.Container));
                    }
                }

                if (page.Complete)
                {
                    return found;
                }

                start = (ScanStart)page.Records[^1].Key.Key;
            }
        }
        catch (Exception problem) when (problem is StoreException or ObjectDisposedException)
        {
            return null;
        }
    }
}
