using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Hints;

/// <summary>What is on the disk.</summary>
internal sealed partial class HintBook
{
    private const int PageRecords = 1000;
    private const int PageBytes = 4 << 20;
    private const int SalvageAttempts = 5;
    private static readonly TimeSpan SalvagePause = TimeSpan.FromSeconds(1);
    private static readonly Slot LastSlot = new(Slot.Count - 1);

    /// <summary>Counts what is on the disk. False if the disk did not give it: try again.</summary>
    public async Task<bool> LoadAsync(CancellationToken cancellationToken)
    {
        var (first, after) = (new StorePlace(StoreArea.Hints, default), (Key?)null);
        var last = StorePlace.Hints(new NodeId(ulong.MaxValue), LastSlot);
        var found = new List<(StoreKey Place, long Bytes, UnixTime Since)>();
        for (var isComplete = false; !isComplete;)
        {
            StorePage page;
            try
            {
                page = await store.ScanAsync(first, after, last, PageRecords, PageBytes, cancellationToken);
            }
            catch (StoreException problem)
            {
                logger.NotCounted(problem.Message);
                return false;
            }

            foreach (var record in page.Records)
            {
                (first, after) = (record.Key.Place, record.Key.Key);
                found.Add((record.Key, BytesOf(record.Key, record.Bytes.Length), HintFormat.Decode(record.Key, record.Bytes)?.Since ?? Now));
            }

            isComplete = page.Complete;
        }

        foreach (var (place, bytes, since) in found)
        {
            _counts.Found(place.Target, place.Slot, bytes, since);
        }

        foreach (var tally in _counts.All())
        {
            logger.Found(tally.Target, tally.Count, tally.Bytes);
        }

        _isLoaded = true;
        if (found.Count > 0)
        {
            Kept?.Invoke();
        }

        return true;
    }

    /// <summary>All that is kept of a key, for whomever; nothing if the disk does not give it.</summary>
    public async ValueTask<Container> ReadAsync(Key key, CancellationToken cancellationToken)
    {
        var all = Container.Empty;
        foreach (var target in _counts.TargetsIn(Slot.Of(key)) ?? [])
        {
            all = all.Merge((await ReadAsync(StoreKey.Hint(target, key), cancellationToken)).Hint?.Container ?? Container.Empty);
        }

        return all;
    }

    /// <summary>The next hints for an owner, from right after <paramref name="after"/>; from the first if null. At most so many bytes, past the first.</summary>
    /// <exception cref="StoreException">The disk could not be read.</exception>
    public ValueTask<StorePage> PageAsync(NodeId target, StoreKey? after, int recordsMax, int bytesMax, CancellationToken cancellationToken) =>
        store.ScanAsync(after?.Place ?? StorePlace.Hints(target, default), after?.Key, StorePlace.Hints(target, LastSlot), recordsMax, bytesMax, cancellationToken);

    /// <summary>
    /// Gives up those slots of some owners' hints that the disk has not given for a long time, and which keep all others from being read. False if that was not possible either. For this node it is as if it had lost its disk.
    /// </summary>
    public async Task<bool> SalvageAsync(IReadOnlyList<NodeId> targets, CancellationToken cancellationToken)
    {
        foreach (var target in targets)
        {
            // By halves: nearly all of them can be read.
            var ranges = new Stack<(int First, int Last)>([(0, Slot.Count - 1)]);
            while (ranges.TryPop(out var range))
            {
                if (await CanReadAsync(target, range.First, range.Last, cancellationToken))
                {
                    continue;
                }

                if (range.First < range.Last)
                {
                    var middle = (range.First + range.Last) / 2;
                    ranges.Push((middle + 1, range.Last));
                    ranges.Push((range.First, middle));
                }
                else if (!await GiveUpAsync(target, new Slot((ushort)range.First)))
                {
                    return false;
                }
            }
        }

        return _isLoaded || await LoadAsync(cancellationToken);
    }

    /// <summary>Looks on the disk how much there is for an owner in a slot. False if the disk did not say, or something changed meanwhile.</summary>
    public async ValueTask<bool> RecountAsync(NodeId target, Slot slot, CancellationToken cancellationToken)
    {
        var version = _counts.VersionOf(target, slot);
        var place = StorePlace.Hints(target, slot);
        var (count, bytes, oldest) = (0, 0L, Now);
        Key? after = null;
        for (var isComplete = false; !isComplete;)
        {
            StorePage page;
            try
            {
                page = await store.ScanAsync(place, after, place, PageRecords, PageBytes, cancellationToken);
            }
            catch (Exception problem) when (problem is StoreException or ObjectDisposedException)
            {
                return false;
            }

            foreach (var record in page.Records)
            {
                var since = HintFormat.Decode(record.Key, record.Bytes)?.Since ?? oldest;
                (after, oldest) = (record.Key.Key, since < oldest ? since : oldest);
                count++;
                bytes += BytesOf(record.Key, record.Bytes.Length);
            }

            isComplete = page.Complete;
        }

        return _counts.TryRecount(target, slot, version, count, bytes, oldest);
    }

    private async Task<bool> CanReadAsync(NodeId target, int first, int last, CancellationToken cancellationToken)
    {
        // What fails now and then only must not be taken for lost.
        for (var attempt = 0; attempt < SalvageAttempts; attempt++)
        {
            try
            {
                var (place, after) = (StorePlace.Hints(target, new Slot((ushort)first)), (Key?)null);
                StorePage page;
                do
                {
                    page = await store.ScanAsync(place, after, StorePlace.Hints(target, new Slot((ushort)last)), PageRecords, PageBytes, cancellationToken);
                    (place, after) = page.Records.Count == 0 ? (place, after) : (page.Records[^1].Key.Place, page.Records[^1].Key.Key);
                }
                while (!page.Complete);
                return true;
            }
            catch (StoreException)
            {
                await Task.Delay(SalvagePause, time, cancellationToken);
            }
        }

        return false;
    }

    private async ValueTask<bool> GiveUpAsync(NodeId target, Slot slot)
    {
        logger.Unreadable(target, slot);
        ForgetDots(null);
        StoreWrite outcome;
        try
        {
            outcome = await store.DropSlotAsync(StorePlace.Hints(target, slot), CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        Miss(target, slot, 1);
        _counts.Suspect(target, slot);
        return outcome == StoreWrite.Done;
    }

    private async ValueTask<HeldHint> ReadAsync(StoreKey place, CancellationToken cancellationToken)
    {
        var read = await GetAsync(place, cancellationToken);
        if (read.Status == StoreReadStatus.Absent)
        {
            return default;
        }

        if (read.Status == StoreReadStatus.Found && HintFormat.Decode(place, read.Bytes) is { } hint)
        {
            return new HeldHint(hint, BytesOf(place, read.Bytes.Length));
        }

        counters.CountCorruptRecord();
        logger.Lost(place.Target, place.Slot, read.Status);
        return new HeldHint(null, BytesOf(place, read.Bytes.Length), read.Status == StoreReadStatus.Unreadable ? RecordTrouble.Unreadable : RecordTrouble.Garbled);
    }

    private async ValueTask<StoreRead> GetAsync(StoreKey place, CancellationToken cancellationToken)
    {
        try
        {
            return await store.GetAsync(place, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            return new StoreRead(StoreReadStatus.Unreadable, default); // the node has stopped
        }
    }
}
