using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Scans the slots whose trees want it (<see cref="SlotTrees"/>): all of them after a start, while the node serves already; later those that have outgrown their size or are in doubt. Some slots at a time, more if they hold little, each lot from one snapshot,
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
    private const int SlotsAtOnceMin = 256;
    private const int SlotsAtOnceMax = 4096;
    private const int KeysAtOnce = 1 << 16;
    private const int PageRecords = 16 << 10;
    private const int PageBytes = 4 << 20;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _built = new();
    private readonly Dictionary<Slot, long> _notBefore = []; // of those that could not be read
    private readonly ConcurrentQueue<Slot> _mended = []; // of those, where something was given back since
    private readonly HashSet<Slot> _alone = []; // not to be scanned with others: a lot with one of them could not be read

    // The lots before: what the next visit ends.
    private List<Lot> _ended = [];
    private int _slotsAtOnce = SlotsAtOnceMin; // more where there are few keys: each visit holds up all writers for a moment
    private int _from;
    private Task _loop = Task.CompletedTask;
    private long _keys;
    private long _nextTry; // of a slot that could not be read

    /// <summary>A record was met that is lost, or else marked as one that has lost something.</summary>
    public event Action<Key, bool>? FoundDamaged;

    /// <summary>Ends when every slot that could be read has been scanned once.</summary>
    public Task Built => _built.Task;

    /// <summary>Begins.</summary>
    public void Start() => _loop = WorkAsync();

    /// <summary>A record of a slot was given back: it may be that the slot can be read now.</summary>
    public void TryAgain(Slot slot) => _mended.Enqueue(slot);

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
        try
        {
            while (true)
            {
                var calls = store.Trees.Calls;
                var lot = _ended.Exists(of => of.IsAbandoned) ? new Lot([]) : NextLot(); // what was given up is only then wanted again
                if (lot.Slots.Count > 0 || _ended.Exists(of => of.Slots.Count > 0))
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
                while (store.Trees.Calls == calls && time.GetTimestamp() < _nextTry && _mended.IsEmpty);
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // the node stops
        }
    }

    private Lot NextLot()
    {
        while (_mended.TryDequeue(out var slot))
        {
            _notBefore.Remove(slot);
        }

        var lot = LotFrom(_from);
        if (lot.Count == 0 && _from > 0)
        {
            lot = LotFrom(0);
        }

        _from = lot.Count == 0 ? 0 : lot[^1].Index + 1;
        return new Lot(lot);
    }

    private List<Slot> LotFrom(int from)
    {
        var now = time.GetTimestamp();
        var lot = new List<Slot>();
        _nextTry = long.MaxValue;
        for (var index = from; index < Slot.Count && lot.Count < _slotsAtOnce && store.Trees.FirstWanting(new Slot((ushort)index)) is { } slot; index++)
        {
            index = slot.Index;
            if (_notBefore.Count > 0 && _notBefore.GetValueOrDefault(slot) is var next && next > now)
            {
                _nextTry = Math.Min(_nextTry, next);
                continue;
            }

            if (_alone.Count == 0 || !_alone.Contains(slot))
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

    private async Task TurnAsync(Lot lot)
    {
        var ended = _ended;
        var visited = new SlotSet();
        foreach (var of in ended.Append(lot))
        {
            visited.UnionWith(of.Set);
        }

        IStoreSnapshot snapshot;
        try
        {
            snapshot = await store.VisitAsync(visited.ToArray(), Visit, _stopping.Token);
        }
        catch (StoreException)
        {
            // Nothing can be looked at now; what has begun is void, and what was scanned may have been published or not.
            lot.IsAbandoned = true;
            _ended = lot.HasBegun ? [.. ended, lot] : ended;
            await Task.Delay(BetweenLooks, time, _stopping.Token);
            return;
        }

        _ended = [lot];
        using (snapshot)
        {
            var before = _keys;
            try
            {
                foreach (var run in Runs(lot.Slots))
                {
                    await ScanAsync(snapshot, run, lot);
                }

                _alone.ExceptWith(lot.Slots);
                Adapt(lot.Slots.Count, _keys - before);
            }
            catch (StoreException problem)
            {
                lot.IsAbandoned = true;
                LeaveAlone(lot.Slots, problem);
            }
        }

        void Visit(Slot slot)
        {
            foreach (var of in ended)
            {
                of.End(slot, store.Trees);
            }

            lot.Begin(slot, store.Trees);
        }
    }

    private void Adapt(int slots, long keys)
    {
        if (slots > 0)
        {
            _slotsAtOnce = keys > KeysAtOnce ? Math.Max(_slotsAtOnce / 2, SlotsAtOnceMin) : keys < KeysAtOnce / 4 ? Math.Min(_slotsAtOnce * 2, SlotsAtOnceMax) : _slotsAtOnce;
        }
    }

    // One slot that cannot be read must not hold up its neighbours.
    private void LeaveAlone(List<Slot> lot, StoreException problem)
    {
        if (lot.Count > SlotsAtOnceMin)
        {
            (_slotsAtOnce, _from) = (SlotsAtOnceMin, lot[0].Index);
            return;
        }

        if (lot.Count > 1)
        {
            _alone.UnionWith(lot);
            return;
        }

        _notBefore[lot[0]] = time.GetTimestamp() + (long)(AfterFailure.TotalSeconds * time.TimestampFrequency);
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

    private async Task ScanAsync(IStoreSnapshot snapshot, (Slot First, Slot Last) run, Lot lot)
    {
        var last = new StorePlace(StoreArea.Data, run.Last);
        var (from, start) = (new StorePlace(StoreArea.Data, run.First), default(ScanStart));
        while (await snapshot.ShowAsync(from, start, last, PageRecords, PageBytes, Visit, _stopping.Token) is { } shown)
        {
            (from, start) = (shown.Place, shown.Key);
        }

        void Visit(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes) => Count(place, key, bytes, lot.Scan);
    }

    private void Count(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, TreeScan scan)
    {
        // One that is damaged is not there: the other owners have it, and an exchange finds that this one has not.
        var hash = StoreOrder.HashOf(key);
        if (!RecordFormat.TryGlance(place, key, hash, bytes, out var glance, out var flags))
        {
            FoundDamaged?.Invoke(Key.From(key.ToArray()), true);
            return;
        }

        _keys++;
        scan.Add(place.Slot, hash, glance.Versions);
        if (flags.HasFlag(RecordFlags.Incomplete))
        {
            FoundDamaged?.Invoke(Key.From(key.ToArray()), false);
        }
        else if (SweepableAt(place, key, bytes, glance) is { } at)
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

    /// <summary>Slots that are scanned from one snapshot, ascending.</summary>
    private sealed class Lot(List<Slot> slots)
    {
        private volatile bool _hasBegun;

        public List<Slot> Slots => slots;

        /// <summary>The same.</summary>
        public SlotSet Set { get; } = new(slots);

        /// <summary>Of all of them.</summary>
        public TreeScan Scan { get; } = slots.Count == 0 ? new TreeScan(default, default) : new TreeScan(slots[0], slots[^1]);

        /// <summary>True if it could not be carried through.</summary>
        public bool IsAbandoned { get; set; }

        /// <summary>True if the scan of one of its slots has begun.</summary>
        public bool HasBegun => _hasBegun;

        /// <summary>The writer of a slot: it is scanned from now on, if it is of this lot. Writers of other slots may do so at the same time.</summary>
        public void Begin(Slot slot, SlotTrees trees)
        {
            if (Set.Contains(slot))
            {
                trees.Begin(slot, Scan);
                _hasBegun = true;
            }
        }

        /// <summary>The writer of a slot: it has been scanned, if it is of this lot; or will not be.</summary>
        public void End(Slot slot, SlotTrees trees)
        {
            if (!Set.Contains(slot))
            {
                return;
            }

            if (IsAbandoned)
            {
                trees.Abandon(slot, Scan);
            }
            else
            {
                trees.Finish(slot, Scan);
            }
        }
    }
}
