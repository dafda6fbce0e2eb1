using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Hints;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Reads everything on the disk, slowly, round after round, and verifies each record: so that one that rots while nobody reads it is found while other owners still have it. What it finds damaged is lost here, and given back as
/// anything is that is found damaged; a hint that is damaged is what its owner misses. Where it is survives nothing: a process begins anew.
/// </summary>
internal sealed class Scrubber(IStore store, Replica replica, RecordMender mender, HintBook book, Foreground foreground, ScrubLimits limits, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int PageRecords = 256;
    private const int PageBytes = 256 << 10;
    private const int SlotsAlone = 256;
    private const int BytesEach = 64; // a record costs more than its bytes
    private static readonly Slot LastSlot = new(Slot.Count - 1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private long _records;
    private long _bytes;
    private long _rounds;
    private int _slot;

    /// <summary>How far it is.</summary>
    public ScrubProgress Progress => new(Volatile.Read(ref _slot) / (double)Slot.Count, Interlocked.Read(ref _rounds), Interlocked.Read(ref _records), Interlocked.Read(ref _bytes));

    /// <summary>False if it is switched off.</summary>
    public bool IsOn => limits.BytesPerSecond > 0;

    /// <summary>Begins, once something else has ended that reads everything too.</summary>
    public void Start(Task after)
    {
        if (IsOn)
        {
            _loop = WorkAsync(after);
        }
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _loop;
        _stopping.Dispose();
    }

    private async Task WorkAsync(Task after)
    {
        try
        {
            await after.WaitAsync(_stopping.Token);
            while (true)
            {
                await ScrubAsync();
                await ScrubHintsAsync();
                Volatile.Write(ref _slot, 0);
                Interlocked.Increment(ref _rounds);
                await Task.Delay(limits.Pause, time, _stopping.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // the node stops
        }
    }

    private async Task ScrubAsync()
    {
        // A page goes over many slots. One that cannot be read must not keep the others from being looked at: then some are read one by one.
        Key? last = null;
        for (var (slot, alone) = (0, 0); slot < Slot.Count;)
        {
            Volatile.Write(ref _slot, slot);
            var first = new Slot((ushort)slot);
            StorePage page;
            try
            {
                page = await store.ScanAsync(StoreArea.Data, first, last, alone > 0 ? first : LastSlot, PageRecords, PageBytes, _stopping.Token);
            }
            catch (StoreException) when (alone == 0)
            {
                alone = SlotsAlone;
                continue;
            }
            catch (StoreException problem)
            {
                Log.NotScrubbed(logger, first, problem.Message);
                await mender.SearchAsync(first);
                (slot, last) = (slot + 1, null);
                continue;
            }

            foreach (var record in page.Records)
            {
                if (replica.Decode(record).Unknowing)
                {
                    mender.Add(record.Key.Key);
                }
            }

            (slot, last) = !page.Complete ? (page.Records[^1].Key.Slot.Index, page.Records[^1].Key.Key) : alone > 0 ? (slot + 1, default(Key?)) : (Slot.Count, null);
            alone = page.Complete && alone > 0 ? alone - 1 : alone;
            await SpendAsync(page);
        }
    }

    private async Task ScrubHintsAsync()
    {
        var (first, after) = (new StorePlace(StoreArea.Hints, default), default(Key?));
        for (var isComplete = false; !isComplete;)
        {
            StorePage page;
            try
            {
                page = await store.ScanAsync(first, after, StorePlace.Hints(new NodeId(ulong.MaxValue), LastSlot), PageRecords, PageBytes, _stopping.Token);
            }
            catch (StoreException)
            {
                return; // delivery salvages what is left
            }

            foreach (var record in page.Records)
            {
                (first, after) = (record.Key.Place, record.Key.Key);
                if (HintFormat.Decode(record.Key, record.Bytes) is null)
                {
                    await book.LoseAsync(record);
                }
            }

            isComplete = page.Complete;
            await SpendAsync(page);
        }
    }

    private async ValueTask SpendAsync(StorePage page)
    {
        var bytes = 0L;
        foreach (var record in page.Records)
        {
            bytes += record.Key.Key.Length + record.Bytes.Length;
        }

        Interlocked.Add(ref _records, page.Records.Count);
        Interlocked.Add(ref _bytes, bytes);
        bytes += BytesEach * (long)page.Records.Count;
        if (bytes > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(bytes / (limits.BytesPerSecond * foreground.Spend(bytes))), time, _stopping.Token);
        }
    }
}

/// <summary>How much is scrubbed.</summary>
/// <param name="BytesPerSecond">At most; 0 for not at all.</param>
/// <param name="Pause">Between two rounds.</param>
internal sealed record ScrubLimits(long BytesPerSecond, TimeSpan Pause);
