using System.Globalization;
using System.Numerics;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Storage;

namespace Toystore.Simulation.Histories;

/// <summary>
/// What lies on which disk: heard of every write to a disk, it knows where each dot is, and which disks lost it through no fault of their node.
/// </summary>
/// <remarks>
/// This is the one place where the promises are relaxed. A promise holds "while fewer than W of the replicas that acknowledged lose their disks", so each disk that lost a write - wiped, rolled back, cut off before
/// it had synced, garbled - is one owner less that is known to hold it (<see cref="Lost"/>), and a read still has to show it only if R and what is left overlap. Two exceptions: what was promised to be on the disk does not go
/// in a power cut; and an owner that was wiped, lost what was not synced, or has a garbled record says that it does not know until it was given everything back, so that one alone changes nothing for what W owners held when the client
/// was told (what is lost between an owner's answer and that moment can be given back without the write; docs/decisions/0007). One whose disk was rolled back does not always find out, and not at once (docs/decisions/0009, rule 20). An owner that could not read its record and wrote over it (docs/decisions/0007) says so too, by the flag of the new one:
/// to be treated as garbled.
/// </remarks>
internal sealed partial class DotLedger(IClusterUnderTest cluster, Func<long> tick)
{
    private static readonly int ShortestFloorKey = FloorRecords.PlaceOf(0).Key.Length;
    private static readonly Dictionary<StoreKey, int> FloorRows = Enumerable.Range(0, FloorRecords.Rows).ToDictionary(FloorRecords.PlaceOf, row => row);

    private readonly Dictionary<(int Node, Key Key), HeldRecord> _visible = [];
    private readonly Dictionary<Key, List<Dot>> _dotsOf = [];
    private readonly Dictionary<Dot, StoredDot> _first = [];
    private readonly Dictionary<Dot, List<Loss>> _losses = [];
    private readonly HashSet<(int Node, StoreBatch Batch)> _unsynced = [];

    private readonly Dictionary<(int Holder, StoreKey Place), HeldRecord> _hints = [];
    private readonly Dictionary<Dot, List<Loss>> _hintLosses = [];
    private readonly HashSet<(int Node, Key Key)> _damagedPlatters = [];
    private readonly HashSet<(int Node, Key Key)> _unknowing = [];
    private readonly HashSet<int> _replaced = [];
    private readonly Dictionary<(int Node, int Row), ulong[]> _floors = [];

    /// <summary>Hears of every hint that its holder has removed: what it held last.</summary>
    public Action<int, StoreKey, Container>? HintRemoved { get; set; }

    /// <summary>Hears of every live dot that is written to a disk, and who wrote it there first.</summary>
    public Action<StoredDot, StoredDot>? Stored { get; set; }

    /// <summary>Dots of a key that were ever live on a disk, in the order in which they appeared.</summary>
    public IReadOnlyList<Dot> DotsOf(Key key) => _dotsOf.GetValueOrDefault(key) ?? [];

    /// <summary>What a node shows of a key.</summary>
    public HeldRecord Visible(int node, Key key) => _visible.GetValueOrDefault((node, key), HeldRecord.Nothing).Under(FloorOf(node, Slot.Of(key)));

    /// <summary>What a node has of a key on the platter; where that was damaged under a newer version that is not there yet, the newer version.</summary>
    public HeldRecord Synced(int node, Key key) => Synced(node, key, FloorOf(node, Slot.Of(key)));

    /// <summary>The same under another floor than the one that is on its disk now.</summary>
    public HeldRecord Synced(int node, Key key, HybridTime floor) =>
        (_damagedPlatters.Contains((node, key)) ? _visible.GetValueOrDefault((node, key), HeldRecord.Nothing) : HeldRecord.Of(key, cluster.OnDisk(node, StoreKey.Data(key), synced: true))).Under(floor);

    /// <summary>The floor of a slot on a node's platter; 0 if there is none, or it is lost. One that is on its way there binds nobody, and may go with the power.</summary>
    public HybridTime FloorOf(int node, Slot slot) =>
        _floors.TryGetValue((node, slot.Index / FloorRecords.SlotsOfARow), out var row) && row[slot.Index % FloorRecords.SlotsOfARow] is var floor && floor != FloorRecords.Lost ? new HybridTime(floor) : default;

