using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Replication;

/// <summary>
/// This node's copy of the keys: reads, merges, and the coordinator's own writes. Changes of one key take turns (<see cref="KeyTurns{TName, THeld}"/>); what is read is on the disk, at least as far as its writer asked for.
/// </summary>
/// <remarks>
/// All that is read is read under the floor of its slot (<see cref="SlotFloors"/>): a key that is absent here was deleted, as far as the floor reaches. The floor is taken before the store is asked, never after: one that rises
/// in between rests on writes that the answer may not show yet, and would call them deleted. A record that is not whole has no floor but its own.
/// <para>Each write says what it does to the tree of its slot. That is a guess if it was built on one that the disk then refused, or on a record that is lost; then the slot is suspect once the write has ended.</para>
/// </remarks>
internal sealed partial class Replica(IStore store, DotMint mint, SlotFloors floors, UntidySlots untidy, SiblingLimits limits, NodeCounters counters, ILogger logger)
{
    private readonly KeyTurns<Key, HeldContainer> _turns = new();
    private readonly OwnWrites _own = new(mint, limits, logger);
    private volatile bool _anyOsWrites;
    private volatile bool _hasBeenWritable;

    /// <summary>A record was found damaged: it is lost here, and other owners have to give it back. Called on the thread that found it.</summary>
    public event Action<Key>? FoundGarbled;

    /// <summary>What of others' writes is taken, and from when on; null to take everything.</summary>
    public Marks? Marks { get; init; }

    /// <summary>Which slots this node knows; null if all.</summary>
    public KnownSlots? Known { get; init; }

    /// <summary>Takes note of writes that are not synced; null for nobody.</summary>
    public DiskLife? Life { get; init; }

    /// <summary>What this node's clock shows: no floor is above it.</summary>
    public HybridTime Clock => mint.Reading;

    /// <summary>Mints above a mark that another member has told from now on, however far ahead it is: all members' clocks had passed it.</summary>
    public void Adopt(HybridTime mark) => mint.Raise(mark);

    /// <summary>How much is under way here.</summary>
    public IEnumerable<QueueReading> Queues() => [new("keys being changed", _turns.Count, null)];

