using Toystore.Core.Placement;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;

namespace Toystore.Tests.Simulation.Disks;

/// <summary>A world with one disk and the lives on it, one after the other.</summary>
internal sealed class DiskWorld
{
    private readonly Chance _chance;
    private int _lives;

    private DiskWorld(ulong seed, int shards)
    {
        _chance = Chance.For(seed, "disk");
        Loop = new EventLoop(Chance.For(seed, "loop"), shuffles: true);
        Disk = new SimulatedDisk("n1", shards);
        Life = new Life(Loop, "life 0");
    }

    public EventLoop Loop { get; }

    public SimulatedDisk Disk { get; }

    public DiskConditions Conditions { get; } = new();

    public Chance Chance => _chance;

    public Life Life { get; private set; }

    public static void Run(Func<DiskWorld, Task> scenario, ulong seed = 1, int shards = 1)
    {
        var world = new DiskWorld(seed, shards);
        world.Loop.Run(() => scenario(world));
    }

    /// <summary>Begins a life.</summary>
    public SimulatedStore Open()
    {
        Life = new Life(Loop, $"life {++_lives}");
        return new SimulatedStore(Disk, Life, _chance.Fork($"life {_lives}"), Conditions);
    }

    /// <summary>Kills the process, and opens the disk again.</summary>
    public SimulatedStore Reopen(bool powerLoss = false)
    {
        Life.End();
        if (powerLoss)
        {
            Disk.LosePower(_chance);
        }

        return Open();
    }

    public Task PassAsync(double milliseconds) => Loop.PassAsync(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>A place in a slot.</summary>
    public static StoreKey At(int slot, int name) => new(StoreArea.Data, new Slot((ushort)slot), $"key {name}");

    public static ValueTask<StoreWrite> Put(IStore store, StoreKey key, byte value, Durability durability = Durability.Fsync) =>
        store.WriteAsync(new StoreBatch().Put(key, new[] { value }), durability, default);

    /// <summary>The value under a key; null if there is none.</summary>
    public static async Task<byte?> GetAsync(IStore store, StoreKey key)
    {
        var read = await store.GetAsync(key, default);
        Assert.True(read.Status is StoreReadStatus.Found or StoreReadStatus.Absent);
        return read.Status == StoreReadStatus.Found ? read.Bytes.Span[0] : null;
    }

    /// <summary>How many of the keys 0, 1, 2, ... of a slot are there; there must be no gap.</summary>
    public static async Task<int> PrefixAsync(IStore store, int slot, int count)
    {
        var there = new List<bool>();
        for (var i = 0; i < count; i++)
        {
            there.Add(await GetAsync(store, At(slot, i)) is not null);
        }

        var prefix = there.TakeWhile(found => found).Count();
        Assert.DoesNotContain(true, there.Skip(prefix));
        return prefix;
    }
}
