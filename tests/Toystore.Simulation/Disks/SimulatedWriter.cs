using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;

namespace Toystore.Simulation.Disks;

/// <summary>
/// The writer of one shard, as RocksDbStore's: it takes all that waits as one record of the log, hands that to the system, syncs it if anybody in the group asked for it, makes it readable, and answers. Meanwhile the next group gathers.
/// Each of these steps is an event of its own, so that a life can end between any two of them.
/// </summary>
internal sealed class SimulatedWriter(SimulatedDisk disk, int shard, SlotTrees trees, Life life, Chance chance, DiskConditions conditions)
{
    private const int GroupCallsMax = 1024;
    private const long GroupBytesMax = 4 << 20;

    private readonly Queue<WritePart> _waiting = new();
    private readonly TaskCompletionSource _closed = new();
    private List<WritePart> _group = [];
    private bool _penTaken;
    private bool _ending;

    /// <summary>Why it takes no writes: how writes end. Null if it does.</summary>
    public StoreWrite? Trouble { get; set; }

    /// <summary>How often it was opened anew: snapshots of before are lost.</summary>
    public int Era { get; private set; }

    /// <summary>Puts a part of a call behind those that wait, or writes it at once.</summary>
    public void Enqueue(WritePart part)
    {
        if (_ending)
        {
            part.Call.Settle(StoreWrite.Failed);
            return;
        }

        _waiting.Enqueue(part);
        if (_penTaken)
        {
            return;
        }

        _penTaken = true;
        if (part.Call.Durability == Durability.Os && Trouble is null && !conditions.WritesHang && chance.Hits(conditions.OsWritesAtOnce))
        {
            if (TakeGroup())
            {
                Append();
            }

            return;
        }

        Then(default, Begin);
    }

    /// <summary>Sees whether a disk that took no writes does now.</summary>
    public void LookAgain() => Then(default, TryRecover);

    /// <summary>Takes nothing more; completes when all that waits is written, the log is on disk and the shard is closed.</summary>
    public Task EndAsync()
    {
        if (!_ending)
        {
            _ending = true;
            if (!_penTaken)
            {
                Then(conditions.Sync.Draw(chance), Close);
            }
        }

        return _closed.Task;
    }

    private void Begin()
    {
        if (conditions.HoldWrite(life, Begin))
        {
            return;
        }

        TryRecover();
        if (TakeGroup())
        {
            Then(conditions.Write.Draw(chance), Append);
        }
    }

    // False if nothing is left to be written.
    private bool TakeGroup()
    {
        for (var bytes = 0L; _group.Count < GroupCallsMax && bytes < GroupBytesMax && _waiting.TryDequeue(out var part); bytes += part.Call.Bytes)
        {
            _group.Add(part);
        }

        if (Trouble is { } trouble)
        {
            Settle(_group, trouble);
            return false;
        }

        if (conditions.Room == Room.Enough)
        {
            return true;
        }

        var refused = _group.FindAll(part => conditions.Room == Room.None || !part.Call.MayUseReserve);
        _group.RemoveAll(part => conditions.Room == Room.None || !part.Call.MayUseReserve);
        if (_group.Count == 0)
        {
            Settle(refused, StoreWrite.Full);
            return false;
        }

        refused.ForEach(part => part.Call.Settle(StoreWrite.Full));
        return true;
    }

    private void Append()
    {
        if (conditions.HoldWrite(life, Append))
        {
            return;
        }

        if (conditions.IsReadOnly)
        {
            End(StoreWrite.ReadOnly);
            return;
        }

        var fails = chance.Hits(conditions.WriteErrors);
        if (!fails || chance.Hits(conditions.FailedWritesStay))
        {
            disk.Append(shard, new LogRecord(_group.ConvertAll(part => part.Log)));
        }

        if (fails)
        {
            Doubt();
            End(StoreWrite.Failed);
        }
        else if (_group.Exists(part => part.Call.Durability == Durability.Fsync))
        {
            Then(conditions.Sync.Draw(chance), Sync);
        }
        else
        {
            disk.Show(shard);
            ApplyToTrees();
            Settle(_group, StoreWrite.Done);
        }
    }

    private void Sync()
    {
        if (conditions.HoldWrite(life, Sync))
        {
            return;
        }

        if (conditions.IsReadOnly)
        {
            // The record is in the log, and comes up when the next process opens it.
            Trouble = StoreWrite.Failed;
            Doubt();
            Settle(_group, StoreWrite.Failed);
            return;
        }

        disk.Sync(shard);
        ApplyToTrees();
        Settle(_group, StoreWrite.Done);
    }

    private void ApplyToTrees()
    {
        foreach (var part in _group)
        {
            if (part.Log.Place != default)
            {
                Clear(part.Log.Place);
                continue;
            }

            foreach (ref readonly var change in part.Log.Batch!.Changes)
            {
                trees.Apply(change.Tree);
            }
        }

        void Clear(StorePlace place)
        {
            if (place.Area == StoreArea.Data)
            {
                trees.Clear(place.Slot);
            }
        }
    }

    private void Doubt()
    {
        foreach (var part in _group)
        {
            if (part.Log.Batch is null)
            {
                trees.Doubt(part.Log.Place.Slot);
                continue;
            }

            foreach (ref readonly var change in part.Log.Batch.Changes)
            {
                if (change.Tree != default)
                {
                    trees.Doubt(change.Key.Slot);
                }
            }
        }
    }

    private void End(StoreWrite trouble)
    {
        Trouble = trouble;
        Settle(_group, trouble);
    }

    // Nothing of the writer's is under way any more when callers are answered: one of them may write again.
    private void Settle(List<WritePart> parts, StoreWrite outcome)
    {
        if (life.IsOver)
        {
            return; // whoever watches the disk ended it
        }

        _group = [];
        _penTaken = _waiting.Count > 0;
        if (_penTaken)
        {
            Then(default, Begin);
        }
        else if (_ending)
        {
            Then(conditions.Sync.Draw(chance), Close);
        }

        parts.ForEach(part => part.Call.Settle(outcome));
    }

    private void TryRecover()
    {
        // A disk that failed otherwise is not trusted again before a person looked.
        var mayWrite = Trouble is StoreWrite.Full or StoreWrite.ReadOnly && !conditions.IsReadOnly && conditions.Room == Room.Enough && !conditions.WritesHang;
        if (mayWrite)
        {
            Trouble = null;
            Era++;
            disk.Sync(shard); // opened anew, what its log has goes to a sorted file
            for (var slot = shard; slot < Slot.Count; slot += disk.Shards)
            {
                trees.Doubt(new Slot((ushort)slot));
            }
        }
    }

    private void Close()
    {
        if (conditions.HoldWrite(life, Close))
        {
            return;
        }

        if (Trouble is null && !conditions.IsReadOnly && conditions.Room != Room.None && !chance.Hits(conditions.WriteErrors))
        {
            disk.Sync(shard);
        }

        _closed.TrySetResult();
    }

    // Not if the life is over by then.
    private void Then(TimeSpan delay, Action step) => life.Loop.After(delay, life, step);
}
