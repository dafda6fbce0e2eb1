using System.Globalization;
using Toystore.Core.Placement;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using static Toystore.Tests.Simulation.Disks.DiskWorld;

namespace Toystore.Tests.Simulation.Disks;

public sealed class DiskWatchTests
{
    [Fact]
    public void An_os_write_is_heard_of_twice_and_a_synced_one_once() => DiskWorld.Run(async world =>
    {
        var watch = Watch(world.Disk);
        var store = world.Open();
        await Put(store, At(0, 0), 1, Durability.Os);
        await Put(store, At(0, 1), 1);
        Assert.Equal(["seen key 0", "synced key 0", "synced key 1"], watch.Heard);
    });

    [Fact]
    public void A_dropped_slot_is_heard_of_as_the_deletes_that_it_is() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(5, 0), 1);
        await Put(store, At(6, 1), 1);
        var watch = Watch(world.Disk);
        await store.DropSlotAsync(StoreArea.Data, new Slot(5), default);
        Assert.Equal(["synced -key 0"], watch.Heard);
    });

    [Fact]
    public void What_power_took_is_heard_of_as_lost_or_as_synced() => DiskWorld.Run(async world =>
    {
        var watch = Watch(world.Disk);
        var store = world.Open();
        for (var i = 0; i < 3; i++)
        {
            await Put(store, At(0, i), 1, Durability.Os);
        }

        var kept = await PrefixAsync(world.Reopen(powerLoss: true), 0, 3);
        Assert.Equal(Enumerable.Range(0, 3).Select(i => i < kept ? $"synced key {i}" : $"lost key {i}"), watch.Heard.Skip(3));
    });

    [Fact]
    public void Damage_and_replacement_are_heard_of() => DiskWorld.Run(async world =>
    {
        await Put(world.Open(), At(0, 0), 1);
        var watch = Watch(world.Disk);
        world.Disk.TryDamage(At(0, 0), Damage.FlippedBit, world.Chance);
        world.Life.End();
        world.Disk.Wipe();
        Assert.Equal(["damaged key 0", "replaced"], watch.Heard);
    });

    [Fact]
    public void What_is_heard_adds_up_to_what_is_there_and_to_what_is_on_the_platter()
    {
        for (var seed = 0UL; seed < 30; seed++)
        {
            DiskWorld.Run(
                async world =>
                {
                    var watch = new Replaying();
                    world.Disk.Watch(watch);
                    await StormAsync(world);
                    Assert.Equal(watch.Synced.Order(), Texts(world.Disk.SyncedRecords(StoreArea.Data)).Order());
                    Assert.Equal(watch.Visible.Order(), Texts(world.Disk.VisibleRecords(StoreArea.Data)).Order());
                },
                seed,
                shards: 3);
        }
    }

    [Fact]
    public void The_same_seed_comes_out_the_same_and_another_does_not()
    {
        Assert.Equal(Storm(3), Storm(3));
        Assert.NotEqual(Storm(3), Storm(4));

        static (string Heard, ulong Hash) Storm(ulong seed)
        {
            var (heard, hash) = ("", 0UL);
            DiskWorld.Run(
                async world =>
                {
                    var watch = Watch(world.Disk);
                    await StormAsync(world);
                    (heard, hash) = (string.Join('\n', watch.Heard), world.Loop.Hash);
                },
                seed,
                shards: 3);
            return (heard, hash);
        }
    }

    [Fact]
    public void Whoever_watches_may_end_the_life_right_there() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        world.Disk.Watch(new Ending(world.Life));
        var atOnce = Put(store, At(0, 0), 1, Durability.Os);
        await world.PassAsync(10);
        Assert.False(atOnce.IsCompleted);
        Assert.Equal((byte)1, await GetAsync(world.Open(), At(0, 0)));
    });

    [Fact]
    public void A_life_that_ends_while_it_opens_the_disk_leaves_it_to_the_next() => DiskWorld.Run(async world =>
    {
        await Put(world.Open(), At(0, 0), 1, Durability.Os);
        world.Life.End();
        var next = new Life(world.Loop, "next");
        world.Disk.Watch(new Ending(next));
        _ = new SimulatedStore(world.Disk, next, world.Chance, world.Conditions);
        Assert.True(next.IsOver);
        Assert.False(world.Disk.IsOpen);
        Assert.Equal((byte)1, await GetAsync(world.Open(), At(0, 0)));
    });

    /// <summary>Several lives of writes, drops and deletes from several callers, each ended in another way.</summary>
    private static async Task StormAsync(DiskWorld world)
    {
        var chance = world.Chance.Fork("storm");
        for (var life = 0; life < 6; life++)
        {
            var store = world.Open();
            var calls = new List<Task<StoreWrite>>();
            (world.Conditions.WriteErrors, world.Conditions.QueueBatchesMax) = (chance.Next(3) == 0 ? 0.02 : 0, chance.Next(2, 50));
            for (var i = 0; i < 60; i++)
            {
                var (slot, name, durability) = (chance.Next(9), chance.Next(6), (Durability)chance.Next(2));
                var batch = new StoreBatch().Put(At(slot + 1, name), new[] { (byte)i });
                calls.Add(chance.Next(8) switch
                {
                    0 => store.DropSlotAsync(StoreArea.Data, new Slot((ushort)slot), default).AsTask(),
                    1 => store.WriteAsync(batch.Delete(At(slot, name)), durability, default).AsTask(),
                    _ => store.WriteAsync(batch, durability, default).AsTask(),
                });
                await world.PassAsync(chance.NextDouble() * 0.1);
            }

            if (chance.Next(3) == 0)
            {
                await store.DisposeAsync();
                Assert.All(calls, call => Assert.True(call.IsCompletedSuccessfully));
            }

            world.Life.End();
            if (chance.Next(2) == 0)
            {
                world.Disk.LosePower(chance);
            }
        }
    }

    private static Hearing Watch(SimulatedDisk disk)
    {
        var watch = new Hearing();
        disk.Watch(watch);
        return watch;
    }

    private static IEnumerable<string> Texts(IEnumerable<StoreRecord> records) => records.Select(record => Text(record.Key, record.Bytes));

    private static string Text(StoreKey key, ReadOnlyMemory<byte> bytes) => string.Create(CultureInfo.InvariantCulture, $"{key.Slot}/{key.Key}={bytes.Span[0]}");

    private sealed class Hearing : IDiskWatch
    {
        public List<string> Heard { get; } = [];

        public void Written(SimulatedDisk disk, StoreBatch batch, bool synced) => Heard.Add((synced ? "synced " : "seen ") + Keys(batch));

        public void Lost(SimulatedDisk disk, StoreBatch batch) => Heard.Add("lost " + Keys(batch));

        public void Damaged(SimulatedDisk disk, StoreKey key) => Heard.Add($"damaged {key.Key}");

        public void Replaced(SimulatedDisk disk) => Heard.Add("replaced");

        private static string Keys(StoreBatch batch) => string.Join(' ', batch.Changes.ToArray().Select(change => (change.Delete ? "-" : "") + change.Key.Key));
    }

    /// <summary>Makes of what it hears what should be on the disk.</summary>
    private sealed class Replaying : IDiskWatch
    {
        private readonly Dictionary<StoreKey, byte> _synced = [];
        private readonly Dictionary<StoreKey, byte> _visible = [];
        private readonly HashSet<StoreBatch> _seen = [];

        public IEnumerable<string> Synced => _synced.Select(pair => Text(pair.Key, new[] { pair.Value }));

        public IEnumerable<string> Visible => _visible.Select(pair => Text(pair.Key, new[] { pair.Value }));

        public void Written(SimulatedDisk disk, StoreBatch batch, bool synced)
        {
            if (synced)
            {
                Apply(_synced, batch);
            }

            if (_seen.Add(batch))
            {
                Apply(_visible, batch);
            }
        }

        public void Lost(SimulatedDisk disk, StoreBatch batch)
        {
            // What is kept was heard of before.
            _visible.Clear();
            foreach (var (key, value) in _synced)
            {
                _visible[key] = value;
            }
        }

        private static void Apply(Dictionary<StoreKey, byte> to, StoreBatch batch)
        {
            foreach (var change in batch.Changes)
            {
                if (change.Delete)
                {
                    to.Remove(change.Key);
                }
                else
                {
                    to[change.Key] = change.Bytes.Span[0];
                }
            }
        }
    }

    private sealed class Ending(Life life) : IDiskWatch
    {
        public void Written(SimulatedDisk disk, StoreBatch batch, bool synced) => life.End();
    }
}
