using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Replication;

/// <summary>
/// This node's copy of the keys: reads, merges, and the coordinator's own writes. Changes of one key take turns (<see cref="KeyTurns{TName, THeld}"/>); what is read is on the disk, at least as far as its writer asked for.
/// </summary>
internal sealed class Replica(IStore store, DotMint mint, SiblingLimits limits, NodeCounters counters, ILogger logger)
{
    private readonly KeyTurns<Key, HeldContainer> _turns = new();
    private readonly OwnWrites _own = new(mint, limits, logger);
    private volatile bool _anyOsWrites;
    private volatile bool _hasBeenWritable;

    /// <summary>What this node holds. Completes synchronously when no disk has to be read. Never fails: what cannot be read is not known.</summary>
    public ValueTask<HeldContainer> ReadAsync(Key key, CancellationToken cancellationToken)
    {
        var place = StoreKey.Data(key);
        var reading = Get(place, cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<HeldContainer>(Decode(place, reading.Result)) : FinishReadAsync(place, reading);
    }

    /// <summary>What this node's clock shows: no floor is above it.</summary>
    public HybridTime Clock => mint.Reading;

    /// <summary>How much is under way here.</summary>
    public IEnumerable<QueueReading> Queues() => [new("keys being changed", _turns.Count, null)];

    /// <summary>
    /// Makes this copy know what <paramref name="incoming"/> knows. <paramref name="completes"/>: that was merged from so many owners that nothing acknowledged can be missing from it.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LocalWrite> MergeAsync(Key key, Container incoming, Durability durability, bool completes)
    {
        mint.Observe(incoming.Context);
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        long number;
        Container merged;
        ValueTask<StoreWrite> storing;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadToChangeAsync(key);
            if (current.Trouble == RecordTrouble.Unreadable)
            {
                return new LocalWrite(LocalRefusal.None, Container.Empty, default, new ValueTask<StoreWrite>(StoreWrite.ReadOnly));
            }

            _own.RequireIn(current.Container, incoming.Context);
            merged = current.Container.Merge(incoming);
            var next = new HeldContainer(merged, current.Unknowing && !completes);
            if (underway is null && IsOnDisk(current, next, durability))
            {
                return new LocalWrite(LocalRefusal.None, merged, default, new ValueTask<StoreWrite>(StoreWrite.Done));
            }

            storing = Store(key, next, durability);
            written = next;
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, merged, default, FinishAsync(turn, number, storing, default));
    }

