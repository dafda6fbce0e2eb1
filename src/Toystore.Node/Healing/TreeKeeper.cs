using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Scans the slots whose trees want it (<see cref="SlotTrees"/>): all of them after a start, while the node serves already; later those that have outgrown their size or are in doubt. Some slots at a time, each lot from one snapshot,
/// which is given back before it could hold up compaction.
/// </summary>
/// <remarks>
/// <code>
/// writers   [..|begin 0-255|......|finish 0-255, begin 256-511|......|finish 256-511, ...]
/// keeper               [scan 0-255]                          [scan 256-511]
/// </code>
/// Records are counted where the store shows them, on its own thread: none is copied. A slot that cannot be read (a damaged block) is left alone for a while; the others of its lot are scanned again without it.
/// </remarks>
internal sealed class TreeKeeper(IStore store, UntidySlots untidy, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int SlotsAtOnce = 256;
    private const int PageRecords = 16 << 10;
    private const int PageBytes = 4 << 20;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _built = new();
    private readonly long[] _notBefore = new long[Slot.Count];
    private readonly HashSet<Slot> _alone = []; // not to be scanned with others: a lot with one of them could not be read

    // Of the lots before: what the next visit ends.
    private List<TreeScan> _scanned = [];
    private List<TreeScan> _abandoned = [];
    private Task _loop = Task.CompletedTask;
    private long _keys;
    private long _nextTry; // of a slot that could not be read

    /// <summary>Ends when every slot that could be read has been scanned once.</summary>
    public Task Built => _built.Task;

    /// <summary>Begins.</summary>
    public void Start() => _loop = WorkAsync();

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _loop;
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        await Task.Yield();
        var began = time.GetTimestamp();
        Array.Fill(_notBefore, began);
        try
        {
            while (true)
            {
                var calls = store.Trees.Calls;
                var lot = NextLot();
                if (lot.Count > 0 || _scanned.Count > 0 || _abandoned.Count > 0)
                {
                    await TurnAsync(lot);
                    continue;
                }

                if (!_built.Task.IsCompleted)
                {
                    Log.Scanned(logger, Slot.Count, _keys, time.GetElapsedTime(began).TotalSeconds);
                    _built.SetResult();
                }

                do
                {
                    await Task.Delay(BetweenLooks, time, _stopping.Token);
                }
                while (store.Trees.Calls == calls && time.GetTimestamp() < _nextTry);
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // the node stops
        }
    }

    private List<Slot> NextLot()
    {
        var now = time.GetTimestamp();
        var lot = new List<Slot>();
        _nextTry = long.MaxValue;
        for (var index = 0; index < Slot.Count && lot.Count < SlotsAtOnce; index++)
        {
            var slot = new Slot((ushort)index);
            if (!store.Trees.WantsScan(slot))
            {
                continue;
            }

            if (_notBefore[index] > now)
            {
                _nextTry = Math.Min(_nextTry, _notBefore[index]);
                continue;
            }

            if (!_alone.Contains(slot))
            {
                lot.Add(slot);
            }
            else if (lot.Count == 0)
            {
                return [slot];
            }
        }

        return lot;
    }

    private async Task TurnAsync(List<Slot> lot)
    {
        var (scanned, abandoned) = (_scanned, _abandoned);
        var scans = new Dictionary<Slot, TreeScan>(lot.Count);
        var ends = scanned.Concat(abandoned).ToLookup(scan => scan.Slot);
        IStoreSnapshot snapshot;
        try
        {
            snapshot = await store.VisitAsync([.. ends.Select(of => of.Key).Union(lot)], Visit, _stopping.Token);
        }
        catch (StoreException)
        {
            // Nothing can be looked at now; what has begun is void, and what was scanned may have been published or not.
            _abandoned = [.. abandoned, .. scans.Values];
            await Task.Delay(BetweenLooks, time, _stopping.Token);
            return;
        }

        (_scanned, _abandoned) = ([.. scans.Values], []);
        using (snapshot)
        {
            try
            {
                foreach (var run in Runs(lot))
                {
                    await ScanAsync(snapshot, run, scans);
                }

                _alone.ExceptWith(lot);
            }
            catch (StoreException problem)
            {
                (_scanned, _abandoned) = ([], [.. scans.Values]);
                LeaveAlone(lot, problem);
            }
        }

        void Visit(Slot slot)
        {
            foreach (var scan in ends[slot])
            {
                if (abandoned.Contains(scan))
                {
                    store.Trees.Abandon(scan);
                }
                else
                {
                    store.Trees.Finish(scan);
                }
            }

            if (lot.BinarySearch(slot) >= 0)
            {
                // The shards of a lot are visited at the same time.
                lock (scans)
                {
                    scans[slot] = store.Trees.Begin(slot);
                }
            }
        }
    }

    // One slot that cannot be read must not hold up its neighbours.
    private void LeaveAlone(List<Slot> lot, StoreException problem)
    {
        if (lot.Count > 1)
        {
            _alone.UnionWith(lot);
            return;
        }

        _notBefore[lot[0].Index] = time.GetTimestamp() + (long)(AfterFailure.TotalSeconds * time.TimestampFrequency);
        Log.NotScanned(logger, lot[0], problem.Message);
    }

    private static IEnumerable<(Slot First, Slot Last)> Runs(List<Slot> slots)
    {
        for (var i = 0; i < slots.Count; i++)
        {
            var first = slots[i];
            while (i + 1 < slots.Count && slots[i + 1].Index == slots[i].Index + 1)
            {
                i++;
            }

            yield return (first, slots[i]);
        }
    }

    private async Task ScanAsync(IStoreSnapshot snapshot, (Slot First, Slot Last) run, Dictionary<Slot, TreeScan> scans)
    {
        var last = new StorePlace(StoreArea.Data, run.Last);
        var (from, start) = (new StorePlace(StoreArea.Data, run.First), default(ScanStart));
        TreeScan? scan = null;
        while (await snapshot.ShowAsync(from, start, last, PageRecords, PageBytes, Visit, _stopping.Token) is { } shown)
        {
            (from, start) = (shown.Place, shown.Key);
        }

        void Visit(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
        {
            scan = scan?.Slot == place.Slot ? scan : scans[place.Slot];
            Count(place, key, bytes, scan);
        }
    }

    private void Count(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, TreeScan scan)
    {
        // One that is damaged is not there: the other owners have it, and an exchange finds that this one has not.
        var hash = StoreOrder.HashOf(key);
        if (!RecordFormat.TryGlance(place, key, hash, bytes, out var glance, out var flags))
        {
            return;
        }

        _keys++;
        scan.Add(hash, glance.Versions);
        if (!flags.HasFlag(RecordFlags.Incomplete) && SweepableAt(place, key, bytes, glance) is { } at)
        {
            untidy.Note(place.Slot, hash, at);
        }
    }

    private HybridTime? SweepableAt(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, in RecordGlance glance)
    {
        if (glance.Sweep != GlanceSweep.Unclear)
        {
            return glance.Sweep == GlanceSweep.WhenListed ? glance.Listed : null;
        }

        var whole = new StoreKey(place.Area, place.Slot, Key.From(key.ToArray()));
        return RecordFormat.TryDecode(whole, bytes.ToArray(), out var container, out _) ? untidy.SweepableAt(whole.Key, container) : null;
    }
}
