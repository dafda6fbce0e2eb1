using Toystore.Simulation.Chances;
using Toystore.Storage;
using static Toystore.Tests.Simulation.Disks.DiskWorld;

namespace Toystore.Tests.Simulation.Disks;

public sealed class PowerLossTests
{
    [Fact]
    public void A_synced_write_survives_a_power_loss() => DiskWorld.Run(async world =>
    {
        Assert.Equal(StoreWrite.Done, await Put(world.Open(), At(0, 0), 7));
        Assert.Equal(7, world.Disk.Synced(At(0, 0)).Span[0]);
        Assert.Equal((byte)7, await GetAsync(world.Reopen(powerLoss: true), At(0, 0)));
    });

    [Fact]
    public void A_power_loss_keeps_any_prefix_of_what_was_not_synced_and_nothing_else()
    {
        var prefixes = new HashSet<int>();
        for (var seed = 0UL; seed < 100; seed++)
        {
            DiskWorld.Run(
                async world =>
                {
                    var store = world.Open();
                    for (var i = 0; i < 4; i++)
                    {
                        Assert.Equal(StoreWrite.Done, await Put(store, At(0, i), 1, Durability.Os));
                    }

                    Assert.True(world.Disk.Synced(At(0, 0)).IsEmpty);
                    prefixes.Add(await PrefixAsync(world.Reopen(powerLoss: true), 0, 4));
                },
                seed);
        }

        Assert.Equal([0, 1, 2, 3, 4], prefixes.Order());
    }

    [Fact]
    public void Each_shard_loses_a_tail_of_its_own()
    {
        var outcomes = new HashSet<(int, int)>();
        for (var seed = 0UL; seed < 100; seed++)
        {
            DiskWorld.Run(
                async world =>
                {
                    var store = world.Open();
                    for (var i = 0; i < 2; i++)
                    {
                        await Put(store, At(0, i), 1, Durability.Os);
                        await Put(store, At(1, i), 1, Durability.Os);
                    }

                    store = world.Reopen(powerLoss: true);
                    outcomes.Add((await PrefixAsync(store, 0, 2), await PrefixAsync(store, 1, 2)));
                },
                seed,
                shards: 2);
        }

        Assert.Equal(9, outcomes.Count);
    }

    [Fact]
    public void A_synced_write_carries_the_os_writes_before_it_in_its_shard_and_in_no_other() => DiskWorld.Run(
        async world =>
        {
            var store = world.Open();
            await Put(store, At(0, 0), 1, Durability.Os);
            await Put(store, At(1, 0), 1, Durability.Os);
            await Put(store, At(2, 0), 1, Durability.Fsync);
            Assert.False(world.Disk.Synced(At(0, 0)).IsEmpty);
            Assert.True(world.Disk.Synced(At(1, 0)).IsEmpty);
        },
        shards: 2);

    [Fact]
    public void A_batch_is_kept_whole_or_lost_whole()
    {
        var counts = new HashSet<int>();
        for (var seed = 0UL; seed < 50; seed++)
        {
            DiskWorld.Run(
                async world =>
                {
                    var batch = new StoreBatch();
                    for (var i = 0; i < 5; i++)
                    {
                        batch.Put(At(0, i), new byte[50]);
                    }

                    await world.Open().WriteAsync(batch, Durability.Os, default);
                    counts.Add(await PrefixAsync(world.Reopen(powerLoss: true), 0, 5));
                },
                seed);
        }

        Assert.Equal([0, 5], counts.Order());
    }

    [Fact]
    public void A_killed_process_leaves_all_that_the_system_had() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        for (var i = 0; i < 20; i++)
        {
            await Put(store, At(0, i), 1, Durability.Os);
        }

        Assert.Equal(20, await PrefixAsync(world.Reopen(), 0, 20));
    });

    [Fact]
    public void What_only_waited_in_a_killed_process_is_gone() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        world.Conditions.WritesHang = true;
        Task[] writes = [Put(store, At(0, 0), 1, Durability.Os).AsTask(), Put(store, At(0, 1), 1).AsTask()];
        await world.PassAsync(10);
        Assert.All(writes, write => Assert.False(write.IsCompleted));
        Assert.Equal(0, await PrefixAsync(world.Reopen(), 0, 2));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_under_way_is_there_afterwards_or_is_not_and_nobody_is_told(bool powerLoss)
    {
        var outcomes = new HashSet<bool>();
        for (var seed = 0UL; seed < 60; seed++)
        {
            DiskWorld.Run(
                async world =>
                {
                    var write = Put(world.Open(), At(0, 0), 1);
                    await world.PassAsync(world.Chance.NextDouble() * 0.1);
                    Assert.False(write.IsCompleted);
                    outcomes.Add(await GetAsync(world.Reopen(powerLoss), At(0, 0)) is not null);
                    await world.PassAsync(10);
                    Assert.False(write.IsCompleted);
                },
                seed);
        }

        Assert.Equal(2, outcomes.Count);
    }

    [Fact]
    public void What_a_life_found_in_the_log_no_later_power_loss_takes() => DiskWorld.Run(async world =>
    {
        await Put(world.Open(), At(0, 0), 1, Durability.Os);
        world.Reopen();
        Assert.False(world.Disk.Synced(At(0, 0)).IsEmpty);
    });

    [Fact]
    public void A_clean_stop_brings_everything_to_the_platter() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        var writes = Enumerable.Range(0, 20).Select(i => Put(store, At(0, i), 1, Durability.Os).AsTask()).ToArray();
        await store.DisposeAsync();
        Assert.All(await Task.WhenAll(writes), outcome => Assert.Equal(StoreWrite.Done, outcome));
        Assert.Equal(20, await PrefixAsync(world.Reopen(powerLoss: true), 0, 20));
    });

    [Fact]
    public void A_log_damaged_before_its_end_is_refused_until_the_disk_is_wiped() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1, Durability.Os);
        await Put(store, At(0, 1), 1, Durability.Os);
        world.Life.End();
        world.Disk.LosePower(new Chance(1), refuses: 1);
        Assert.Throws<StoreException>(() => world.Open());
        world.Disk.Wipe();
        Assert.Equal(0, await PrefixAsync(world.Open(), 0, 2));
    });

    [Fact]
    public void Two_lives_cannot_have_a_disk_at_once() => DiskWorld.Run(async world =>
    {
        var first = world.Open();
        Assert.Throws<StoreException>(() => world.Open());
        await first.DisposeAsync();
        Assert.Equal(StoreWrite.Done, world.Open().Writable);
    });

    [Fact]
    public void Nothing_completes_and_nothing_is_written_after_the_life_is_over() => DiskWorld.Run(async world =>
    {
        world.Conditions.ReadsFromMemory = 0;
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        var read = store.GetAsync(At(0, 0), default);
        var scan = store.ScanAsync(StoreArea.Data, default, null, default, 1, 1, default);
        world.Life.End();
        var late = Put(store, At(0, 1), 1, Durability.Os);
        var lateRead = store.GetAsync(At(0, 0), default);
        await world.PassAsync(100);
        Assert.False(read.IsCompleted || scan.IsCompleted || late.IsCompleted || lateRead.IsCompleted);
        Assert.True(world.Disk.Visible(At(0, 1)).IsEmpty);
    });
}
