using System.Numerics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// When a floor has risen, removes what it has made superfluous in the slot: tombstones, values whose time is over, versions that lost, stale entries of contexts. Reads the parts that <see cref="UntidySlots"/> names.
/// </summary>
internal sealed class Sweeper(IStore store, Replica replica, SlotFloors floors, UntidySlots untidy, Func<Key, bool> lastWriteWins, NodeCounters counters, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int PageRecords = 256;
    private const int PageBytes = 1 << 20;
    private const int SlotsAtOnce = 64;
    private static readonly TimeSpan BetweenSlots = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Slot> _risen = Channel.CreateUnbounded<Slot>(new UnboundedChannelOptions { SingleReader = true });
    private readonly int[] _isQueued = new int[Slot.Count]; // so that there are never more in the queue than there are slots
    private Task _loop = Task.CompletedTask;

    /// <summary>Begins.</summary>
    public void Start()
    {
        floors.Rose += Add;
        _loop = WorkAsync();
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        floors.Rose -= Add;
        _stopping.Cancel();
        await _loop;
        _stopping.Dispose();
    }

    private void Add(SlotSet risen)
    {
        foreach (var slot in untidy.Among(risen).Slots())
        {
            if (untidy.Has(slot, floors[slot]) && Interlocked.Exchange(ref _isQueued[slot.Index], 1) == 0)
            {
                _risen.Writer.TryWrite(slot);
            }
        }
    }

    private async Task WorkAsync()
    {
        await Task.Yield();
        try
        {
            for (var slots = 1; ; slots++)
            {
                var slot = await _risen.Reader.ReadAsync(_stopping.Token);
                Volatile.Write(ref _isQueued[slot.Index], 0);
                await SweepAsync(slot);
                if (slots % SlotsAtOnce == 0)
                {
                    await Task.Delay(BetweenSlots, time, _stopping.Token);
                }
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // the node stops
        }
    }

    private async Task SweepAsync(Slot slot)
    {
        for (var parts = untidy.Take(slot); parts != 0; parts &= parts - 1)
        {
            var part = BitOperations.TrailingZeroCount(parts);
            try
            {
                await SweepAsync(slot, part);
            }
            catch (StoreException problem)
            {
                untidy.Note(slot, UntidySlots.RangeOf(part).First, floors[slot]);
                Log.NotSwept(logger, slot, problem.Message);
            }
        }
    }

    private async Task SweepAsync(Slot slot, int part)
    {
        var (first, last) = UntidySlots.RangeOf(part);
        ScanStart start = first;
        var place = new StorePlace(StoreArea.Data, slot);
        while (true)
        {
            var page = await store.ScanAsync(place, start, place, PageRecords, PageBytes, _stopping.Token);
            foreach (var record in page.Records)
            {
                var hash = StoreOrder.HashOf(record.Key.Key);
                if (hash.CompareTo(last) > 0)
                {
                    return;
                }

                await SweepAsync(record, hash);
                start = record.Key.Key;
            }

            if (page.Complete)
            {
                return;
            }
        }
    }

    private async ValueTask SweepAsync(StoreRecord record, KeyHash hash)
    {
        var slot = record.Key.Slot;
        if (!RecordFormat.TryDecode(record.Key, record.Bytes, out var container, out var flags) || flags.HasFlag(RecordFlags.Incomplete) || untidy.SweepableAt(record.Key.Key, container) is not { } at)
        {
            return; // what is not whole is noted again when it is
        }

        if (at > floors[slot])
        {
            untidy.Note(slot, hash, at);
            return;
        }

        switch (await replica.SweepAsync(record.Key.Key, lastWriteWins(record.Key.Key)))
        {
            case StoreWrite.Done:
                counters.CountSwept();
                break;
            case null:
                break;
            default:
                untidy.Note(slot, hash, at);
                break;
        }
    }
}
