using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

public sealed class RocksDbStoreTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData(1, Durability.Os)]
    [InlineData(3, Durability.Fsync)]
    public async Task A_store_opened_again_has_everything(int shards, Durability durability)
    {
        await using (var store = Open(shards: shards))
        {
            for (var i = 0; i < 100; i++)
            {
                await store.WriteAsync(Put($"key {i}", (byte)i), durability, Cancel);
            }
        }

        await using var again = Open(shards: 16);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal((byte)i, (await again.GetAsync(StoreKey.Data($"key {i}"), Cancel)).Bytes.Span[0]);
        }
    }

    [Fact]
    public async Task Disposing_writes_what_waits()
    {
        var store = Open();
        var writes = Enumerable.Range(0, 500).Select(i => store.WriteAsync(Put($"key {i}", 1), Durability.Os, Cancel).AsTask()).ToArray();
        await store.DisposeAsync();
        Assert.All(await Task.WhenAll(writes), outcome => Assert.Equal(StoreWrite.Done, outcome));
        await using var again = Open();
        Assert.Equal(500, (await again.ScanAsync(StoreArea.Data, default, null, new Slot(Slot.Count - 1), 1000, int.MaxValue, Cancel)).Records.Count);
    }

    [Fact]
    public async Task A_disposed_store_refuses_calls()
    {
        var store = Open();
        var snapshot = store.TakeSnapshot();
        await store.DisposeAsync();
        await store.DisposeAsync();
        snapshot.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetAsync(StoreKey.Data("a"), Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.WriteAsync(Put("a", 1), Durability.Os, Cancel));
    }

    [Fact]
    public async Task A_batch_over_several_shards_is_written_whole()
    {
        await using var store = Open(shards: 3);
        var batch = new StoreBatch();
        for (var i = 0; i < 50; i++)
        {
            batch.Put(StoreKey.Data($"key {i}"), new byte[] { (byte)i });
        }

        Assert.Equal(StoreWrite.Done, await store.WriteAsync(batch, Durability.Fsync, Cancel));
        Assert.Equal(50, (await store.ScanAsync(StoreArea.Data, default, null, new Slot(Slot.Count - 1), 1000, int.MaxValue, Cancel)).Records.Count);
    }

    [Fact]
    public async Task Cancelling_a_write_stops_the_waiting_and_not_the_write()
    {
        await using var store = Open();
        for (var i = 0; i < 200; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var write = store.WriteAsync(Put("a", (byte)i), Durability.Fsync, cancellation.Token).AsTask();
            cancellation.Cancel();
            try
            {
                Assert.Equal(StoreWrite.Done, await write);
            }
            catch (OperationCanceledException)
            {
                // The next write of this shard is behind the one no longer waited for.
                await store.WriteAsync(Put("b", 1), Durability.Os, Cancel);
            }

            Assert.Equal((byte)i, (await store.GetAsync(StoreKey.Data("a"), Cancel)).Bytes.Span[0]);
        }
    }

    [Fact]
    public async Task Beyond_the_bound_on_what_waits_writes_are_refused_at_once_and_not_written()
    {
        await using var store = RocksDbStore.Open(new RocksDbStoreOptions { Directory = _temporary["store"], QueueBytesMax = 1 << 10 }, TimeProvider.System);
        var value = new byte[4 << 20];
        var writes = Enumerable.Range(0, 50).Select(i => store.WriteAsync(new StoreBatch().Put(StoreKey.Data($"{i}"), value), Durability.Fsync, Cancel).AsTask()).ToArray();
        var outcomes = await Task.WhenAll(writes);
        Assert.Contains(StoreWrite.Done, outcomes);
        Assert.Contains(StoreWrite.Overloaded, outcomes);
        for (var i = 0; i < outcomes.Length; i++)
        {
            Assert.Equal(outcomes[i] == StoreWrite.Done ? StoreReadStatus.Found : StoreReadStatus.Absent, (await store.GetAsync(StoreKey.Data($"{i}"), Cancel)).Status);
        }
    }

    [Fact]
    public async Task A_read_from_memory_allocates_the_value_and_nothing_else()
    {
        await using var store = Open();
        var key = StoreKey.Data("a");
        await store.WriteAsync(new StoreBatch().Put(key, new byte[200]), Durability.Os, Cancel);
        Assert.Equal(224, Allocations.BytesPerCall(() => Assert.True(AtOnce(store.GetAsync(key, default)))));
    }

    [Fact]
    public async Task A_read_that_takes_the_disk_is_answered_too()
    {
        await using (var store = Open())
        {
            await store.WriteAsync(Put("a", 7), Durability.Os, Cancel);
            await store.CheckpointAsync(_temporary["copy"], Cancel);
        }

        await using var copy = RocksDbStore.Open(new RocksDbStoreOptions { Directory = _temporary["copy"] }, TimeProvider.System);
        Assert.Equal(7, (await copy.GetAsync(StoreKey.Data("a"), Cancel)).Bytes.Span[0]);
        Assert.True(AtOnce(copy.GetAsync(StoreKey.Data("a"), Cancel)));
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_by_name()
    {
        await using var store = Open();
        var refused = Assert.Throws<StoreException>(() => Open());
        Assert.Contains(_temporary["store"], refused.Message, StringComparison.Ordinal);
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CURRENT")]
    [InlineData("MANIFEST-*")]
    public async Task A_damaged_directory_is_refused_with_what_to_type_and_left_as_it_is(string pattern)
    {
        await using (var store = Open())
        {
            await store.WriteAsync(Put("a", 7), Durability.Fsync, Cancel);
        }

        foreach (var file in Directory.GetFiles(Shard, pattern))
        {
            var bytes = File.ReadAllBytes(file);
            bytes.AsSpan(bytes.Length / 2).Fill(0xEE);
            bytes.AsSpan(0, 8).Fill(0xEE);
            File.WriteAllBytes(file, bytes);
        }

        var logs = Directory.GetFiles(Shard, "*.log");
        var refused = Assert.Throws<StoreException>(() => Open());
        Assert.Contains($"mv '{_temporary["store"]}'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(logs, Directory.GetFiles(Shard, "*.log"));
    }

    [Fact]
    public async Task A_lost_shard_is_refused_and_not_made_anew()
    {
        await Open(shards: 2).DisposeAsync();
        Directory.Delete(Shard, recursive: true);
        Assert.Throws<StoreException>(() => Open(shards: 2));
    }

    [Fact]
    public async Task A_directory_of_a_newer_version_is_refused()
    {
        await Open().DisposeAsync();
        File.WriteAllText(Path.Combine(_temporary["store"], "STORE"), "toystore store 2\nsomething new\n");
        Assert.Contains("newer Toystore", Assert.Throws<StoreException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_whose_making_was_cut_short_is_made_again()
    {
        await Open(shards: 2).DisposeAsync();
        File.WriteAllText(Path.Combine(_temporary["store"], "STORE"), "toystore store 1\nshards 2\ncreating\n");
        Directory.Delete(Path.Combine(_temporary["store"], "shard-01"), recursive: true);
        await using var store = Open(shards: 2);
        Assert.Equal(StoreWrite.Done, store.State.Writable);
    }

    [Fact]
    public void An_option_out_of_range_is_refused_by_name() =>
        Assert.Contains("Shards is 17", Assert.Throws<ArgumentException>(() => Open(shards: 17)).Message, StringComparison.Ordinal);

    private static bool AtOnce(ValueTask<StoreRead> read) => read.IsCompletedSuccessfully && read.Result.Status == StoreReadStatus.Found;

    private string Shard => Path.Combine(_temporary["store"], "shard-00");

    private static StoreBatch Put(string key, byte value) => new StoreBatch().Put(StoreKey.Data(key), new[] { value });

    private RocksDbStore Open(int shards = 1) => RocksDbStore.Open(new RocksDbStoreOptions { Directory = _temporary["store"], Shards = shards }, TimeProvider.System);
}
