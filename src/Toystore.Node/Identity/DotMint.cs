using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Identity;

/// <summary>
/// The one place where this node's dots come from. Keeps the actor, and the lease on its clock's readings, in the store, so that no reading is ever given out twice.
/// </summary>
/// <remarks>
/// The record says whether the node runs or was stopped cleanly. After a clean stop the actor goes on above its lease. In every other case (no record, a garbled one, no mark of a clean stop) some of what the
/// old actor sent may be missing here, and going on under its name would erase it elsewhere: a:3 sent and acknowledged, lost here; the next dot a:9 carries a context that covers a:3. So a new
/// generation is drawn, as also when a local write fails for a dot already sent, and when anybody shows a write of ours that is not here (a disk that was rolled back, or lost a record). basho/riak_kv#679 tells the story.
/// </remarks>
internal sealed class DotMint(NodeId self, IStore store, TimeProvider time, NodeRandom random, TimeSpan skewMax, TimeSpan leaseLength, ILogger logger)
{
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromSeconds(10);

    private const byte Version = 1;
    private const int ShardsMax = 32;
    private const byte Running = 0;
    private const byte Stopped = 1;
    private static readonly StoreKey Place = StoreKey.System("actor");

    // Guards all fields below.
    private readonly Lock _lock = new();
    private HybridClock _clock = new(default, default, skewMax);
    private Task<StoreWrite>? _extension;
    private long _complainedAt = time.GetTimestamp() - (long)(BetweenComplaints.TotalSeconds * time.TimestampFrequency);
    private bool _isResumed;
    private bool _stopping;

    /// <summary>Who mints now.</summary>
    public ActorId Actor
    {
        get
        {
            lock (_lock)
            {
                return _clock.Actor;
            }
        }
    }

    /// <summary>Reads what the store knows of the last life and takes up a name. Must have ended before anything is minted. How the first write to the store ended is the result.</summary>
    public async Task<StoreWrite> StartAsync(CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(Place, cancellationToken);
        var now = UnixTime.From(time.GetUtcNow());
        lock (_lock)
        {
            _clock = Resume(read, now);
            _isResumed = true;
        }

        Log.ActorTaken(logger, _clock.Actor);
        return await Extension();
    }

    /// <summary>A new dot, later than all that was minted or observed here; null if the store does not take the lease that it needs.</summary>
    public ValueTask<Dot?> MintAsync()
    {
        var now = UnixTime.From(time.GetUtcNow());
        lock (_lock)
        {
            if (!_stopping && _clock.TryMint(now, out var dot))
            {
                if (_clock.Lease < HybridTime.At(now + (leaseLength / 2)))
                {
                    _ = Extension();
                }

                return new ValueTask<Dot?>(dot);
            }
        }

        return MintAfterExtensionAsync();
    }

    /// <summary>Takes note of what others have seen, so that what is minted next is later.</summary>
    public void Observe(VersionVector seen)
    {
        lock (_lock)
        {
            if (_clock.TryObserve(seen, UnixTime.From(time.GetUtcNow())) || time.GetElapsedTime(_complainedAt) < BetweenComplaints)
            {
                return;
            }

            _complainedAt = time.GetTimestamp();
        }

        Log.ReadingFarAhead(logger, seen.Highest);
    }

    /// <summary>Takes note of a reading made elsewhere, unless it is too far ahead.</summary>
    public void Observe(HybridTime reading)
    {
        lock (_lock)
        {
            _clock.TryObserve(reading, UnixTime.From(time.GetUtcNow()));
        }
    }

    /// <summary>Goes on under a new generation: dots of <paramref name="lost"/> may be lost here. Nothing happens if that is not the one in use any more.</summary>
    public void Abandon(ActorId lost, string reason)
    {
        ActorId actor;
        lock (_lock)
        {
            if (_clock.Actor != lost)
            {
                return;
            }

            actor = new ActorId(self, random.Next());
            _clock = new HybridClock(actor, _clock.Last, skewMax);
        }

        Log.ActorAbandoned(logger, reason, actor);
    }

    /// <summary>Mints no more, and leaves the mark of a clean stop, if <paramref name="isSettled"/> then says that every dot minted is in the store or was never sent.</summary>
    public async Task StopAsync(Func<bool> isSettled)
    {
        Task<StoreWrite>? extension;
        bool isResumed;
        lock (_lock)
        {
            _stopping = true;
            isResumed = _isResumed; // a node that was stopped before it had read its name has nothing to vouch for
            extension = _extension;
        }

        if (extension is not null)
        {
            await extension;
        }

        if (isResumed && isSettled() && await SyncAllAsync())
        {
            await ExtendAsync(Stopped, forMore: false);
        }
    }

    // The mark must not be on the disk before what it vouches for, and that may lie in any shard: a synced write to each brings its log to disk.
    private async Task<bool> SyncAllAsync()
    {
        var batch = new StoreBatch();
        for (ushort slot = 0; slot < ShardsMax; slot++)
        {
            batch.Delete(new StoreKey(StoreArea.System, new Slot(slot), "sync"));
        }

        return await store.WriteAsync(batch, Durability.Fsync, CancellationToken.None) == StoreWrite.Done;
    }

    private HybridClock Resume(StoreRead read, UnixTime now)
    {
        var isThere = read.Status == StoreReadStatus.Found;
        var bytes = isThere && SystemRecord.TryDecode(Place, read.Bytes, out var payload) ? payload.Span : default;
        var known = bytes.Length == 26 && bytes[0] == Version && BinaryPrimitives.ReadUInt64LittleEndian(bytes[2..]) == self.Value;
        var lease = known ? new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(bytes[18..])) : default;
        var clean = known && bytes[1] == Stopped && lease <= HybridTime.At(now + skewMax);
        var generation = clean ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[10..]) : random.Next();
        var last = lease <= HybridTime.At(now + skewMax) ? lease : default;
        return new HybridClock(new ActorId(self, generation), last, skewMax);
    }

    private async ValueTask<Dot?> MintAfterExtensionAsync()
    {
        while (true)
        {
            Task<StoreWrite> extension;
            lock (_lock)
            {
                if (_stopping)
                {
                    return null;
                }

                if (_clock.TryMint(UnixTime.From(time.GetUtcNow()), out var dot))
                {
                    return dot;
                }

                extension = Extension();
            }

            if (await extension != StoreWrite.Done)
            {
                return null;
            }
        }
    }

    // The extension under way, or a new one.
    private Task<StoreWrite> Extension()
    {
        lock (_lock)
        {
            return _extension = _extension is { IsCompleted: false } underway ? underway : ExtendAsync(Running, forMore: true);
        }
    }

    private async Task<StoreWrite> ExtendAsync(byte state, bool forMore)
    {
        HybridClock clock;
        HybridTime lease;
        lock (_lock)
        {
            clock = _clock;
            lease = forMore ? clock.LeaseWanted(UnixTime.From(time.GetUtcNow()), leaseLength) : clock.Last.Next;
        }

        var record = new byte[26];
        record[0] = Version;
        record[1] = state;
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(2), self.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(10), clock.Actor.Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(18), lease.Value);
        var written = await store.WriteAsync(new StoreBatch().Put(Place, SystemRecord.Encode(Place, record)), Durability.Fsync, CancellationToken.None);
        if (written == StoreWrite.Done)
        {
            lock (_lock)
            {
                clock.ExtendLease(lease);
            }
        }

        return written;
    }
}
