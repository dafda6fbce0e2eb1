using Toystore.Core.Placement;
using Toystore.Simulation.Disks;
using Toystore.Storage;
using static Toystore.Tests.Simulation.Disks.DiskWorld;

namespace Toystore.Tests.Simulation.Disks;

public sealed class DiskConditionsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_write_takes_as_long_as_the_disk() => DiskWorld.Run(async world =>
    {
        (world.Conditions.Write, world.Conditions.Sync) = (new Latency(TimeSpan.FromMilliseconds(3), default), new Latency(TimeSpan.FromMilliseconds(40), default));
        await Put(world.Open(), At(0, 0), 1);
        Assert.Equal(TimeSpan.FromMilliseconds(43).Ticks, world.Loop.Now);
    });

    [Fact]
    public void What_waits_shares_one_sync() => DiskWorld.Run(async world =>
    {
        (world.Conditions.Write, world.Conditions.Sync) = (default, new Latency(TimeSpan.FromMilliseconds(10), default));
        var store = world.Open();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Put(store, At(0, i), 1).AsTask()));
        Assert.Equal(TimeSpan.FromMilliseconds(10).Ticks, world.Loop.Now);
    });

    [Fact]
    public void A_record_is_not_read_before_its_write_is_done() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        var write = Put(store, At(0, 0), 1).AsTask();
        for (var seen = false; !write.IsCompleted;)
        {
            Assert.False(seen);
            seen = await GetAsync(store, At(0, 0)) is not null && !write.IsCompleted;
            await world.PassAsync(0.01);
        }

        Assert.Equal((byte)1, await GetAsync(store, At(0, 0)));
    });

    [Fact]
    public void A_write_that_hangs_goes_on_when_that_is_lifted_and_reads_go_on_meanwhile() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        world.Conditions.WritesHang = true;
        var write = Put(store, At(0, 1), 2);
        await world.PassAsync(60_000);
        Assert.False(write.IsCompleted);
        Assert.Equal((byte)1, await GetAsync(store, At(0, 0)));
        world.Conditions.WritesHang = false;
        Assert.Equal(StoreWrite.Done, await write);
        Assert.Equal((byte)2, await GetAsync(store, At(0, 1)));
    });

    [Fact]
    public void A_read_that_hangs_goes_on_when_that_is_lifted() => DiskWorld.Run(async world =>
    {
        (world.Conditions.ReadsFromMemory, world.Conditions.ReadsHang) = (0, true);
        var read = world.Open().GetAsync(At(0, 0), default);
        await world.PassAsync(60_000);
        Assert.False(read.IsCompleted);
        world.Conditions.ReadsHang = false;
        Assert.Equal(StoreReadStatus.Absent, (await read).Status);
    });

    [Fact]
    public void A_full_disk_takes_what_makes_room_and_what_the_node_knows_of_itself() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        world.Conditions.Room = Room.Reserve;
        Assert.Equal(StoreWrite.Full, store.Writable);
        Assert.NotNull(store.State.Problem);
        Assert.Equal(StoreWrite.Full, await Put(store, At(0, 1), 1));
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch { MakesRoom = true }.Put(At(0, 2), new byte[1]), Durability.Fsync, default));
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Delete(At(0, 0)), Durability.Os, default));
        Assert.Equal(StoreWrite.Done, await Put(store, StoreKey.System("self"), 1));
        Assert.Null(await GetAsync(store, At(0, 1)));
        Assert.Null(await GetAsync(store, At(0, 0)));
    });

    [Fact]
    public void A_disk_without_any_room_takes_nothing_until_there_is_some() => DiskWorld.Run(async world =>
    {
        world.Conditions.Room = Room.None;
        var store = world.Open();
        Assert.Equal(StoreWrite.Full, await store.WriteAsync(new StoreBatch().Delete(At(0, 0)), Durability.Os, default));
        world.Conditions.Room = Room.Enough;
        Assert.Equal(StoreWrite.Done, await Put(store, At(0, 1), 1));
        Assert.Equal(StoreWrite.Done, store.Writable);
    });

    [Fact]
    public void A_read_only_disk_serves_reads_and_is_taken_up_again_when_asked_for_its_state() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        using var snapshot = store.TakeSnapshot();
        world.Conditions.IsReadOnly = true;
        Assert.Equal(StoreWrite.ReadOnly, await Put(store, At(0, 1), 1));
        Assert.Equal(StoreWrite.ReadOnly, store.Writable);
        Assert.Equal((byte)1, await GetAsync(store, At(0, 0)));
        world.Conditions.IsReadOnly = false;
        Assert.Equal(StoreWrite.ReadOnly, store.State.Writable);
        await world.PassAsync(1);
        Assert.Equal(StoreWrite.Done, store.State.Writable);
        Assert.Null(await GetAsync(store, At(0, 1)));
        await Assert.ThrowsAsync<StoreException>(async () => await snapshot.ScanAsync(StoreArea.Data, default, null, default, 1, 1, Cancel));
    });

    [Fact]
    public void A_write_whose_sync_met_a_read_only_disk_is_failed_and_comes_up_in_the_next_life() => DiskWorld.Run(async world =>
    {
        world.Conditions.Sync = new Latency(TimeSpan.FromMilliseconds(10), default);
        var store = world.Open();
        var write = Put(store, At(0, 0), 1);
        await world.PassAsync(5);
        world.Conditions.IsReadOnly = true;
        Assert.Equal(StoreWrite.Failed, await write);
        Assert.Null(await GetAsync(store, At(0, 0)));
        world.Conditions.IsReadOnly = false;
        Assert.Equal(StoreWrite.Failed, await Put(store, At(0, 1), 1));
        Assert.Null(await GetAsync(store, At(0, 0)));
        Assert.Equal((byte)1, await GetAsync(world.Reopen(), At(0, 0)));
    });

    [Theory]
    [InlineData(0, Durability.Fsync)]
    [InlineData(1, Durability.Fsync)]
    [InlineData(0, Durability.Os)]
    [InlineData(1, Durability.Os)]
    public void A_write_that_failed_is_not_seen_in_this_life_and_may_be_in_the_next(int stays, Durability durability) => DiskWorld.Run(async world =>
    {
        (world.Conditions.WriteErrors, world.Conditions.FailedWritesStay) = (1, stays);
        var store = world.Open();
        Assert.Equal(StoreWrite.Failed, await Put(store, At(0, 0), 1, durability));
        Assert.Null(await GetAsync(store, At(0, 0)));
        Assert.Equal(stays == 1, await GetAsync(world.Reopen(), At(0, 0)) is not null);
    });

    [Fact]
    public void A_disk_that_failed_takes_no_writes_until_it_is_opened_again() => DiskWorld.Run(async world =>
    {
        world.Conditions.WriteErrors = 1;
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        world.Conditions.WriteErrors = 0;
        Assert.Equal(StoreWrite.Failed, await Put(store, At(0, 1), 1));
        Assert.Equal(StoreWrite.Failed, store.State.Writable);
        Assert.Equal(StoreWrite.Done, await Put(world.Reopen(), At(0, 1), 1));
    });

    [Fact]
    public void A_read_that_fails_is_unreadable_and_a_scan_that_fails_throws() => DiskWorld.Run(async world =>
    {
        (world.Conditions.ReadErrors, world.Conditions.ReadsFromMemory) = (1, 0);
        var store = world.Open();
        await Put(store, At(0, 0), 1);
        Assert.Equal(StoreReadStatus.Unreadable, (await store.GetAsync(At(0, 0), Cancel)).Status);
        await Assert.ThrowsAsync<StoreException>(async () => await store.ScanAsync(StoreArea.Data, default, null, default, 1, 1, Cancel));
    });

    [Fact]
    public void Beyond_the_bound_on_what_waits_writes_are_refused_at_once_and_not_written() => DiskWorld.Run(async world =>
    {
        world.Conditions.QueueBatchesMax = 2;
        var store = world.Open();
        var writes = Enumerable.Range(0, 5).Select(i => Put(store, At(0, i), 1).AsTask()).ToArray();
        Assert.All(writes.Skip(2), write => Assert.Equal(StoreWrite.Overloaded, write.Result));
        await Task.WhenAll(writes);
        Assert.Equal(2, await PrefixAsync(store, 0, 5));
        Assert.Equal(StoreWrite.Done, await Put(store, At(0, 2), 1));
    });

    [Fact]
    public void A_batch_over_shards_of_which_one_failed_is_failed() => DiskWorld.Run(
        async world =>
        {
            var store = world.Open();
            world.Conditions.WriteErrors = 1;
            await Put(store, At(1, 0), 1);
            world.Conditions.WriteErrors = 0;
            Assert.Equal(StoreWrite.Failed, await store.WriteAsync(new StoreBatch().Put(At(0, 1), new byte[1]).Put(At(1, 1), new byte[1]), Durability.Fsync, default));
            Assert.NotNull(await GetAsync(store, At(0, 1)));
            Assert.Null(await GetAsync(store, At(1, 1)));
        },
        shards: 2);

    [Fact]
    public void Cancelling_a_write_stops_the_waiting_and_not_the_write() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        using var cancellation = new CancellationTokenSource();
        var write = store.WriteAsync(new StoreBatch().Put(At(0, 0), new byte[1]), Durability.Fsync, cancellation.Token);
        cancellation.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await write);
        await world.PassAsync(100);
        Assert.NotNull(await GetAsync(store, At(0, 0)));
    });

    [Fact]
    public void A_disposed_store_refuses_calls() => DiskWorld.Run(async world =>
    {
        var store = world.Open();
        var snapshot = store.TakeSnapshot();
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetAsync(At(0, 0), Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Put(store, At(0, 0), 1));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await snapshot.ScanAsync(StoreArea.Data, default, null, new Slot(1), 1, 1, Cancel));
    });
}