    /// <summary>Hears of every record of floors that is synced, or found changed: the node, the row, and what the floors of its slots were and are, <see cref="FloorRecords.Lost"/> where one is lost.</summary>
    public Action<int, int, ulong[], ulong[]>? FloorsMoved { get; set; }

    /// <summary>True if an owner had a record of a key garbled, and has not been given all of it back since.</summary>
    public bool IsUnknowing(int node, Key key) => _unknowing.Contains((node, key));

    /// <summary>The owners of a key, as indexes of nodes.</summary>
    public IEnumerable<int> OwnersOf(Key key)
    {
        var owners = new List<int>();
        foreach (var owner in cluster.Ring.Owners(Slot.Of(key)))
        {
            owners.Add(IndexOf(owner));
        }

        return owners;
    }

    /// <summary>The node that mints as this one.</summary>
    public int IndexOf(NodeId id)
    {
        var members = cluster.Ring.Topology.Members;
        for (var i = 0; i < members.Length; i++)
        {
            if (members[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>True if a node's disk was wiped or rolled back at some time.</summary>
    public bool WasReplaced(int node) => _replaced.Contains(node);

    /// <summary>A batch became visible on a disk; or, with <paramref name="synced"/>, reached the platter, at once or after it had been visible.</summary>
    public void Written(int node, StoreBatch batch, bool synced)
    {
        foreach (var change in synced ? batch.Changes : [])
        {
            if (change.Key.Area == StoreArea.Data)
            {
                _damagedPlatters.Remove((node, change.Key.Key));
            }
            else if (change.Key.Area == StoreArea.System)
            {
                NoteFloors(node, change.Key);
            }
        }

        if (synced && _unsynced.Remove((node, batch)))
        {
            return;
        }

        if (!synced)
        {
            _unsynced.Add((node, batch));
        }

        foreach (var change in batch.Changes)
        {
            if (change.Key.Area == StoreArea.Data)
            {
                var record = HeldRecord.Of(change.Key.Key, change.Delete ? default : change.Bytes);
                Hold(node, change.Key.Key, record);
                if (record is { IsReadable: true, IsComplete: true })
                {
                    _unknowing.Remove((node, change.Key.Key));
                }
            }
            else if (change.Key.Area == StoreArea.System)
            {
                NoteKnown(node, change.Key);
            }
            else if (change.Key.Area == StoreArea.Hints)
            {
                var before = _hints.GetValueOrDefault((node, change.Key), HeldRecord.Nothing);
                HoldHint(node, change.Key, HeldRecord.OfHint(change.Key, change.Delete ? default : change.Bytes));
                if (change.Delete && !before.Container.IsEmpty)
                {
                    HintRemoved?.Invoke(node, change.Key, before.Container);
                }
            }
        }
    }

    /// <summary>What was lost of a dot where it was kept for owners.</summary>
    public IReadOnlyList<Loss> HintLossesOf(Dot dot) => _hintLosses.GetValueOrDefault(dot) ?? [];

    /// <summary>True if anything is kept for an owner anywhere.</summary>
    public bool AnyHints => _hints.Count > 0;

    /// <summary>What is kept where, for a person.</summary>
    public string Hints => string.Join("; ", _hints.Select(each => string.Create(CultureInfo.InvariantCulture, $"n{each.Key.Holder + 1:x} keeps {each.Key.Place.Key} for {each.Key.Place.Target}: {each.Value.Container}")));

    /// <summary>The members that keep a dot in the place of an owner, on the platter if <paramref name="synced"/>: who does so, and for which owner.</summary>
    public IEnumerable<(int Holder, int Owner)> KeepersOf(Key key, Dot dot, bool synced)
    {
        foreach (var ((holder, place), held) in _hints)
        {
            if (place.Key == key && (synced ? HeldRecord.OfHint(place, cluster.OnDisk(holder, place, synced: true)) : held).StateOf(dot) != DotState.Unheard)
            {
                yield return (holder, IndexOf(place.Target));
            }
        }
    }

    /// <summary>What is on the platter of a key was damaged.</summary>
    public void Damaged(int node, Key key)
    {
        _damagedPlatters.Add((node, key));
        DiskChanged(node, DiskLoss.Garbled);
    }

    /// <summary>A disk changed from outside: looks what is on it now.</summary>
    public void DiskChanged(int node, DiskLoss how)
    {
        if (how is DiskLoss.PowerCut or DiskLoss.Wiped or DiskLoss.RolledBack)
        {
            _unsynced.RemoveWhere(each => each.Node == node);
        }

        if (how is DiskLoss.Wiped or DiskLoss.RolledBack)
        {
            _replaced.Add(node);
            _unknowing.RemoveWhere(each => each.Node == node);
            _damagedPlatters.RemoveWhere(each => each.Node == node);
        }

        var moment = tick();
        LookAtKnown(node, how, moment);
        var befores = _dotsOf.Keys.ToDictionary(key => key, key => Visible(node, key));
        foreach (var key in befores.Keys)
        {
            NoteFloors(node, FloorRecords.PlaceOf(Slot.Of(key).Index / FloorRecords.SlotsOfARow));
            var before = befores[key];
            var held = HeldRecord.Of(key, cluster.OnDisk(node, StoreKey.Data(key), synced: false));
            var after = held.Under(FloorOf(node, Slot.Of(key)));

            // A version that hid a damaged one went with the power.
            var cause = how == DiskLoss.PowerCut && _damagedPlatters.Contains((node, key)) ? DiskLoss.Garbled : how;
            var hasLost = how != DiskLoss.Nothing && NoteLosses(node, key, before, after, cause, moment);
            Hold(node, key, held);
            if (hasLost && cause == DiskLoss.Garbled)
            {
                _unknowing.Add((node, key));
            }

            foreach (var target in cluster.Ring.Topology.Members)
            {
                var place = StoreKey.Hint(target.Id, key);
                var kept = HeldRecord.OfHint(place, cluster.OnDisk(node, place, synced: false));
                if (how != DiskLoss.Nothing)
                {
                    NoteHintLosses(node, place, kept, how, moment);
                }

                HoldHint(node, place, kept);
            }
        }
    }

    /// <summary>How many owners fewer than <paramref name="fact"/> says are sure to know of these dots, because of what happened to their disks since.</summary>
    /// <param name="dots">Which.</param>
    /// <param name="fact">Who was known to hold them, and since when.</param>
    /// <param name="key">Of which key.</param>
    /// <param name="saysSo">True for what a read sees, to which an owner says that it does not know; a last write is minted above what its owners hold, and nobody asks whether they know.</param>
    public int Lost(IReadOnlyList<Dot> dots, Fact fact, Key key, bool saysSo = true)
    {
        var nodes = 0u;
        var saysSoOfAll = true;
        foreach (var dot in dots)
        {
            foreach (var loss in LossesOf(dot))
            {
                if (loss.Moment > fact.Since && !(fact.IsDurable && loss.How == DiskLoss.PowerCut))
                {
                    nodes |= 1u << loss.Node;
                    saysSoOfAll &= loss.How != DiskLoss.RolledBack && loss.Moment > fact.Known;
                }
            }
        }

        var count = BitOperations.PopCount(nodes);
        var writes = cluster.Ring.QuorumsOf(Slot.Of(key)).Writes;
        return count == 1 && writes > 1 && saysSoOfAll && saysSo && fact.Copies >= writes ? 0 : count;
    }

    /// <summary>What disks lost of a dot.</summary>
    public IReadOnlyList<Loss> LossesOf(Dot dot) => _losses.GetValueOrDefault(dot) ?? [];

    /// <summary>True if an owner's disk shows the value of a write.</summary>
    public bool IsLiveSomewhere(WriteOp write) => OwnersOf(write.Key).Any(owner => write.Dots.Exists(dot => Visible(owner, write.Key).StateOf(dot) == DotState.Live));

    /// <summary>Where a write is now, for a person.</summary>
    public string Whereabouts(WriteOp write)
    {
        var places = new List<string>();
        foreach (var owner in OwnersOf(write.Key))
        {
            var record = Visible(owner, write.Key);
            var state = !record.IsReadable ? "an unreadable record" : write.Dots.Any(dot => record.StateOf(dot) == DotState.Live) ? "it" : write.Dots.Any(dot => record.StateOf(dot) == DotState.Replaced) ? "seen it replaced" : "never heard of it";
            var lost = write.Dots.SelectMany(LossesOf).Any(loss => loss.Node == owner) ? ", and its disk once lost it" : "";
            places.Add(string.Create(CultureInfo.InvariantCulture, $"n{owner + 1:x} has {state}{lost} ({(record.IsReadable ? record.Container.ToString() : "?")})"));
        }

        var kept = write.Dots.SelectMany(dot => KeepersOf(write.Key, dot, synced: false)).Distinct().Select(each => string.Create(CultureInfo.InvariantCulture, $"n{each.Holder + 1:x} keeps it for n{each.Owner + 1:x}"));
        return "Now " + string.Join("; ", places.Concat(kept)) + ".";
    }

    private void NoteFloors(int node, StoreKey place)
    {
        // The length tells most of them apart: what is written most often beside them is shorter.
        if (place.Key.Length < ShortestFloorKey || !FloorRows.TryGetValue(place, out var row))
        {
            return;
        }

        var bytes = cluster.OnDisk(node, place, synced: true);
        var after = new ulong[FloorRecords.SlotsOfARow];
        FloorRecords.TryRead(row, bytes.IsEmpty ? default : new StoreRead(StoreReadStatus.Found, bytes), after);
        var before = _floors.GetValueOrDefault((node, row)) ?? new ulong[FloorRecords.SlotsOfARow];
        _floors[(node, row)] = after;
        FloorsMoved?.Invoke(node, row, before, after);
    }

    private bool NoteLosses(int node, Key key, HeldRecord before, HeldRecord after, DiskLoss how, long moment)
    {
        var hasLost = false;
        foreach (var dot in DotsOf(key))
        {
            var (had, has) = (before.StateOf(dot), after.StateOf(dot));
            if (had == DotState.Unheard || (has != DotState.Unheard && (had != DotState.Replaced || has != DotState.Live)))
            {
                continue;
            }

            if (!_losses.TryGetValue(dot, out var losses))
            {
                _losses.Add(dot, losses = []);
            }

            losses.Add(new Loss(moment, node, how));
            hasLost = true;
        }

        return hasLost;
    }

    private void NoteHintLosses(int node, StoreKey place, HeldRecord after, DiskLoss how, long moment)
    {
        var before = _hints.GetValueOrDefault((node, place), HeldRecord.Nothing);
        foreach (var dot in DotsOf(place.Key))
        {
            if (before.StateOf(dot) != DotState.Unheard && after.StateOf(dot) == DotState.Unheard)
            {
                if (!_hintLosses.TryGetValue(dot, out var losses))
                {
                    _hintLosses.Add(dot, losses = []);
                }

                losses.Add(new Loss(moment, node, how));
            }
        }
    }

    private void HoldHint(int node, StoreKey place, HeldRecord record)
    {
        if (record.Container.IsEmpty)
        {
            _hints.Remove((node, place));
            return;
        }

        _hints[(node, place)] = record;
        foreach (var sibling in record.Container.Siblings)
        {
            Appear(new StoredDot(node, place.Key, sibling, 0));
        }
    }

    private void Hold(int node, Key key, HeldRecord record)
    {
        if (record is { IsReadable: true, IsComplete: false })
        {
            NoteLosses(node, key, Visible(node, key), record, DiskLoss.Garbled, tick());
        }

        var before = Visible(node, key);
        var stayed = 0;
        foreach (var sibling in record.Container.Siblings)
        {
            stayed += before.StateOf(sibling.Dot) == DotState.Live ? 1 : 0;
        }

        _visible[(node, key)] = record;
        foreach (var sibling in record.Container.Siblings)
        {
            Appear(new StoredDot(node, key, sibling, stayed));
        }
    }

    private void Appear(StoredDot now)
    {
        if (!_first.TryGetValue(now.Sibling.Dot, out var first))
        {
            _first.Add(now.Sibling.Dot, first = now);
            if (!_dotsOf.TryGetValue(now.Key, out var dots))
            {
                _dotsOf.Add(now.Key, dots = []);
            }

            dots.Add(now.Sibling.Dot);
        }

        Stored?.Invoke(now, first);
    }
}

/// <summary>A live dot on a disk.</summary>
/// <param name="Node">Whose disk.</param>
/// <param name="Key">Of which key.</param>
/// <param name="Sibling">What it names.</param>
/// <param name="Stayed">Values of the key that were on this disk before and are still there.</param>
internal sealed record StoredDot(int Node, Key Key, Sibling Sibling, int Stayed);
