using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Node.Identity;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Hints;

/// <summary>
/// What this node keeps for owners that missed it (Dynamo §4.6): one hint per owner and key, merged, so that a key written a hundred thousand times while its owner is away is one hint. A hint is a copy like any other: it can be
/// read, and where its owner cannot be reached it counts towards W; then it is marked, and never dropped before it is delivered. Changes of one hint take turns.
/// </summary>
/// <remarks>
/// If no owner of a key can be reached, this node coordinates its writes as their stand-in, on top of what it keeps for the first owner. So all dots that it minted for the key are in that one hint, as they are in an owner's copy;
/// and once that hint is removed they are not here any more, so nothing is minted under the same actor again (<see cref="DotMint.Abandon"/>): the next dot would claim to have seen what it has never seen.
/// </remarks>
internal sealed partial class HintBook(IStore store, DotMint mint, SiblingLimits siblings, HintLimits limits, NodeCounters counters, TimeProvider time, ILogger logger)
{
    private readonly KeyTurns<StoreKey, HeldHint> _turns = new();
    private readonly OwnWrites _own = new(mint, siblings, logger);
    private readonly HintCounts _counts = new();
    private readonly Lock _lock = new(); // guards the actor below
    private ActorId _standingIn;
    private volatile bool _isLoaded;
    private volatile bool _anyOsWrites;

    /// <summary>An owner misses something that nobody keeps for it any more: its slot is to be repaired at once.</summary>
    public event Action<NodeId, Slot>? Missed;

    /// <summary>What of others' writes is kept, and from when on; null to keep everything.</summary>
    public Marks? Marks { get; init; }

    /// <summary>There is something to deliver.</summary>
    public event Action? Kept;

    /// <summary>True once the hints on the disk are counted. Before that none are taken, and <see cref="SlotsWithHints"/> does not know.</summary>
    public bool IsLoaded => _isLoaded;

    /// <summary>True if anything is kept for anybody.</summary>
    public bool Any => _counts.Any;

    /// <summary>How much is under way here.</summary>
    public IEnumerable<QueueReading> Queues() => [new("hints being changed", _turns.Count, null)];

    /// <summary>How much is kept for whom.</summary>
    public HintTally[] Tallies() => _counts.All();

    /// <summary>How much is kept for an owner.</summary>
    public HintTally TallyOf(NodeId target) => _counts.Of(target);

    /// <summary>True if anything is kept for an owner. Takes no lock.</summary>
    public bool HasFor(NodeId target) => _counts.Has(target);

    /// <summary>
    /// Slots for which this node may hold an undelivered copy: bit <c>slot % 64</c> of word <c>slot / 64</c>; null if it does not know yet. A slot is among them from before a hint is written until after it was durable at its
    /// owner, or was dropped.
    /// </summary>
    public ulong[]? SlotsWithHints() => _isLoaded ? _counts.SlotsWithHints() : null;

    /// <summary>
    /// Keeps something for an owner, beside what is kept for it already. <paramref name="counts"/>: it is counted towards W. Refused as <see cref="StoreWrite.Full"/> where too much is kept for that owner, or, if it does not
    /// count, for too long. <paramref name="arrival"/>: how it came here.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HintKeeping> KeepAsync(NodeId target, Key key, Container container, Durability durability, bool counts, Arrival arrival = default)
    {
        if (!_isLoaded)
        {
            return Refused(StoreWrite.Overloaded, "it still counts the hints on its disk");
        }

        mint.Observe(container.Context);
        var place = StoreKey.Hint(target, key);
        var turn = await _turns.EnterAsync(place);
        HeldHint? written = null;
        long number;
        HintRecord next;
        var phase = -1;
        ValueTask<StoreWrite> storing;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadToChangeAsync(place);
            if (current.Trouble == RecordTrouble.Unreadable)
            {
                return Refused(StoreWrite.ReadOnly, "its disk does not give what is kept already");
            }

            phase = Marks?.Enter() ?? -1;
            if (Marks?.Admit(current.Hint?.Container ?? Container.Empty, container, arrival) is { } admission && admission != LocalAdmission.Taken)
            {
                return Refused(StoreWrite.Overloaded, "it is too old to be kept") with { Admission = admission };
            }

            var merged = current.Hint is { } held ? held.Container.Merge(container) : container;
            if (underway is null && current.Hint is { } same && ReferenceEquals(merged, same.Container) && (same.Counts || !counts) && IsOnDisk(durability))
            {
                return new HintKeeping(StoreWrite.Done, merged, "");
            }

            next = new HintRecord(merged, current.Hint?.Since ?? Now, counts || current.Hint is { Counts: true });
            var record = HintFormat.Encode(place, next);
            if (Excess(target, BytesOf(place, record.Length) - current.Bytes, current.Hint is null, counts) is { } excess)
            {
                return Refused(StoreWrite.Full, excess);
            }

            (storing, written) = Put(place, current, next, record, durability);
        }
        finally
        {
            LeaveMarks(phase);
            number = _turns.Leave(turn, written);
        }

