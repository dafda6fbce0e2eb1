using Microsoft.Extensions.Logging;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// The floors of this node's slots (docs/decisions/0009): every owner of a slot durably held, or knew to be superseded, every dot of it up to there. Only rise, and are on the disk before anybody sees them, since what is
/// purged under one must not be taken for new by the next process.
/// </summary>
/// <remarks>
/// 8 bytes a slot. A floor that the disk has lost is not 0, but unknown: what was purged under it would be absent without a floor, and its ghosts welcome. Such a slot is lost (<see cref="IsLost"/>) until it gets a floor from
/// others, and so are all slots of which nobody can say.
/// </remarks>
internal sealed class SlotFloors(IStore store, DotMint mint, TimeProvider time, ILogger logger)
{
    private const int ReadsOfOne = 3;
    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(1);

    // What the disk has, and nothing else; FloorRecords.Lost for what it has lost. Written in turns, read by anybody.
    private readonly ulong[] _floors = new ulong[Slot.Count];
    private readonly TaskCompletionSource _loaded = new();
    private Task _turn = Task.CompletedTask;

    /// <summary>Slots whose floor has risen. Called after it is visible, by whoever raised it.</summary>
    public event Action<IReadOnlyList<(Slot Slot, HybridTime Floor)>>? Rose;

    /// <summary>Ends when the disk has been read: until then nobody knows the floors, nor what an absent key means.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>True once the disk has been read.</summary>
    public bool IsLoaded => _loaded.Task.IsCompleted;

    /// <summary>The floor of a slot; 0 if it has none yet, or has lost it.</summary>
    public HybridTime this[Slot slot] => Volatile.Read(ref _floors[slot.Index]) is var floor && floor == FloorRecords.Lost ? default : new HybridTime(floor);

    /// <summary>The slots whose floor is lost.</summary>
    public IEnumerable<Slot> LostSlots() => Enumerable.Range(0, Slot.Count).Select(index => new Slot((ushort)index)).Where(IsLost);

    /// <summary>True if the slot had a floor that the disk does not give any more: this node must not vouch for what it does not hold.</summary>
    public bool IsLost(Slot slot) => Volatile.Read(ref _floors[slot.Index]) == FloorRecords.Lost;

    /// <summary>Reads the disk. Once; it may be slow, and everybody who asks for a floor waits for <see cref="Loaded"/>. If it is stopped before its end, all floors are lost.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var row = 0; row < FloorRecords.Rows; row++)
            {
                var read = await ReadAsync(FloorRecords.PlaceOf(row), cancellationToken);
                if (!FloorRecords.TryRead(row, read, _floors))
                {
                    Log.FloorsLost(logger, row * FloorRecords.SlotsOfARow, ((row + 1) * FloorRecords.SlotsOfARow) - 1, read.Status);
                }
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            Array.Fill(_floors, FloorRecords.Lost); // the node stops; let nobody wait for ever
        }

        var highest = default(HybridTime);
        foreach (var floor in _floors)
        {
            highest = floor != FloorRecords.Lost && floor > highest.Value ? new HybridTime(floor) : highest;
        }

        mint.Raise(highest);
        _loaded.SetResult();
    }

    /// <summary>
    /// Raises floors: on the disk first, all or nothing, then visible. What is not above the present floor is left alone; a lost one takes any, also none. False if the disk did not take it: then nothing has changed.
    /// </summary>
    public async ValueTask<bool> RaiseAsync(IReadOnlyList<(Slot Slot, HybridTime Floor)> floors)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            await Loaded;
            return await RaiseInTurnAsync(floors);
        }
        finally
        {
            over.SetResult();
        }
    }

    private async ValueTask<StoreRead> ReadAsync(StoreKey place, CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(place, cancellationToken);
        for (var again = 1; read.Status == StoreReadStatus.Unreadable && again < ReadsOfOne; again++)
        {
            await Task.Delay(BetweenReads, time, cancellationToken);
            read = await store.GetAsync(place, cancellationToken);
        }

        return read;
    }

    private async ValueTask<bool> RaiseInTurnAsync(IReadOnlyList<(Slot Slot, HybridTime Floor)> floors)
    {
        var next = (ulong[])_floors.Clone();
        var highest = default(HybridTime);
        var anyChange = false;
        foreach (var (slot, floor) in floors)
        {
            var present = next[slot.Index];
            if (floor.Value != FloorRecords.Lost && (present == FloorRecords.Lost || floor.Value > present))
            {
                next[slot.Index] = floor.Value;
                highest = floor > highest ? floor : highest;
                anyChange = true;
            }
        }

        if (!anyChange)
        {
            return true;
        }

        // Before anything is read through it, so that whoever has seen it mints above it.
        mint.Raise(highest);
        if (!await WriteAsync(next))
        {
            return false;
        }

        var risen = new List<(Slot Slot, HybridTime Floor)>();
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            if (next[slot] != _floors[slot])
            {
                Volatile.Write(ref _floors[slot], next[slot]);
                risen.Add((new Slot((ushort)slot), new HybridTime(next[slot])));
            }
        }

        Rose?.Invoke(risen);
        return true;
    }

    private async ValueTask<bool> WriteAsync(ulong[] next)
    {
        var batch = new StoreBatch();
        for (var row = 0; row < FloorRecords.Rows; row++)
        {
            if (!FloorRecords.OfRow(row, next).SequenceEqual(FloorRecords.OfRow(row, _floors)))
            {
                batch.Put(FloorRecords.PlaceOf(row), FloorRecords.Encode(row, next));
            }
        }

        try
        {
            return await store.WriteAsync(batch, Durability.Fsync, CancellationToken.None) == StoreWrite.Done;
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }
    }
}