    /// <summary>
    /// A client's write, with a dot of ours, on top of what this copy holds. A write that is here already (by its request id) is the same write. Refused by the store at once, it leaves no trace, and its dot was
    /// seen by nobody.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LocalWrite> WriteAsync(Key key, ClientWrite write, Durability durability, WritePermit permit)
    {
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        long number;
        LocalWrite applied;
        ValueTask<StoreWrite> storing;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadToChangeAsync(key);
            if (current.Trouble == RecordTrouble.Unreadable)
            {
                return LocalWrite.Refused(LocalRefusal.Unreadable);
            }

            _own.RequireIn(current.Container, write.Seen);
            applied = _own.Apply(current.Container, write);
            if (applied.Refusal != LocalRefusal.None)
            {
                return applied;
            }

            if (!permit.TryBegin())
            {
                return LocalWrite.Refused(LocalRefusal.TooLate);
            }

            var next = new HeldContainer(applied.Result, current.Unknowing);
            if (underway is null && IsOnDisk(current, next, durability))
            {
                return applied;
            }

            storing = BeginStore(key, next, durability, out var ended);
            if (IsRefusal(ended))
            {
                return LocalWrite.Refused(LocalRefusal.NotWritable, ended);
            }

            written = next;
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, applied.Result, applied.Newest, FinishAsync(turn, number, storing, applied.Newest));
    }

    /// <summary>What a record of a scan holds.</summary>
    public HeldContainer Decode(StoreRecord record) => Decode(record.Key, new StoreRead(StoreReadStatus.Found, record.Bytes));

    private ValueTask<StoreWrite> Store(Key key, HeldContainer next, Durability durability)
    {
        _anyOsWrites |= durability == Durability.Os;
        var place = StoreKey.Data(key);
        var record = RecordFormat.Encode(place, next.Container, next.Unknowing ? RecordFlags.Incomplete : RecordFlags.None);
        try
        {
            return store.WriteAsync(new StoreBatch { MakesRoom = next.Container.IsTombstone }.Put(place, record), durability, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<StoreWrite>(StoreWrite.Failed); // the node has stopped
        }
    }

    private ValueTask<StoreRead> Get(StoreKey place, CancellationToken cancellationToken)
    {
        try
        {
            return store.GetAsync(place, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<StoreRead>(new StoreRead(StoreReadStatus.Unreadable, default)); // the node has stopped
        }
    }

    // How it ended, if it did so at once; otherwise Done, which is as good as not known yet.
    private ValueTask<StoreWrite> BeginStore(Key key, HeldContainer next, Durability durability, out StoreWrite ended)
    {
        var storing = Store(key, next, durability);
        if (!storing.IsCompletedSuccessfully)
        {
            ended = StoreWrite.Done;
            return storing;
        }

        ended = storing.Result;
        return new ValueTask<StoreWrite>(ended);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StoreWrite> FinishAsync(KeyTurns<Key, HeldContainer>.Turn turn, long number, ValueTask<StoreWrite> storing, Dot newest)
    {
        StoreWrite written;
        try
        {
            written = await storing;
        }
        catch (ObjectDisposedException)
        {
            written = StoreWrite.Failed; // the store was closed under it
        }

        if (written != StoreWrite.Done && newest != default)
        {
            // A dot that was sent and is not here must never be followed by another of the same actor: before anybody can write the key again, there is a new one.
            mint.Abandon(newest.Actor, $"a write that was sent to other owners could not be stored here ({written})");
        }

        // What was refused may come to the disk all the same, with a write that was built on it.
        var isLast = _turns.WriteEnded(turn, number);
        return IsRefusal(written) && !isLast ? StoreWrite.Failed : written;
    }

    private static bool IsRefusal(StoreWrite written) => written is StoreWrite.Full or StoreWrite.ReadOnly or StoreWrite.Overloaded;

    private bool IsOnDisk(HeldContainer current, HeldContainer next, Durability durability) =>
        Vouches() && ReferenceEquals(current.Container, next.Container) && current.Unknowing == next.Unknowing && current.Trouble == RecordTrouble.None && (durability == Durability.Os || !_anyOsWrites);

    // A store that could only be opened for reading, since its disk was full or read-only, shows what is in its log, and that may never have been synced.
    private bool Vouches()
    {
        var writable = store.Writable;
        _hasBeenWritable |= writable == StoreWrite.Done;
        return _hasBeenWritable && writable is (StoreWrite.Done or StoreWrite.Full);
    }

    private async ValueTask<HeldContainer> ReadToChangeAsync(Key key)
    {
        var held = await ReadAsync(key, CancellationToken.None);
        if (held.Trouble == RecordTrouble.Garbled)
        {
            mint.Abandon(mint.Actor, "a record that may have held dots of ours is lost");
        }

        return held;
    }

    private async ValueTask<HeldContainer> FinishReadAsync(StoreKey place, ValueTask<StoreRead> reading)
    {
        try
        {
            return Decode(place, await reading);
        }
        catch (ObjectDisposedException)
        {
            return Decode(place, new StoreRead(StoreReadStatus.Unreadable, default)); // the store was closed under it
        }
    }

    private HeldContainer Decode(StoreKey place, StoreRead read)
    {
        if (read.Status == StoreReadStatus.Absent)
        {
            return new HeldContainer(Container.Empty, Unknowing: false);
        }

        if (read.Status == StoreReadStatus.Found && RecordFormat.TryDecode(place, read.Bytes, out var container, out var flags))
        {
            return new HeldContainer(container, flags.HasFlag(RecordFlags.Incomplete));
        }

        counters.CountCorruptRecord();
        Log.RecordUnreadable(logger, place.Slot, read.Status);
        return new HeldContainer(Container.Empty, Unknowing: true, read.Status == StoreReadStatus.Unreadable ? RecordTrouble.Unreadable : RecordTrouble.Garbled);
    }
}
