using System.Globalization;
using System.Numerics;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;
using Toystore.Storage;
using HeldRecord = Toystore.Simulation.Histories.HeldRecord;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// What a floor says (docs/decisions/0009): every owner holds on its platter, or knows to be replaced, every write up to it. Looked at on the disks at the moment at which a floor rises there, of those writes that were acknowledged or that
/// some owner still shows; the owner that takes the floor is judged by what it held before. One whose disk has lost the write is excused, but not for taking the floor before it has been given back what others still show. A floor never goes
/// back but with its disk, and no node believes in one that its disk has not. And in the end, when nobody writes any more, floors pass everything: no tombstone is left, and nothing in a context but what names a version.
/// </summary>
internal sealed class Floors : IOracle
{
    /// <summary>How long the last may take, from when everything works and all hints are with their owners. Clocks may be seconds apart.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly IClusterUnderTest _cluster;
    private readonly History _history;
    private readonly SlotSet _written = new(); // slots with something in them

    public Floors(IClusterUnderTest cluster, History history)
    {
        (_cluster, _history) = (cluster, history);
        history.Ledger.FloorsMoved = Moved;
    }

    public void Sampled()
    {
        for (var node = 0; node < _cluster.Nodes; node++)
        {
            if (_cluster.EngineOf(node) is { } engine)
            {
                foreach (var slot in _history.Keys.Select(key => Slot.Of(key.Key)).Where(slot => engine.Floors[slot] > _history.Ledger.FloorOf(node, slot)))
                {
                    Report(string.Create(CultureInfo.InvariantCulture, $"n{node + 1:x} goes by the floor {engine.Floors[slot]} of {slot}, and its disk has {_history.Ledger.FloorOf(node, slot)}."));
                }
            }
        }
    }

