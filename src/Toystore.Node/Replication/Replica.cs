using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Replication;

/// <summary>
/// This node's copy of the keys: reads, merges, and the coordinator's own writes. Changes of one key take turns (<see cref="KeyTurns"/>); what is read is on the disk, at least as far as its writer asked for.
/// </summary>
internal sealed class Replica(IStore store, DotMint mint, SiblingLimits limits, NodeCounters counters, ILogger logger)
{
    private readonly KeyTurns _turns = new();
    private volatile bool _anyOsWrites;

    /// <summary>What this node holds. Completes synchronously when no disk has to be read. Never fails: what cannot be read is not known.</summary>
    public ValueTask<HeldContainer> ReadAsync(Key key, CancellationToken cancellationToken)
    {
        var place = StoreKey.Data(key);
        var reading = store.GetAsync(place, cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<HeldContainer>(Decode(place, reading.Result)) : FinishReadAsync(place, reading);
    }

    /// <summary>
    /// Makes this copy know what <paramref name="incoming"/> knows. <paramref name="completes"/>: that was merged from so many owners that nothing acknowledged can be missing from it.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LocalWrite> MergeAsync(Key key, Container incoming, Durability durability, bool completes)
    {
        mint.Observe(incoming.Context);
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        Container merged;
        ValueTask<StoreWrite> storing;
        try
        {
            var underway = _turns.Latest(turn);
            var current = underway ?? await ReadAsync(key, CancellationToken.None);
            if (incoming.Context[mint.Actor] > current.Container.Context[mint.Actor])
            {
                mint.Abandon("another node holds a write of ours that this node does not: its disk was rolled back, or lost it");
            }

            merged = current.Container.Merge(incoming);
            var next = new HeldContainer(merged, current.Unknowing && !completes);
            var isOnDisk = underway is null && (durability == Durability.Os || !_anyOsWrites);
            if (isOnDisk && ReferenceEquals(merged, current.Container) && next.Unknowing == current.Unknowing)
            {
                return new LocalWrite(LocalRefusal.None, merged, default, new ValueTask<StoreWrite>(StoreWrite.Done));
            }

            storing = Store(key, next, durability);
            written = next;
        }
        finally
        {
            _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, merged, default, FinishAsync(turn, storing));
    }

    /// <summary>A client's write, with a dot of ours, on top of what this copy holds. A write that is here already (by its request id) is the same write.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LocalWrite> WriteAsync(Key key, ClientWrite write, Durability durability)
    {
        var turn = await _turns.EnterAsync(key);
        HeldContainer? written = null;
        Container result;
        Dot newest;
        ValueTask<StoreWrite> storing;
        try
        {
            var current = _turns.Latest(turn) ?? await ReadAsync(key, CancellationToken.None);
            if (current.Unknowing || write.Seen[mint.Actor] > current.Container.Context[mint.Actor])
            {
                // The next dot of this actor would cover its earlier ones for this key, and those that are lost here may live elsewhere.
                mint.Abandon("this node has lost writes of its own for a key");
            }

            var applied = await ApplyAsync(current.Container, write);
            if (applied.Refusal != LocalRefusal.None)
            {
                return applied;
            }

            (result, newest) = (applied.Result, applied.Newest);
            written = current with { Container = result };
            storing = Store(key, written.Value, durability);
        }
        finally
        {
            _turns.Leave(turn, written);
        }

        return new LocalWrite(LocalRefusal.None, result, newest, FinishAsync(turn, storing));
    }

    /// <summary>What a record of a scan holds.</summary>
    public HeldContainer Decode(StoreRecord record) => Decode(record.Key, new StoreRead(StoreReadStatus.Found, record.Bytes));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<LocalWrite> ApplyAsync(Container current, ClientWrite write)
    {
        var done = new ValueTask<StoreWrite>(StoreWrite.Done);
        if (write.RequestId is { } request && SiblingOf(request, current) is { } same && same.Dot.Time >= write.Above)
        {
            return new LocalWrite(LocalRefusal.None, current, same.Dot, done);
        }

        var seen = write.IsLastWrite ? write.Seen.Join(current.Context) : write.Seen;
        if (!limits.Admit(current, seen, write.Value?.Bytes.Length ?? 0, out var siblings))
        {
            return LocalWrite.Refused(LocalRefusal.TooManySiblings);
        }

        if (siblings == limits.CountWarn)
        {
            Log.ManySiblings(logger, siblings);
        }

        mint.Observe(current.Context);
        mint.Observe(seen);
        mint.Observe(write.Above);
        if (await mint.MintAsync() is not { } dot)
        {
            return LocalWrite.Refused(LocalRefusal.NotWritable);
        }

        var sibling = write.Value is { } value
            ? new Sibling(dot, value.Bytes, value.ContentType, value.ExpiresAt is { } at ? UnixTime.From(at) : null, write.RequestId)
            : new Sibling(dot, default, requestId: write.RequestId, kind: ValueKind.Tombstone);
        return new LocalWrite(LocalRefusal.None, current.Put(sibling, seen), dot, done);
    }

    private ValueTask<StoreWrite> Store(Key key, HeldContainer next, Durability durability)
    {
        _anyOsWrites |= durability == Durability.Os;
        var place = StoreKey.Data(key);
        var record = RecordFormat.Encode(place, next.Container, next.Unknowing ? RecordFlags.Incomplete : RecordFlags.None);
        return store.WriteAsync(new StoreBatch().Put(place, record), durability, CancellationToken.None);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StoreWrite> FinishAsync(KeyTurns.Turn turn, ValueTask<StoreWrite> storing)
    {
        var written = await storing;
        _turns.WriteEnded(turn);
        return written;
    }

    private async ValueTask<HeldContainer> FinishReadAsync(StoreKey place, ValueTask<StoreRead> reading) => Decode(place, await reading);

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
        return new HeldContainer(Container.Empty, Unknowing: true);
    }

    private static Sibling? SiblingOf(Guid request, Container container)
    {
        foreach (var sibling in container.Siblings)
        {
            if (sibling.RequestId == request)
            {
                return sibling;
            }
        }

        return null;
    }
}
