using Toystore.Simulation.Scheduling;
using Toystore.Storage;

namespace Toystore.Simulation.Disks;

/// <summary>A call of <see cref="IStore.WriteAsync"/> or <see cref="IStore.DropSlotAsync"/> on its way through one shard or more.</summary>
internal sealed class WriteCall
{
    private readonly Pending<StoreWrite> _answer;
    private readonly Action<WriteCall> _settled;
    private int _parts;
    private StoreWrite _refused;
    private bool _done;
    private bool _failed;

    private WriteCall(Life life, int parts, Action<WriteCall> settled) => (_answer, _parts, _settled) = (new Pending<StoreWrite>(life), parts, settled);

    /// <summary>What it takes of the bound on what waits.</summary>
    public long Bytes { get; private init; }

    public Durability Durability { get; private init; }

    /// <summary>True if it must be let through when little room is left.</summary>
    public bool MayUseReserve { get; private init; }

    /// <param name="life">Whose call it is.</param>
    /// <param name="parts">How many shards have a part in it.</param>
    /// <param name="batch">What is written.</param>
    /// <param name="durability">How durably.</param>
    /// <param name="settled">Called when nothing of it waits any more.</param>
    public static WriteCall Of(Life life, int parts, StoreBatch batch, Durability durability, Action<WriteCall> settled)
    {
        var puts = false;
        foreach (ref readonly var change in batch.Changes)
        {
            puts |= !change.Delete && change.Key.Area != StoreArea.System;
        }

        return new WriteCall(life, parts, settled) { Bytes = batch.Bytes, Durability = durability, MayUseReserve = batch.MakesRoom || !puts };
    }

    /// <summary>A call that drops a slot.</summary>
    public static WriteCall OfDrop(Life life, Action<WriteCall> settled) => new(life, 1, settled) { Durability = Durability.Fsync, MayUseReserve = true };

    public ValueTask<StoreWrite> Begin(CancellationToken cancellationToken) => _answer.Begin(cancellationToken);

    /// <summary>A shard says how its part ended; with the last part the caller is answered.</summary>
    public void Settle(StoreWrite outcome)
    {
        _done |= outcome == StoreWrite.Done;
        _failed |= outcome == StoreWrite.Failed;
        _refused = outcome is StoreWrite.Done or StoreWrite.Failed ? _refused : outcome;
        if (--_parts > 0)
        {
            return;
        }

        // Part done and part refused is neither: all the caller may be told is that it is not known.
        _settled(this);
        _answer.Set(_failed || (_refused != StoreWrite.Done && _done) ? StoreWrite.Failed : _refused);
    }
}

/// <summary>The part of a call that one shard has.</summary>
internal readonly record struct WritePart(WriteCall Call, LogPart Log);
