using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Which of its slots this node knows (docs/decisions/0009, rules 14 and 17). One whose disk is new, was wiped or rolled back, or lost what was not synced, may once have acknowledged what it does not hold: it takes writes, but to who reads
/// it says "I do not know", until it has merged from enough other owners (<see cref="Refilling"/>).
/// </summary>
/// <remarks>
/// On the disk: <c>healing/known</c>, u8 version 1, 2 KiB: bit i of byte j is set if slot 8 j + i is known. Synced before it is believed, so a loss that is noticed is not forgotten, and a disk without the record knows nothing. One exception: while a
/// cluster is being founded there is nothing to know (<see cref="FoundAsync"/>). A slot with a damaged record is known but for that key: it only vouches for nothing to other owners until it is refilled as well.
/// </remarks>
internal sealed class KnownSlots
{
    private const byte Version = 1;
    private const int RowBytes = SlotSet.RowLength / 8;
    private const int PayloadBytes = 1 + (SlotSet.RowLength * RowBytes);

    /// <summary>Where it is.</summary>
    public static readonly StoreKey Place = StoreKey.System("healing/known");

    private readonly IStore _store;
    private readonly Ring _ring;
    private readonly NodeId _self;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SlotSet _shared = new(); // where this node is the only owner, nobody else has what it lacks
    private readonly Lock _lock = new(); // guards what is being refilled, what is unknown, and damaged keys
    private readonly Refilling _refilling;
    private readonly SlotSet _unknown;
    private readonly DamagedKeys _damaged = new();
    private SlotSet? _view; // what is unknown, never changed; null if nothing is
    private Task _turn = Task.CompletedTask;

    public KnownSlots(IStore store, Ring ring, NodeId self, TimeProvider time, ILogger logger)
    {
        (_store, _ring, _self, _time, _logger) = (store, ring, self, time, logger);
        foreach (var other in ring.Topology.Members)
        {
            if (other.Id != self)
            {
                _shared.UnionWith(SlotSet.OwnedBy(ring, other.Id));
            }
        }

        _shared.IntersectWith(SlotSet.OwnedBy(ring, self));
        (_refilling, _unknown, _view) = (new Refilling(ring, self, _shared.Copy()), _shared.Copy(), _shared.Copy());
    }

    /// <summary>True if the disk had no record: nobody has used it before this process.</summary>
    public bool IsNew { get; private set; }

    /// <summary>How many slots this node does not know, or not all keys of.</summary>
    public int LackingCount
    {
        get
        {
            lock (_lock)
            {
                return Doubtful().Count;
            }
        }
    }

    /// <summary>True if it does not know some slot, or not all keys of it.</summary>
    public bool LacksAny
    {
        get
        {
            lock (_lock)
            {
                return _refilling.Lacking.Count > 0;
            }
        }
    }

    /// <summary>The slots that a record says to be known; null if it is none.</summary>
    public static SlotSet? Read(ReadOnlyMemory<byte> record)
    {
        if (!SystemRecord.TryDecode(Place, record, out var payload) || payload.Length != PayloadBytes || payload.Span[0] != Version)
        {
            return null;
        }

        var known = new SlotSet();
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            known[row] = BinaryPrimitives.ReadUInt128LittleEndian(payload.Span[(1 + (row * RowBytes))..]);
        }

