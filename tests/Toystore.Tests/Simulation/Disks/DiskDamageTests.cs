using Toystore.Core.Placement;
using Toystore.Simulation.Disks;
using Toystore.Storage;
using static Toystore.Tests.Simulation.Disks.DiskWorld;

namespace Toystore.Tests.Simulation.Disks;

public sealed class DiskDamageTests
{
    [Fact]
    public void Every_flipped_bit_is_found_by_the_checksum_of_a_record()
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            DiskWorld.Run(
                async world =>
                {
                    var store = world.Open();
                    var key = StoreKey.System("self");
                    await store.WriteAsync(new StoreBatch().Put(key, SystemRecord.Encode(key, "hello"u8)), Durability.Fsync, default);
                    Assert.Equal(key, world.Disk.DamageAny(StoreArea.System, Damage.FlippedBit, world.Chance));
                    var read = await store.GetAsync(key, default);
                    Assert.Equal(StoreReadStatus.Found, read.Status);
                    Assert.False(SystemRecord.TryDecode(key, read.Bytes, out _));
                },
                seed);
        }
    }

    [Fact]
    public void A_record_in_a_damaged_block_is_unreadable_and_a_scan_over_it_throws_until_it_is_written_anew() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(3, 0), 1);
        await Put(store, At(4, 0), 1);
        Assert.True(world.Disk.TryDamage(At(3, 0), Damage.UnreadableBlock, world.Chance));
        Assert.Equal(StoreReadStatus.Garbled, (await store.GetAsync(At(3, 0), default)).Status);
        await Assert.ThrowsAsync<StoreException>(async () => await store.ScanAsync(StoreArea.Data, default, null, new Slot(9), 10, 10, TestContext.Current.CancellationToken));
        Assert.Equal(At(4, 0), Assert.Single(world.Disk.VisibleRecords(StoreArea.Data)).Key);
        await Put(store, At(3, 0), 2);
        Assert.Equal((byte)2, await GetAsync(store, At(3, 0)));
    });

    [Fact]
    public void Damage_reaches_what_is_at_rest_and_not_a_newer_version_that_is_not() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        await Put(store, At(0, 0), 2, Durability.Os);
        await Put(store, At(0, 1), 2, Durability.Os);
        Assert.True(world.Disk.TryDamage(At(0, 0), Damage.UnreadableBlock, world.Chance));
        Assert.False(world.Disk.TryDamage(At(0, 1), Damage.UnreadableBlock, world.Chance));
        Assert.Equal((byte)2, await GetAsync(store, At(0, 0)));
        Assert.True(world.Disk.Synced(At(0, 0)).IsEmpty);
    });

    [Fact]
    public void A_disk_rolled_back_has_what_it_had_then() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        await Put(store, At(0, 1), 1);
        var backup = world.Disk.Snapshot();
        await Put(store, At(0, 0), 2);
        await store.DropSlotAsync(StoreArea.Data, new Slot(0), default);
        for (var i = 0; i < 2; i++)
        {
            world.Life.End();
            world.Disk.RollBackTo(backup);
            Assert.Equal(2 * ("key 0".Length + 1), world.Disk.BytesUsed);
            store = world.Open();
            Assert.Equal((byte)1, await GetAsync(store, At(0, 0)));
            Assert.Equal((byte)1, await GetAsync(store, At(0, 1)));
            await Put(store, At(0, 0), 3);
        }
    });

    [Fact]
    public void A_wiped_disk_is_empty() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1, Durability.Os);
        await Put(store, StoreKey.System("self"), 1);
        world.Life.End();
        world.Disk.Wipe();
        store = world.Open();
        Assert.Null(await GetAsync(store, At(0, 0)));
        Assert.Null(await GetAsync(store, StoreKey.System("self")));
        Assert.Equal(0, store.State.BytesUsed);
    });
}