    // No member has taken a new write from below its mark since a floor was proven; one whose disk was lost may have forgotten its mark.
    public void FirstStored(StoredDot stored, WriteOp? write)
    {
        var slot = Slot.Of(stored.Key);
        _written.Add(slot);
        for (var node = 0; node < _cluster.Nodes; node++)
        {
            if (_history.Ledger.FloorOf(node, slot) is var floor && stored.Sibling.Dot.Time <= floor && !_cluster.HasLostDisk(stored.Node) && !_cluster.HasLostDisk(node))
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"n{stored.Node + 1:x} takes {stored.Sibling.Dot}, a write that was on no disk before, and the floor of {slot} is {floor} on n{node + 1:x}."));
            }
        }
    }

    public async Task MendedAsync()
    {
        var until = _cluster.Loop.Now + Bound.Ticks;
        while (_cluster.HealsQuickly && Rest() is { } rest)
        {
            if (_cluster.Loop.Now >= until)
            {
                _cluster.Violations.Add(FailureKind.Convergence, nameof(Floors), string.Create(CultureInfo.InvariantCulture, $"{Bound.TotalSeconds:0} s after everything was mended, with nobody writing, {rest}"));
                return;
            }

            await _cluster.Loop.PassAsync(Pause);
        }
    }

    private void Moved(int node, int row, ulong[] before, ulong[] after)
    {
        // Those of slots in which nothing was ever written are many; all that can be wrong with them is that they went back.
        if (_written[row] == 0 && !HasSunk(before, after))
        {
            return;
        }

        for (var i = 0; i < after.Length; i++)
        {
            if (after[i] != before[i] && (after[i] < before[i] || after[i] == FloorRecords.Lost || _written.Contains(SlotOf(row, i))))
            {
                Moved(node, SlotOf(row, i), Reading(before[i]));
            }
        }

        static Slot SlotOf(int row, int i) => new((ushort)((row * FloorRecords.SlotsOfARow) + i));
        static HybridTime? Reading(ulong floor) => floor == FloorRecords.Lost ? null : new HybridTime(floor);
    }

    private static bool HasSunk(ReadOnlySpan<ulong> before, ReadOnlySpan<ulong> after)
    {
        var hasSunk = false;
        for (var at = 0; at < after.Length; at += Vector<ulong>.Count)
        {
            var now = new Vector<ulong>(after[at..]);
            hasSunk |= Vector.LessThanAny(now, new Vector<ulong>(before[at..])) || Vector.EqualsAny(now, new Vector<ulong>(FloorRecords.Lost));
        }

        return hasSunk;
    }

    private void Moved(int node, Slot slot, HybridTime? earlier)
    {
        var (floor, before) = (_history.Ledger.FloorOf(node, slot), earlier ?? default);
        if (floor < before)
        {
            if (!_cluster.HasLostDisk(node))
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"The floor of {slot} on n{node + 1:x} went back from {before} to {floor}."));
            }

            return;
        }

        foreach (var key in _written.Contains(slot) ? _history.Keys.Where(key => Slot.Of(key.Key) == slot) : [])
        {
            foreach (var dot in _history.Ledger.DotsOf(key.Key).Where(dot => dot.Time > before && dot.Time <= floor))
            {
                Check(node, floor, earlier, key, dot);
            }
        }
    }

    // A floor that was lost says nothing of what its owner held under it.
    private void Check(int node, HybridTime floor, HybridTime? before, KeyHistory of, Dot dot)
    {
        var key = of.Key;
        var owners = _history.Ledger.OwnersOf(key).ToList();
        var isPromised = of.Writes.Exists(write => write.Dots.Contains(dot) && IsKept(write, dot)) || owners.Exists(owner => _history.Ledger.Visible(owner, key).StateOf(dot) == DotState.Live);
        foreach (var owner in isPromised ? owners : [])
        {
            var record = _history.Ledger.Synced(owner, key, owner == node && before is { } earlier ? earlier : _history.Ledger.FloorOf(owner, Slot.Of(key)));
            if (record is not { IsReadable: true, IsComplete: true } || record.StateOf(dot) != DotState.Unheard || _history.Ledger.IsUnknowing(owner, key))
            {
                continue;
            }

            if (!_history.Ledger.LossesOf(dot).Any(loss => loss.Node == owner) || (owner == node && before is not null && _history.Ledger.IsOnlyShown(key, dot, except: owner)))
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"The floor of {Slot.Of(key)} on n{node + 1:x} has risen to {floor}, and n{owner + 1:x}, which owns {key}, has not {dot} ({record.Container})."));
                return;
            }
        }
    }

    // It was acknowledged by that name, and not all who did have lost it since.
    private bool IsKept(WriteOp write, Dot dot)
    {
        if (write is not { Told: Told.Done, Dots.Count: 1, Outcome: WriteOutcome.Done done })
        {
            return false;
        }

        bool Counts(Loss loss) => loss.Moment > write.AttemptBegan && !(done.Durability == WriteDurability.Fsync && loss.How == DiskLoss.PowerCut);
        return done.Copies > _history.Ledger.LossesOf(dot).Where(Counts).DistinctBy(loss => loss.Node).Count() + _history.Ledger.HintLossesOf(dot).Count(Counts);
    }

    private string? Rest()
    {
        foreach (var key in _history.Keys)
        {
            var owners = _history.Ledger.OwnersOf(key.Key).ToList();
            if (owners.Exists(owner => _history.Ledger.IsUnknowing(owner, key.Key) || _cluster.EngineOf(owner) is not { } engine || engine.Floors.IsLost(Slot.Of(key.Key))))
            {
                continue;
            }

            foreach (var owner in owners)
            {
                var bytes = _cluster.OnDisk(owner, StoreKey.Data(key.Key), synced: false);
                var held = HeldRecord.Of(key.Key, bytes);
                if (held is { IsReadable: true, IsComplete: true } && IsUntidy(held.Container))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"n{owner + 1:x} still holds {held.Container} of {key.Key}, under the floor {_history.Ledger.FloorOf(owner, Slot.Of(key.Key))}.");
                }
            }
        }

        return null;
    }

    private static bool IsUntidy(Container held)
    {
        foreach (var entry in held.Context.Entries)
        {
            if (!held.Siblings.ToArray().Any(sibling => sibling.Dot.Actor == entry.Actor))
            {
                return true;
            }
        }

        // One that was deleted beside a lower value stays: if the last write won from now on, that value would come back.
        return !held.Siblings.IsEmpty && held.Siblings[0].Kind == ValueKind.Tombstone;
    }

    private void Report(string text) => _cluster.Violations.Add(FailureKind.Floor, nameof(Floors), text);
}