        return known;
    }

    /// <summary>The record that says so of these slots.</summary>
    public static byte[] Record(SlotSet known)
    {
        var payload = new byte[PayloadBytes];
        payload[0] = Version;
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(payload.AsSpan(1 + (row * RowBytes)), known[row]);
        }

        return SystemRecord.Encode(Place, payload);
    }

    /// <summary>True if this node has lost nothing of a slot, as a whole. To be asked before the store is: a slot that is refilled in between was not yet when the store answered.</summary>
    public bool Knows(Slot slot) => Volatile.Read(ref _view) is not { } unknown || !unknown.Contains(slot);

    /// <summary>True if it has lost nothing of this slot and all after it.</summary>
    public bool KnowsFrom(Slot first) => Volatile.Read(ref _view) is not { } unknown || !unknown.Slots().Any(slot => slot.Index >= first.Index);

    /// <summary>Of these slots, those that it knows in every key.</summary>
    public SlotSet KnownOf(SlotSet slots)
    {
        var known = slots.Copy();
        lock (_lock)
        {
            known.ExceptWith(Doubtful());
        }

        return known;
    }

    /// <summary>Of these slots, those that an exchange with another owner would help to know again.</summary>
    public SlotSet WantedFrom(NodeId other, SlotSet slots)
    {
        lock (_lock)
        {
            return _refilling.WantedFrom(other, slots);
        }
    }

    /// <summary>Reads the disk. Once. What it does not give is not known.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var read = await SystemReads.ReadAsync(_store, Place, _time, cancellationToken);
        IsNew = read.Status == StoreReadStatus.Absent;
        if (read.Status == StoreReadStatus.Found && Read(read.Bytes) is { } known)
        {
            lock (_lock)
            {
                _refilling.Lacking.ExceptWith(known);
                _unknown.ExceptWith(known);
                Publish();
            }
        }
        else if (!IsNew)
        {
            Log.KnownLost(_logger, read.Status);
        }
    }

    /// <summary>Nobody can have written anything: all slots are known. False if the disk did not take that.</summary>
    public async ValueTask<bool> FoundAsync()
    {
        SlotSet all;
        lock (_lock)
        {
            all = _unknown.Copy();
            _refilling.Lacking.ExceptWith(all);
        }

        return await KnowAsync(all, []);
    }

    /// <summary>Puts what is known on the disk as it is, so that the next process does not take it for new.</summary>
    public ValueTask<bool> KeepAsync() => CommitAsync(new SlotSet());

    /// <summary>Something of all slots may be lost: known from now on is what is merged from now on.</summary>
    public async ValueTask<bool> LoseAllAsync(string why)
    {
        if (!await LoseAsync(_shared, why))
        {
            return false;
        }

        IsNew = false;
        return true;
    }

    /// <summary>Something of these slots may be lost.</summary>
    public ValueTask<bool> LoseAsync(SlotSet slots, string why)
    {
        var lost = _shared.Copy();
        lost.IntersectWith(slots);
        if (lost.Count == 0)
        {
            return new ValueTask<bool>(true);
        }

        lock (_lock)
        {
            foreach (var slot in lost.Slots())
            {
                _refilling.Lose(slot);
            }

            _unknown.UnionWith(lost);
            Publish();
        }

        Log.SlotsLost(_logger, lost.Count, why);
        return CommitAsync(new SlotSet());
    }

    /// <summary>
    /// The record of a key cannot be read any more. If something was put in its place since the last time, that is lost as well: whatever was merged into it does not count. True if that is news. The disk shows it again to the next process.
    /// </summary>
    public bool LoseRecord(Key key)
    {
        lock (_lock)
        {
            return IsShared(key) && LoseSlotIf(_damaged.Lose(key), key);
        }
    }

    /// <summary>The record of a key is marked, or will be, as one that has lost something.</summary>
    public void NoteIncomplete(Key key)
    {
        lock (_lock)
        {
            _ = IsShared(key) && LoseSlotIf(_damaged.NoteIncomplete(key), key);
        }
    }

    /// <summary>A scan has met such a record: lost, or marked.</summary>
    public void FindDamaged(Key key, bool isLost)
    {
        if (isLost)
        {
            LoseRecord(key);
        }
        else
        {
            NoteIncomplete(key);
        }
    }

    /// <summary>True if the record of a damaged key may be marked as whole: its slot is refilled, and it was not lost again since. To be asked while nobody can change the key.</summary>
    public bool IsCompleting(Key key)
    {
        lock (_lock)
        {
            return _damaged.IsCompleting(key);
        }
    }

    /// <summary>
    /// An exchange with another owner has settled these slots, and both sides are synced. <paramref name="knowing"/>: what the other one knew when it began; <paramref name="stood"/>: where its floor is what it was then. Returns the slots that
    /// are refilled with this, and their damaged keys, which are whole again once they have been marked so: then <see cref="KnowAsync"/>.
    /// </summary>
    public (SlotSet Slots, IReadOnlyList<Key> Damaged) Merged(NodeId from, SlotSet settled, SlotSet knowing, SlotSet stood)
    {
        var refilled = new SlotSet();
        var damaged = new List<Key>();
        lock (_lock)
        {
            var lacking = settled.Copy();
            lacking.IntersectWith(_refilling.Lacking);
            foreach (var slot in lacking.Slots())
            {
                if (_refilling.Merged(from, slot, knowing.Contains(slot), stood.Contains(slot)))
                {
                    refilled.Add(slot);
                    damaged.AddRange(_damaged.BeginCompleting(slot));
                }
            }
        }

        return (refilled, damaged);
    }

    /// <summary>
    /// What <see cref="Merged"/> gave is on the disk, with these of its damaged keys: the slots are known, unless something of them was lost since. False if the disk did not take that, or <paramref name="isKept"/> says so:
    /// they have to be refilled anew.
    /// </summary>
    public async ValueTask<bool> KnowAsync(SlotSet refilled, IReadOnlyList<Key> whole, bool isKept = true)
    {
        var isWhole = refilled.Copy();
        lock (_lock)
        {
            _damaged.EndCompleting(whole, refilled);
            foreach (var slot in refilled.Slots().Where(_damaged.AnyIn))
            {
                _refilling.Lose(slot);
                isWhole.Remove(slot);
            }
        }

        if (isKept && await CommitAsync(isWhole))
        {
            return true;
        }

        lock (_lock)
        {
            foreach (var slot in isWhole.Slots())
            {
                _refilling.Lose(slot);
            }
        }

        return false;
    }

    // Where this node is the only owner, nobody else has what it lacks.
    private bool IsShared(Key key) => _ring.IsOwner(Slot.Of(key), _self) && _ring.Owners(Slot.Of(key)).Length > 1;

    private bool LoseSlotIf(bool isLost, Key key)
    {
        if (isLost)
        {
            _refilling.Lose(Slot.Of(key));
        }

        return isLost;
    }

    private SlotSet Doubtful()
    {
        var doubtful = _unknown.Copy();
        doubtful.UnionWith(_refilling.Lacking);
        foreach (var slot in _damaged.Slots)
        {
            doubtful.Add(slot);
        }

        return doubtful;
    }

    private void Publish() => Volatile.Write(ref _view, _unknown.Count == 0 ? null : _unknown.Copy());

    // These are known with it, unless they are lost again: the disk first.
    private async ValueTask<bool> CommitAsync(SlotSet again)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            var known = _shared.Copy();
            lock (_lock)
            {
                known.ExceptWith(Without(again));
            }

            if (!await WriteAsync(known))
            {
                return false;
            }

            lock (_lock)
            {
                var had = _unknown.Count;
                var left = Without(again);
                _unknown.IntersectWith(left);
                Publish();
                if (had > 0 && _unknown.Count == 0)
                {
                    Log.AllKnown(_logger);
                }
            }

            return true;
        }
        finally
        {
            over.SetResult();
        }
    }

    private SlotSet Without(SlotSet again)
    {
        var found = again.Copy();
        found.ExceptWith(_refilling.Lacking);
        var left = _unknown.Copy();
        left.ExceptWith(found);
        return left;
    }

    private async ValueTask<bool> WriteAsync(SlotSet known)
    {
        try
        {
            return await _store.WriteAsync(new StoreBatch().Put(Place, Record(known)), Durability.Fsync, CancellationToken.None) == StoreWrite.Done;
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }
    }
}
