using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Replication;

/// <summary>How the copy is read.</summary>
internal sealed partial class Replica
{
    /// <summary>What this node knows. Completes synchronously when no disk has to be read. Never fails: what cannot be read is not known, nor is what this node may have lost.</summary>
    public ValueTask<HeldContainer> ReadAsync(Key key, CancellationToken cancellationToken)
    {
        if (!floors.IsLoaded)
        {
            return ReadLaterAsync(key, cancellationToken);
        }

        var place = StoreKey.Data(key);
        var knows = Known?.Knows(place.Slot) ?? true;
        var reading = ReadRecordAsync(place, cancellationToken);
        return knows ? reading : DoubtAsync(reading);

        static async ValueTask<HeldContainer> DoubtAsync(ValueTask<HeldContainer> reading) => await reading with { Unknowing = true };
    }

    /// <summary>As <see cref="ReadAsync"/>, of the record alone: what this node holds, whether or not it may have lost something of its slot.</summary>
    public ValueTask<HeldContainer> ReadRecordAsync(Key key, CancellationToken cancellationToken) => ReadRecordAsync(StoreKey.Data(key), cancellationToken);

    private ValueTask<HeldContainer> ReadRecordAsync(StoreKey place, CancellationToken cancellationToken)
    {
        if (!floors.IsLoaded)
        {
            return ReadRecordLaterAsync(place, cancellationToken);
        }

        var floor = FloorOf(place.Slot);
        var reading = Get(place, cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<HeldContainer>(Decode(place, floor, reading.Result)) : FinishReadAsync(place, floor, reading);
    }

    /// <summary>What a record of a scan holds. Not under the floor of today: the record is older than that.</summary>
    public HeldContainer Decode(StoreRecord record) => Decode(record.Key, default, new StoreRead(StoreReadStatus.Found, record.Bytes));

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

    private async ValueTask<HeldContainer> ReadToChangeAsync(Key key)
    {
        var held = await ReadRecordAsync(key, CancellationToken.None);
        if (held.Trouble == RecordTrouble.Garbled)
        {
            mint.Abandon(mint.Actor, "a record that may have held dots of ours is lost");
        }

        return held;
    }

    private async ValueTask<HeldContainer> ReadLaterAsync(Key key, CancellationToken cancellationToken)
    {
        await floors.Loaded.WaitAsync(cancellationToken);
        return await ReadAsync(key, cancellationToken);
    }

    private async ValueTask<HeldContainer> ReadRecordLaterAsync(StoreKey place, CancellationToken cancellationToken)
    {
        await floors.Loaded.WaitAsync(cancellationToken);
        return await ReadRecordAsync(place, cancellationToken);
    }

    private async ValueTask<HeldContainer> FinishReadAsync(StoreKey place, SlotFloor floor, ValueTask<StoreRead> reading)
    {
        try
        {
            return Decode(place, floor, await reading);
        }
        catch (ObjectDisposedException)
        {
            return Decode(place, floor, new StoreRead(StoreReadStatus.Unreadable, default)); // the store was closed under it
        }
    }

    private HeldContainer Decode(StoreKey place, SlotFloor floor, StoreRead read)
    {
        if (read.Status == StoreReadStatus.Absent)
        {
            return new HeldContainer(Container.Absent(floor.Time), Unknowing: floor.IsLost);
        }

        if (read.Status == StoreReadStatus.Found && RecordFormat.TryDecode(place, read.Bytes, out var container, out var flags))
        {
            return flags.HasFlag(RecordFlags.Incomplete) ? new HeldContainer(container, Unknowing: true) : new HeldContainer(container.Under(floor.Time), Unknowing: false);
        }

        counters.CountCorruptRecord();
        Log.RecordUnreadable(logger, place.Slot, read.Status);
        if (read.Status != StoreReadStatus.Unreadable)
        {
            FoundGarbled?.Invoke(place.Key);
        }

        return new HeldContainer(Container.Empty, Unknowing: true, read.Status == StoreReadStatus.Unreadable ? RecordTrouble.Unreadable : RecordTrouble.Garbled);
    }
}