    /// <summary>
    /// Makes this copy know what <paramref name="incoming"/> knows. <paramref name="completes"/>: that was merged from so many owners that nothing acknowledged can be missing from it. <paramref name="arrival"/>: how it came here; it is taken in
    /// any case if nothing is said.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LocalWrite> MergeAsync(Key key, Container incoming, Durability durability, bool completes, Arrival arrival = default)
    {
        if (!await MayStayUnsyncedAsync(durability))
        {
            return new LocalWrite(LocalRefusal.None, Container.Empty, default, new ValueTask<StoreWrite>(StoreWrite.ReadOnly));
        }

        mint.Observe(incoming.Context);
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        long number;
        Container merged;
        ValueTask<StoreWrite> storing;
        WriteTrace trace;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadToChangeAsync(key);
            if (current.Trouble == RecordTrouble.Unreadable)
            {
                return new LocalWrite(LocalRefusal.None, Container.Empty, default, new ValueTask<StoreWrite>(StoreWrite.ReadOnly));
            }

            var phase = Marks?.Enter() ?? 0;
            try
            {
                if (Marks?.Admit(current.Container, incoming, arrival) is { } admission && admission != LocalAdmission.Taken)
                {
                    return LocalWrite.Refused(RefusalOf(admission));
                }

                _own.RequireIn(current.Container, incoming.Context);
                merged = current.Container.Merge(incoming);
                var next = new HeldContainer(merged, current.Unknowing && !completes);
                if (underway is null && IsOnDisk(current, next, durability))
                {
                    return new LocalWrite(LocalRefusal.None, merged, default, new ValueTask<StoreWrite>(StoreWrite.Done));
                }

                _anyOsWrites |= durability == Durability.Os;
                storing = Store(key, current, next, durability, out trace);
                written = next;
            }
            finally
            {
                Marks?.Leave(phase);
            }
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, merged, default, FinishAsync(turn, number, storing, default, trace));
    }

    /// <summary>
    /// A client's write, with a dot of ours, on top of what this copy holds. A write that is here already (by its request id) is the same write. Refused by the store at once, it leaves no trace, and its dot was
    /// seen by nobody.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LocalWrite> WriteAsync(Key key, ClientWrite write, Durability durability, WritePermit permit)
    {
        if (Marks is { TakesNew: false })
        {
            return LocalWrite.Refused(LocalRefusal.NotHeard);
        }

        if (!await MayStayUnsyncedAsync(durability))
        {
            return LocalWrite.Refused(LocalRefusal.NotWritable, StoreWrite.ReadOnly);
        }

        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        long number;
        LocalWrite applied;
        ValueTask<StoreWrite> storing;
        WriteTrace trace;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadToChangeAsync(key);
            if (current.Trouble == RecordTrouble.Unreadable)
            {
                return LocalWrite.Refused(LocalRefusal.Unreadable);
            }

            var phase = Marks?.Enter() ?? 0;
            try
            {
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

                storing = BeginStore(key, current, next, durability, out trace, out var ended);
                if (IsRefusal(ended))
                {
                    return LocalWrite.Refused(LocalRefusal.NotWritable, ended);
                }

                written = next;
            }
            finally
            {
                Marks?.Leave(phase);
            }
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, applied.Result, applied.Newest, FinishAsync(turn, number, storing, applied.Newest, trace));
    }

    /// <summary>
    /// Makes what this copy holds of a key whole again, durably, after all that it may have lacked was merged into it. False if that may have been lost again since, or cannot be stored.
    /// </summary>
    public async ValueTask<bool> CompleteAsync(Key key)
    {
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        long number;
        ValueTask<StoreWrite> storing;
        WriteTrace trace;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadToChangeAsync(key);
            if (current.Trouble == RecordTrouble.Unreadable || Known?.IsCompleting(key) == false)
            {
                return false;
            }

            var next = current with { Unknowing = false };
            if (underway is null && IsOnDisk(current, next, Durability.Fsync))
            {
                return true;
            }

            storing = Store(key, current, next, Durability.Fsync, out trace);
            written = next;
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        return await FinishAsync(turn, number, storing, default, trace) == StoreWrite.Done;
    }

    /// <summary>
    /// Removes from the record of a key what its slot's floor has made superfluous (<see cref="Container.Swept"/>), and the record if nothing is left. The write is not synced: what comes back after a power loss is swept again.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="lastWriteWins">Whether the last write wins under it.</param>
    /// <returns>How that ended; null if there was nothing to do, or the record cannot be judged now.</returns>
    public async ValueTask<StoreWrite?> SweepAsync(Key key, bool lastWriteWins)
    {
        await floors.Loaded;
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        long number;
        ValueTask<StoreWrite> storing;
        WriteTrace trace;
        try
        {
            var place = StoreKey.Data(key);
            var floor = FloorOf(place.Slot);
            if (_turns.Latest(turn) is not null || floor.IsLost)
            {
                return null; // whoever writes it notes what is left to sweep
            }

            var current = await FinishReadAsync(place, default, Get(place, CancellationToken.None));
            var swept = current.Container.Under(floor.Time).Swept(floor.Time.Physical, lastWriteWins);
            if (current.Unknowing || current.Trouble != RecordTrouble.None || !IsSmaller(swept, current.Container, floor.Time))
            {
                return null;
            }

            var next = new HeldContainer(swept, Unknowing: false);
            storing = Store(key, current, next, Durability.Os, out trace);
            written = next;
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        return await FinishAsync(turn, number, storing, default, trace);
    }

    private static bool IsSmaller(Container swept, Container whole, HybridTime floor) =>
        swept.Siblings.Length < whole.Siblings.Length || swept.Context.Entries.Length < whole.Context.Entries.Length || (swept.IsEmpty && swept.Context.Floor <= floor);

    // Nobody sees such a write, or hears that it is done, before the disk says that there may be some: or nobody would know that it is lost when power goes.
    private ValueTask<bool> MayStayUnsyncedAsync(Durability durability) => durability == Durability.Os && Life is { } life ? life.NoteUnsyncedAsync() : new ValueTask<bool>(true);

    private SlotFloor FloorOf(Slot slot) => new(floors[slot], floors.IsLost(slot));

    private ValueTask<StoreWrite> Store(Key key, HeldContainer current, HeldContainer next, Durability durability, out WriteTrace trace)
    {
        var place = StoreKey.Data(key);
        var hash = StoreOrder.HashOf(key);
        var change = new TreeChange(place.Slot, hash, VersionsHash.Of(hash, current.Container), VersionsHash.Of(hash, next.Container));
        trace = new WriteTrace(place.Slot, hash, current.Trouble == RecordTrouble.Garbled, next.Unknowing ? null : untidy.SweepableAt(key, next.Container), current.Unknowing && !next.Unknowing);

        // An absent key is known as far as the slot's floor; a record that knows no more than that says nothing.
        var isNothing = next.Container.IsEmpty && !next.Unknowing && next.Container.Context.Floor <= floors[place.Slot];
        Life?.Wrote();
        if (next.Unknowing || current.Trouble == RecordTrouble.Garbled)
        {
            Known?.NoteIncomplete(key);
        }

        var batch = new StoreBatch { MakesRoom = isNothing || next.Container.IsTombstone };
        batch = isNothing ? batch.Delete(place, change) : batch.Put(place, RecordFormat.Encode(place, next.Container, next.Unknowing ? RecordFlags.Incomplete : RecordFlags.None), change);
        try
        {
            return store.WriteAsync(batch, durability, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<StoreWrite>(StoreWrite.Failed); // the node has stopped
        }
    }

    // How it ended, if it did so at once; otherwise Done, which is as good as not known yet.
    private ValueTask<StoreWrite> BeginStore(Key key, HeldContainer current, HeldContainer next, Durability durability, out WriteTrace trace, out StoreWrite ended)
    {
        _anyOsWrites |= durability == Durability.Os;
        var storing = Store(key, current, next, durability, out trace);
        if (!storing.IsCompletedSuccessfully)
        {
            ended = StoreWrite.Done;
            return storing;
        }

        ended = storing.Result;
        return new ValueTask<StoreWrite>(ended);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StoreWrite> FinishAsync(KeyTurns<Key, HeldContainer>.Turn turn, long number, ValueTask<StoreWrite> storing, Dot newest, WriteTrace trace)
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
        var isLast = _turns.WriteEnded(turn, number, written == StoreWrite.Done, out var followsFailure);
        if (followsFailure || trace.ReplacesUnknown)
        {
            store.Trees.Suspect(trace.Slot);
        }

        if (trace.Restores && written == StoreWrite.Done)
        {
            counters.CountRestored();
        }

        if (trace.SweepableAt is { } at)
        {
            untidy.Note(trace.Slot, trace.Hash, at);
        }

        return IsRefusal(written) && !isLast ? StoreWrite.Failed : written;
    }

    private static LocalRefusal RefusalOf(LocalAdmission admission) => admission switch
    {
        LocalAdmission.TooLow => LocalRefusal.TooLow,
        LocalAdmission.Stale => LocalRefusal.Stale,
        LocalAdmission.NotHeard => LocalRefusal.NotHeard,
        _ => throw new InvalidOperationException($"{admission} is no refusal"),
    };

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

    private readonly record struct SlotFloor(HybridTime Time, bool IsLost);

    /// <summary>What has to be done about a write once it has ended.</summary>
    /// <param name="Slot">Where it is.</param>
    /// <param name="Hash">Of its key.</param>
    /// <param name="ReplacesUnknown">True if nobody knows what the tree has of what was there before.</param>
    /// <param name="SweepableAt">The floor that makes some of it superfluous; null if none does.</param>
    /// <param name="Restores">True if the key was not known here, and is when it has ended well.</param>
    private readonly record struct WriteTrace(Slot Slot, KeyHash Hash, bool ReplacesUnknown, HybridTime? SweepableAt, bool Restores);
}
