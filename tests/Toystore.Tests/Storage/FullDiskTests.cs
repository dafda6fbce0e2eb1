using Toystore.Storage;

namespace Toystore.Tests.Storage;

public sealed class FullDiskTests : IDisposable
{
    private readonly SmallDisk _disk = new(mebibytes: 64);
    private readonly ManualTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task Below_the_reserve_writes_are_refused_and_reads_go_on_until_there_is_room()
    {
        await using var store = Open(reserve: 16 << 20);
        Assert.Equal(StoreWrite.Done, await PutAsync(store, "before", 1));
        _disk.FillTo(8 << 20);
        Pass();
        Assert.Equal(StoreWrite.Full, await PutAsync(store, "refused", 1));
        Assert.Equal(StoreWrite.Full, store.State.Writable);
        Assert.Contains("make room", store.State.Problem, StringComparison.Ordinal);
        Assert.Equal(StoreReadStatus.Found, await StatusAsync(store, "before"));
        Assert.Equal(StoreReadStatus.Absent, await StatusAsync(store, "refused"));

        _disk.Empty();
        Pass();
        Assert.Equal(StoreWrite.Done, store.State.Writable);
        Assert.Equal(StoreWrite.Done, await PutAsync(store, "after", 1));
    }

    [Fact]
    public async Task Below_the_reserve_a_node_can_still_remove_and_write_what_it_knows_of_itself()
    {
        await using var store = Open(reserve: 16 << 20);
        await PutAsync(store, "before", 1);
        _disk.FillTo(8 << 20);
        Pass();
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Delete(StoreKey.Data("before")), Durability.Fsync, Cancel));
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(StoreKey.System("stopped"), new byte[] { 1 }), Durability.Fsync, Cancel));
        Assert.Equal(StoreReadStatus.Absent, await StatusAsync(store, "before"));
    }

    [Fact]
    public async Task The_room_is_asked_for_at_most_every_100_ms()
    {
        await using var store = Open(reserve: 16 << 20);
        Assert.Equal(StoreWrite.Done, await PutAsync(store, "a", 1));
        _disk.FillTo(8 << 20);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(StoreWrite.Done, await PutAsync(store, "b", 1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(StoreWrite.Full, await PutAsync(store, "c", 1));
    }

    [Fact]
    public async Task A_disk_without_any_room_refuses_writes_serves_reads_and_recovers_by_itself()
    {
        var written = new List<string>();
        await using (var store = Open(reserve: 0))
        {
            await PutAsync(store, "before", 1);
            using var snapshot = store.TakeSnapshot();
            _disk.Fill();
            var outcome = StoreWrite.Done;
            for (var i = 0; outcome == StoreWrite.Done; i++)
            {
                Pass();
                outcome = await PutAsync(store, $"{i}", 256 << 10);
                written.AddRange(outcome == StoreWrite.Done ? [$"{i}"] : []);
            }

            Assert.Equal(StoreWrite.Full, outcome);
            Assert.Equal(StoreWrite.Full, await PutAsync(store, "refused", 1));
            Assert.Equal(StoreWrite.Full, store.State.Writable);
            Assert.Equal(StoreReadStatus.Found, await StatusAsync(store, "before"));

            _disk.Empty();
            Pass();
            Assert.Equal(StoreWrite.Done, await PutAsync(store, "after", 256 << 10));
            Assert.Equal(StoreWrite.Done, store.State.Writable);
            await Assert.ThrowsAsync<StoreException>(async () => await snapshot.ScanAsync(StoreArea.Data, default, null, default, 1, 1, Cancel));
            Assert.Equal(StoreReadStatus.Found, await StatusAsync(store, "before"));
        }

        await using var again = Open(reserve: 0);
        foreach (var key in written.Append("before").Append("after"))
        {
            Assert.Equal(StoreReadStatus.Found, await StatusAsync(again, key));
        }

        Assert.Equal(StoreReadStatus.Absent, await StatusAsync(again, "refused"));
    }

    [Fact]
    public async Task What_makes_room_finds_room_in_the_reserve()
    {
        long free;
        await using (var store = Open(reserve: 0))
        {
            free = store.State.BytesFree;
        }

        await using var full = Open(reserve: 2 * free);
        Assert.Equal(StoreWrite.Full, await PutAsync(full, "more", 1));
        var tombstone = new StoreBatch { MakesRoom = true }.Put(StoreKey.Data("less"), new byte[1]);
        Assert.Equal(StoreWrite.Done, await full.WriteAsync(tombstone, Durability.Fsync, Cancel));
        Assert.Equal(StoreWrite.Done, await full.WriteAsync(new StoreBatch().Delete(StoreKey.Data("less")), Durability.Fsync, Cancel));
    }

    [Fact]
    public async Task A_store_opened_on_a_full_disk_serves_reads_and_writes_once_there_is_room()
    {
        await using (var store = Open(reserve: 0))
        {
            await PutAsync(store, "before", 100);
        }

        _disk.Fill();
        await using var again = Open(reserve: 0);
        Assert.Equal(StoreReadStatus.Found, await StatusAsync(again, "before"));
        Assert.Equal(StoreWrite.Full, await PutAsync(again, "refused", 1));

        _disk.Empty();
        Pass();
        Assert.Equal(StoreWrite.Done, await PutAsync(again, "after", 1));
        Assert.Equal(StoreReadStatus.Found, await StatusAsync(again, "before"));
    }

    [Fact]
    public async Task A_checkpoint_without_room_leaves_nothing_and_says_so()
    {
        await using var store = Open(reserve: 0);
        await PutAsync(store, "before", 100);
        _disk.Fill();
        await Assert.ThrowsAsync<StoreException>(async () => await store.CheckpointAsync(_disk["copy"], Cancel));
        Assert.False(Path.Exists(_disk["copy"]));
        Assert.False(Path.Exists(_disk["copy.partial"]));
    }

    [Fact]
    public async Task A_read_only_disk_refuses_writes_and_serves_reads_until_it_is_writable()
    {
        await using (var store = Open(reserve: 0))
        {
            await PutAsync(store, "before", 1);
        }

        _disk.MakeReadOnly();
        await using var again = Open(reserve: 0);
        Assert.Equal(StoreReadStatus.Found, await StatusAsync(again, "before"));
        Assert.Equal(StoreWrite.ReadOnly, await PutAsync(again, "refused", 1));
        Assert.Equal(StoreWrite.ReadOnly, again.State.Writable);
        Assert.Contains("read-only", again.State.Problem, StringComparison.Ordinal);

        _disk.MakeWritable();
        Pass();
        Assert.Equal(StoreWrite.Done, await PutAsync(again, "after", 1));
        Assert.Equal(StoreReadStatus.Found, await StatusAsync(again, "before"));
        Assert.Equal(StoreReadStatus.Absent, await StatusAsync(again, "refused"));
    }

    [Fact]
    public async Task A_disk_that_takes_writes_again_is_noticed_by_asking_for_the_state_alone()
    {
        await Open(reserve: 0).DisposeAsync();
        _disk.MakeReadOnly();
        await using var store = Open(reserve: 0);
        Assert.Equal(StoreWrite.ReadOnly, store.State.Writable);
        _disk.MakeWritable();
        while (store.State.Writable != StoreWrite.Done)
        {
            await Task.Yield();
        }

        Assert.Equal(StoreWrite.Done, await PutAsync(store, "after", 1));
    }

    private static ValueTask<StoreWrite> PutAsync(RocksDbStore store, string key, int length)
    {
        var value = new byte[length];
        new Random(length).NextBytes(value);
        return store.WriteAsync(new StoreBatch().Put(StoreKey.Data(key), value), Durability.Fsync, Cancel);
    }

    private static async Task<StoreReadStatus> StatusAsync(RocksDbStore store, string key) => (await store.GetAsync(StoreKey.Data(key), Cancel)).Status;

    private void Pass() => _time.Advance(TimeSpan.FromSeconds(1));

    private RocksDbStore Open(long reserve) => RocksDbStore.Open(
        new RocksDbStoreOptions { Directory = _disk["store"], Shards = 1, FreeBytesReserve = reserve, WriteBufferBytes = 1 << 20 }, _time);
}
