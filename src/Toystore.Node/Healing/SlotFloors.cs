using Microsoft.Extensions.Logging;
using Toystore.Core.Healing;
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
/// On the disk 8 bytes a slot. A floor that the disk has lost is not 0, but unknown: what was purged under it would be absent without a floor, and its ghosts welcome. Such a slot is lost (<see cref="IsLost"/>) until it gets a floor from
/// others, and so are all slots of which nobody can say.
/// </remarks>
internal sealed class SlotFloors(IStore store, DotMint mint, TimeProvider time, ILogger logger)
{
    private const int ReadsOfOne = 3;
    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(1);
    private static readonly HybridTime FloorIsLost = new(FloorRecords.Lost);

    private readonly TaskCompletionSource _loaded = new();
    private Task _turn = Task.CompletedTask;
    private View _view = new(new SlotReadings(), new SlotSet(), false); // what the disk has, and nothing else; never changed, but replaced in turns

    /// <summary>Slots whose floor has risen. Called after it is visible, by whoever raised it.</summary>
    public event Action<SlotSet>? Rose;

    /// <summary>Ends when the disk has been read: until then nobody knows the floors, nor what an absent key means.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>True once the disk has been read.</summary>
    public bool IsLoaded => _loaded.Task.IsCompleted;

    /// <summary>The floor of a slot; 0 if it has none yet, or has lost it.</summary>
    public HybridTime this[Slot slot] => Volatile.Read(ref _view).Floors[slot];

    /// <summary>All of them, as they are now. Not to be changed.</summary>
    public SlotReadings All => Volatile.Read(ref _view).Floors;

    /// <summary>The slots whose floor is lost, as it is now. Not to be changed.</summary>
    public SlotSet Lost => Volatile.Read(ref _view).Lost;

    /// <summary>True if the slot had a floor that the disk does not give any more: this node must not vouch for what it does not hold.</summary>
    public bool IsLost(Slot slot) => Volatile.Read(ref _view) is { AnyLost: true } view && view.Lost.Contains(slot);

    /// <summary>Reads the disk. Once; it may be slow, and everybody who asks for a floor waits for <see cref="Loaded"/>. If it is stopped before its end, all floors are lost.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var (floors, lost) = (new SlotReadings(), new SlotSet());
        try
        {
            var ofRow = new ulong[FloorRecords.SlotsOfARow];
            for (var row = 0; row < FloorRecords.Rows; row++)
            {
                var read = await ReadAsync(FloorRecords.PlaceOf(row), cancellationToken);
                if (!FloorRecords.TryRead(row, read, ofRow))
                {
                    Log.FloorsLost(logger, row * FloorRecords.SlotsOfARow, ((row + 1) * FloorRecords.SlotsOfARow) - 1, read.Status);
                }

                floors.SetRow(row, ofRow);
            }

            lost = floors.SlotsAt(FloorIsLost);
            floors.Take(lost, new SlotReadings());
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            (floors, lost) = (new SlotReadings(), SlotSet.All()); // the node stops; let nobody wait for ever
        }

        Volatile.Write(ref _view, new View(floors, lost, lost.Count > 0));
        mint.Raise(floors.Highest);
        _loaded.SetResult();
    }

    /// <summary>
    /// Raises the floors of some slots: on the disk first, all or nothing, then visible. What is not above the present floor is left alone; a lost one takes any, also none. False if the disk did not take it: then nothing has changed.
    /// </summary>
    public async ValueTask<bool> RaiseAsync(SlotSet slots, SlotReadings floors)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            await Loaded;
            return await RaiseInTurnAsync(slots, floors);
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

    private async ValueTask<bool> RaiseInTurnAsync(SlotSet slots, SlotReadings floors)
    {
        var risen = floors.Above(_view.Floors);
        risen.UnionWith(_view.Lost);
        risen.IntersectWith(slots);
        risen.ExceptWith(floors.SlotsAt(FloorIsLost));
        if (risen.Count == 0)
        {
            return true;
        }

        var next = new View(_view.Floors.Copy(), _view.Lost.Copy(), false);
        next.Floors.Take(risen, floors);
        next.Lost.ExceptWith(risen);
        next = next with { AnyLost = next.Lost.Count > 0 };

        // Before anything is read through it, so that whoever has seen it mints above it.
        mint.Raise(floors.Within(risen).Highest);
        if (!await WriteAsync(risen, next))
        {
            return false;
        }

        Volatile.Write(ref _view, next);
        Rose?.Invoke(risen);
        return true;
    }

    private async ValueTask<bool> WriteAsync(SlotSet risen, View next)
    {
        try
        {
            return await store.WriteAsync(BatchOf(risen, next), Durability.Fsync, CancellationToken.None) == StoreWrite.Done;
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }
    }

    private static StoreBatch BatchOf(SlotSet risen, View next)
    {
        var batch = new StoreBatch();
        Span<ulong> floors = stackalloc ulong[FloorRecords.SlotsOfARow];
        for (var row = 0; row < FloorRecords.Rows; row++)
        {
            if (risen[row] == 0)
            {
                continue;
            }

            next.Floors.CopyRow(row, floors);
            for (var slot = 0; slot < floors.Length && next.AnyLost; slot++)
            {
                floors[slot] = (next.Lost[row] >> slot & 1) != 0 ? FloorRecords.Lost : floors[slot];
            }

            batch.Put(FloorRecords.PlaceOf(row), FloorRecords.Encode(row, floors));
        }

        return batch;
    }

    private sealed record View(SlotReadings Floors, SlotSet Lost, bool AnyLost);
}