        var outcome = await FinishAsync(turn, number, storing);
        return new HintKeeping(outcome, next.Container, outcome == StoreWrite.Done ? "" : store.State.Problem ?? "its store did not write");
    }

    /// <summary>
    /// A write that this node coordinates because no owner of the key can be reached, or none could where it came from: with a dot of ours, on top of what is kept for <paramref name="target"/>, the first owner, and counted in its
    /// place.
    /// </summary>
    public async ValueTask<LocalWrite> WriteAsync(NodeId target, Key key, ClientWrite write, Durability durability, WritePermit permit)
    {
        if (!_isLoaded)
        {
            return LocalWrite.Refused(LocalRefusal.NotWritable, StoreWrite.Overloaded);
        }

        if (Marks is { TakesNew: false })
        {
            return LocalWrite.Refused(LocalRefusal.NotHeard);
        }

        var phase = -1;
        var place = StoreKey.Hint(target, key);
        var turn = await _turns.EnterAsync(place);
        HeldHint? written = null;
        long number;
        LocalWrite applied;
        ValueTask<StoreWrite> storing;
        try
        {
            var current = _turns.Latest(turn) ?? await ReadToChangeAsync(place);
            if (current.Trouble == RecordTrouble.Unreadable)
            {
                return LocalWrite.Refused(LocalRefusal.Unreadable);
            }

            phase = Marks?.Enter() ?? -1;
            var held = current.Hint?.Container ?? Container.Empty;
            _own.RequireIn(held, write.Seen);
            applied = _own.Apply(held, write);
            if (applied.Refusal != LocalRefusal.None)
            {
                return applied;
            }

            lock (_lock)
            {
                _standingIn = applied.Newest.Actor;
            }

            var next = new HintRecord(applied.Result, current.Hint?.Since ?? Now, Counts: true);
            var record = HintFormat.Encode(place, next);
            if (Excess(target, BytesOf(place, record.Length) - current.Bytes, current.Hint is null, counts: true) is not null)
            {
                return LocalWrite.Refused(LocalRefusal.NotWritable, StoreWrite.Full);
            }

            if (!permit.TryBegin())
            {
                return LocalWrite.Refused(LocalRefusal.TooLate);
            }

            (storing, written) = Put(place, current, next, record, durability);
        }
        finally
        {
            LeaveMarks(phase);
            number = _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, applied.Result, applied.Newest, FollowAsync(turn, number, storing, applied.Newest));
    }

    /// <summary>
    /// Removes a hint that need not be kept any longer - what <paramref name="record"/> holds is durable at its owner, or is given up - unless it has changed since it was read. True if it is gone.
    /// </summary>
    public async ValueTask<bool> RemoveAsync(StoreRecord record)
    {
        var place = record.Key;
        var turn = await _turns.EnterAsync(place);
        HeldHint? written = null;
        long number;
        ValueTask<StoreWrite> storing;
        var bytes = BytesOf(place, record.Bytes.Length);
        try
        {
            if (_turns.Latest(turn) is not null || await GetAsync(place, CancellationToken.None) is not { Status: StoreReadStatus.Found } now || !now.Bytes.Span.SequenceEqual(record.Bytes.Span))
            {
                return false;
            }

            ForgetDots(HintFormat.Decode(place, record.Bytes)?.Container);
            _counts.Begin(place.Target, place.Slot, 0, 0, Now);
            _anyOsWrites = true;
            storing = Write(new StoreBatch { MakesRoom = true }.Delete(place), Durability.Os);
            written = new HeldHint(null, 0);
        }
        finally
        {
            number = _turns.Leave(turn, written);
        }

        var outcome = await EndedAsync(storing);
        _counts.End(place.Target, place.Slot, outcome == StoreWrite.Done, -1, -bytes);
        _turns.WriteEnded(turn, number);
        return outcome == StoreWrite.Done;
    }

    /// <summary>The slots of an owner in which it has hints, ascending.</summary>
    public List<Slot> SlotsOf(NodeId target) => _counts.SlotsOf(target);

    /// <summary>The slots of an owner whose hints have to be counted anew.</summary>
    public List<Slot> Doubted(NodeId target) => _counts.Doubted(target);

    /// <summary>Something that an owner misses is kept by nobody: counted, and its slot is to be repaired.</summary>
    public void Miss(NodeId target, Slot slot, long count)
    {
        counters.CountDroppedHints(count);
        Missed?.Invoke(target, slot);
    }

    /// <summary>A hint is garbled: its owner misses what was in it.</summary>
    public async ValueTask LoseAsync(StoreRecord record)
    {
        counters.CountCorruptRecord();
        logger.Lost(record.Key.Target, record.Key.Slot, StoreReadStatus.Garbled);
        Miss(record.Key.Target, record.Key.Slot, 1);
        await RemoveAsync(record);
    }

    /// <summary>A hint as it is now; null if it is gone, or the disk does not give it.</summary>
    public async ValueTask<StoreRecord?> RecordAsync(StoreKey place, CancellationToken cancellationToken) =>
        await GetAsync(place, cancellationToken) is { Status: StoreReadStatus.Found } read ? new StoreRecord(place, read.Bytes) : null;

    private void LeaveMarks(int phase)
    {
        if (phase >= 0)
        {
            Marks?.Leave(phase);
        }
    }

    private UnixTime Now => UnixTime.From(time.GetUtcNow());

    private static long BytesOf(StoreKey place, int record) => place.Key.Length + record;

    private static HintKeeping Refused(StoreWrite outcome, string detail) => new(outcome, Container.Empty, detail);

    // Why it is too much; null if it is not. What is kept already may change as long as it does not grow.
    private string? Excess(NodeId target, long more, bool isNew, bool counts)
    {
        var tally = _counts.Of(target);
        if (more > 0 && tally.Bytes + more > limits.BytesMax)
        {
            return $"it keeps {tally.Bytes >> 20} MiB for {target} already, as much as it may";
        }

        return isNew && !counts && tally.Count > 0 && Now - tally.Oldest > limits.AgeMax ? $"{target} has been away for longer than hints are kept" : null;
    }

    private (ValueTask<StoreWrite> Storing, HeldHint Written) Put(StoreKey place, HeldHint current, HintRecord next, byte[] record, Durability durability)
    {
        var written = new HeldHint(next, BytesOf(place, record.Length));
        var isFirst = !_counts.Any;
        if (current.Hint is null && _counts.Of(place.Target).Count == 0)
        {
            logger.Keeps(place.Target);
        }

        _counts.Begin(place.Target, place.Slot, current.Bytes == 0 ? 1 : 0, written.Bytes - current.Bytes, next.Since);
        _anyOsWrites |= durability == Durability.Os;
        var storing = Write(new StoreBatch { MakesRoom = next.Container.IsTombstone }.Put(place, record), durability);
        if (isFirst)
        {
            Kept?.Invoke();
        }

        return (storing, written);
    }

    private async ValueTask<StoreWrite> FinishAsync(KeyTurns<StoreKey, HeldHint>.Turn turn, long number, ValueTask<StoreWrite> storing)
    {
        var place = turn.Name;
        var outcome = await EndedAsync(storing);
        _counts.End(place.Target, place.Slot, outcome == StoreWrite.Done);

        // What was refused may come to the disk all the same, with a write that was built on it.
        var isLast = _turns.WriteEnded(turn, number);
        return outcome is StoreWrite.Full or StoreWrite.ReadOnly or StoreWrite.Overloaded && !isLast ? StoreWrite.Failed : outcome;
    }

    private async ValueTask<StoreWrite> FollowAsync(KeyTurns<StoreKey, HeldHint>.Turn turn, long number, ValueTask<StoreWrite> storing, Dot newest)
    {
        var outcome = await EndedAsync(storing);
        if (outcome != StoreWrite.Done)
        {
            mint.Abandon(newest.Actor, $"a write that was sent to others could not be stored here ({outcome})");
        }

        return await FinishAsync(turn, number, new ValueTask<StoreWrite>(outcome));
    }

    private static async ValueTask<StoreWrite> EndedAsync(ValueTask<StoreWrite> storing)
    {
        try
        {
            return await storing;
        }
        catch (ObjectDisposedException)
        {
            return StoreWrite.Failed; // the store was closed under it
        }
    }

    private ValueTask<StoreWrite> Write(StoreBatch batch, Durability durability)
    {
        try
        {
            return store.WriteAsync(batch, durability, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<StoreWrite>(StoreWrite.Failed); // the node has stopped
        }
    }

    // A store that takes no writes may show what was never synced.
    private bool IsOnDisk(Durability durability) => store.Writable == StoreWrite.Done && (durability == Durability.Os || !_anyOsWrites);

    private async ValueTask<HeldHint> ReadToChangeAsync(StoreKey place)
    {
        var held = await ReadAsync(place, CancellationToken.None);
        if (held.Trouble == RecordTrouble.Garbled)
        {
            ForgetDots(null);
            Miss(place.Target, place.Slot, 1);
        }

        return held;
    }

    // Dots of ours that are not here any more must not be followed by others of the same actor. Null: it is not known whose they were.
    private void ForgetDots(Container? removed)
    {
        ActorId actor;
        lock (_lock)
        {
            actor = _standingIn;
        }

        if (actor != default && (removed is null || removed.Context[actor] != default))
        {
            mint.Abandon(actor, "what this node wrote in the place of owners is theirs now");
        }
    }
}
