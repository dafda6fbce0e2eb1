using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

/// <summary>What every store does. The store's own test class says how one is opened.</summary>
public abstract partial class StoreConformance : IAsyncDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly List<IStore> _opened = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract IStore OpenNew(string directory);

    protected abstract IStore OpenCheckpoint(string directory);

    /// <summary>Runs a caller beside the others.</summary>
    protected virtual Task Beside(Func<Task> caller) => Task.Run(caller, Cancel);

    /// <summary>Makes something of that name.</summary>
    protected virtual void Occupy(string directory) => Directory.CreateDirectory(directory);

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _opened)
        {
            await store.DisposeAsync();
        }

        _temporary.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_key_never_written_is_absent()
    {
        var store = Open();
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(StoreKey.Data("nothing"), Cancel)).Status);
    }

    [Theory]
    [InlineData(Durability.Fsync)]
    [InlineData(Durability.Os)]
    public async Task A_completed_write_is_readable(Durability durability)
    {
        var store = Open();
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(StoreKey.Data("a"), Bytes(1, 2, 3)), durability, Cancel));
        await ExpectAsync(store, StoreKey.Data("a"), 1, 2, 3);
    }

    [Fact]
    public async Task The_last_write_of_a_key_holds()
    {
        var store = Open();
        await PutAsync(store, StoreKey.Data("a"), 1);
        await PutAsync(store, StoreKey.Data("a"), 2, 2);
        await ExpectAsync(store, StoreKey.Data("a"), 2, 2);
    }

    [Fact]
    public async Task Writes_take_effect_in_the_order_of_the_calls_whatever_their_durability()
    {
        var store = Open();
        var key = StoreKey.Data("a");
        var writes = Enumerable.Range(0, 200).Select(i => Write(store, key, (byte)i, i % 2 == 0 ? Durability.Os : Durability.Fsync)).ToArray();
        await Task.WhenAll(writes);
        await ExpectAsync(store, key, 199);
    }

    [Fact]
    public async Task The_last_change_of_a_key_in_a_batch_holds()
    {
        var store = Open();
        var (a, b) = (StoreKey.Data("a"), StoreKey.Data("b"));
        await store.WriteAsync(new StoreBatch().Put(a, Bytes(1)).Put(b, Bytes(1)).Delete(a).Put(a, Bytes(2)).Delete(b), Durability.Fsync, Cancel);
        await ExpectAsync(store, a, 2);
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(b, Cancel)).Status);
    }

    [Fact]
    public async Task An_empty_batch_is_done() => Assert.Equal(StoreWrite.Done, await Open().WriteAsync(new StoreBatch(), Durability.Fsync, Cancel));

    [Fact]
    public async Task An_empty_value_is_found_and_empty()
    {
        var store = Open();
        await PutAsync(store, StoreKey.Data("a"));
        await ExpectAsync(store, StoreKey.Data("a"));
    }

    [Fact]
    public async Task Areas_are_apart()
    {
        var store = Open();
        var data = new StoreKey(StoreArea.Data, default, "x");
        await PutAsync(store, StoreKey.System("x"), 1);
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(data, Cancel)).Status);
        Assert.Empty((await ScanAsync(store, 0, Slot.Count - 1)).Records);
    }

    [Fact]
    public async Task Hints_are_apart_for_each_owner_and_from_everything_else()
    {
        var store = Open();
        var (one, other) = (StoreKey.Hint(new NodeId(1), "x"), StoreKey.Hint(new NodeId(2), "x"));
        await PutAsync(store, one, 1);
        await PutAsync(store, StoreKey.Data("x"), 3);
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(other, Cancel)).Status);
        await PutAsync(store, other, 2);
        await ExpectAsync(store, one, 1);
        await ExpectAsync(store, other, 2);
        await ExpectAsync(store, StoreKey.Data("x"), 3);
        await store.WriteAsync(new StoreBatch().Delete(one), Durability.Fsync, Cancel);
        Assert.Equal(other, Assert.Single((await ScanHintsAsync(store, 0, ulong.MaxValue)).Records).Key);
    }

    [Fact]
    public async Task Hints_are_ordered_by_owner_before_slot_and_one_owners_are_one_range()
    {
        var store = Open();
        var written = new List<StoreKey>();
        foreach (var target in new[] { 9UL, 1UL, 0x1_0000_0001UL, 256UL })
        {
            for (var i = 0; i < 40; i++)
            {
                written.Add(StoreKey.Hint(new NodeId(target), $"key {i}"));
                await PutAsync(store, written[^1], (byte)target);
            }
        }

        written.Sort((l, r) => l.Target != r.Target ? l.Target.CompareTo(r.Target) : StoreOrder.Compare(l.Key, r.Key));
        Assert.Equal(written, (await ScanHintsAsync(store, 0, ulong.MaxValue)).Records.Select(r => r.Key));
        Assert.Equal(written[80..120], (await ScanHintsAsync(store, 256, 256)).Records.Select(r => r.Key));
        Assert.Equal(written[40..120], (await ScanHintsAsync(store, 2, 256)).Records.Select(r => r.Key));
        Assert.Empty((await ScanHintsAsync(store, 256, 9)).Records);
        var from = written[50];
        var rest = await store.ScanAsync(from.Place, from.Key, StorePlace.Hints(new NodeId(ulong.MaxValue), new Slot(Slot.Count - 1)), 1000, int.MaxValue, Cancel);
        Assert.Equal(written[51..], rest.Records.Select(r => r.Key));
        Assert.True(rest.Complete);
        Assert.Equal(from.Key, (await store.ScanAsync(from.Place, written[49].Key, from.Place, 1, int.MaxValue, Cancel)).Records[0].Key.Key);
    }

    [Fact]
    public async Task Dropping_a_slot_of_one_owners_hints_leaves_the_others()
    {
        var store = Open();
        foreach (var target in new[] { 1UL, 2UL, 3UL })
        {
            await PutAsync(store, StoreKey.Hint(new NodeId(target), "{a}1"), 1);
            await PutAsync(store, StoreKey.Hint(new NodeId(target), "{b}1"), 1);
        }

        await PutAsync(store, StoreKey.Data("{a}1"), 1);
        Assert.Equal(StoreWrite.Done, await store.DropSlotAsync(StorePlace.Hints(new NodeId(2), Slot.Of("{a}")), Cancel));
        Assert.Equal(5, (await ScanHintsAsync(store, 0, ulong.MaxValue)).Records.Count);
        Assert.Equal("{b}1", Assert.Single((await ScanHintsAsync(store, 2, 2)).Records).Key.Key);
        await ExpectAsync(store, StoreKey.Data("{a}1"), 1);
    }

    [Fact]
    public async Task A_checkpoint_has_the_hints()
    {
        var store = Open();
        var key = StoreKey.Hint(new NodeId(77), "x");
        await PutAsync(store, key, 5);
        await store.CheckpointAsync(_temporary["hints"], Cancel);
        await ExpectAsync(Opened(OpenCheckpoint(_temporary["hints"])), key, 5);
    }

    [Fact]
    public async Task Keys_of_1_and_4096_bytes_of_any_value_come_back()
    {
        var store = Open();
        var keys = new[] { Bytes(0), Bytes(255), Filled(4096, 0), Filled(4096, 255), Enumerable.Range(0, 4096).Select(i => (byte)i).ToArray() };
        foreach (var key in keys)
        {
            await PutAsync(store, StoreKey.Data(Key.From(key)), key[0], 7);
        }

        foreach (var key in keys)
        {
            await ExpectAsync(store, StoreKey.Data(Key.From(key)), key[0], 7);
        }

        Assert.Equal(keys.Length, (await ScanAsync(store, 0, Slot.Count - 1)).Records.Count);
    }

    [Fact]
    public async Task A_value_of_16_MiB_comes_back()
    {
        var store = Open();
        var value = new byte[16 << 20];
        new Random(1).NextBytes(value);
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(StoreKey.Data("big"), value), Durability.Fsync, Cancel));
        Assert.True((await store.GetAsync(StoreKey.Data("big"), Cancel)).Bytes.Span.SequenceEqual(value));
        var page = await ScanAsync(store, 0, Slot.Count - 1, bytesMax: 10);
        Assert.True(page.Records[0].Bytes.Span.SequenceEqual(value));
    }

    [Fact]
    public async Task A_scan_goes_by_slot_then_hash_then_key()
    {
        var store = Open();
        var written = await FillAsync(store, 300);
        var page = await ScanAsync(store, 0, Slot.Count - 1);
        Assert.True(page.Complete);
        Assert.Equal(written, page.Records.Select(r => r.Key));
    }

    [Fact]
    public async Task A_scan_sees_only_the_slots_it_was_asked_for()
    {
        var store = Open();
        var written = await FillAsync(store, 300);
        var page = await ScanAsync(store, 5000, 9000);
        Assert.Equal(written.Where(k => k.Slot.Index is >= 5000 and <= 9000), page.Records.Select(r => r.Key));
        Assert.NotEmpty(page.Records);
    }

    [Fact]
    public async Task A_scan_of_the_last_slot_sees_it()
    {
        var store = Open();
        var key = new StoreKey(StoreArea.Data, new Slot(Slot.Count - 1), "z");
        await PutAsync(store, key, 9);
        var page = await ScanAsync(store, Slot.Count - 1, Slot.Count - 1);
        Assert.Equal(key, Assert.Single(page.Records).Key);
    }

    [Fact]
    public async Task Pages_of_a_scan_continue_where_the_one_before_ended()
    {
        var store = Open();
        var written = await FillAsync(store, 300, slots: 7);
        var seen = new List<StoreKey>();
        for (var (first, after, complete) = (default(Slot), (Key?)null, false); !complete;)
        {
            var page = await store.ScanAsync(StoreArea.Data, first, after, new Slot(Slot.Count - 1), 11, int.MaxValue, Cancel);
            Assert.True(page.Records.Count <= 11);
            seen.AddRange(page.Records.Select(r => r.Key));
            (first, after, complete) = (seen[^1].Slot, seen[^1].Key, page.Complete);
        }

        Assert.Equal(written, seen);
    }

    [Fact]
    public async Task A_scan_goes_on_after_a_key_that_is_gone()
    {
        var store = Open();
        var written = await FillAsync(store, 20, slots: 1);
        await store.WriteAsync(new StoreBatch().Delete(written[4]), Durability.Os, Cancel);
        var page = await store.ScanAsync(StoreArea.Data, written[4].Slot, written[4].Key, written[4].Slot, 100, int.MaxValue, Cancel);
        Assert.Equal(written.Skip(5), page.Records.Select(r => r.Key));
    }

    [Fact]
    public async Task A_page_ends_before_the_record_that_would_pass_its_bytes_but_has_one()
    {
        var store = Open();
        for (var i = 0; i < 10; i++)
        {
            await store.WriteAsync(new StoreBatch().Put(new StoreKey(StoreArea.Data, default, $"key{i}"), new byte[96]), Durability.Os, Cancel);
        }

        Assert.Equal(2, (await ScanAsync(store, 0, 0, bytesMax: 250)).Records.Count);
        var one = await ScanAsync(store, 0, 0, bytesMax: 1);
        Assert.Single(one.Records);
        Assert.False(one.Complete);
    }

    [Fact]
    public async Task A_scan_of_an_empty_store_is_complete()
    {
        var page = await ScanAsync(Open(), 0, Slot.Count - 1);
        Assert.True(page.Complete);
        Assert.Empty(page.Records);
    }

    [Fact]
    public async Task A_snapshot_stays_as_it_was()
    {
        var store = Open();
        var written = await FillAsync(store, 300);
        using var snapshot = store.TakeSnapshot();
        await PutAsync(store, written[0], 99);
        await store.WriteAsync(new StoreBatch().Delete(written[1]), Durability.Os, Cancel);
        await store.DropSlotAsync(StoreArea.Data, written[2].Slot, Cancel);
        await PutAsync(store, StoreKey.Data("new"), 1);
        var page = await snapshot.ScanAsync(StoreArea.Data, default, null, new Slot(Slot.Count - 1), 1000, int.MaxValue, Cancel);
        Assert.Equal(written, page.Records.Select(r => r.Key));
        Assert.NotEqual(99, page.Records[0].Bytes.Span[0]);
    }

    [Fact]
    public async Task A_disposed_snapshot_is_refused()
    {
        var snapshot = Open().TakeSnapshot();
        snapshot.Dispose();
        snapshot.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await snapshot.ScanAsync(StoreArea.Data, default, null, default, 1, 1, Cancel));
    }

    [Fact]
    public async Task Dropping_a_slot_removes_its_records_and_no_others()
    {
        var store = Open();
        var written = await FillAsync(store, 100, slots: 5);
        await PutAsync(store, new StoreKey(StoreArea.System, written[50].Slot, "keep"), 1);
        Assert.Equal(StoreWrite.Done, await store.DropSlotAsync(StoreArea.Data, written[50].Slot, Cancel));
        Assert.Equal(written.Where(k => k.Slot != written[50].Slot), (await ScanAsync(store, 0, Slot.Count - 1)).Records.Select(r => r.Key));
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(written[50], Cancel)).Status);
        await ExpectAsync(store, new StoreKey(StoreArea.System, written[50].Slot, "keep"), 1);
    }

    [Fact]
    public async Task Dropping_a_slot_takes_its_place_in_the_order_of_writes()
    {
        var store = Open();
        var (before, after) = (new StoreKey(StoreArea.Data, new Slot(3), "before"), new StoreKey(StoreArea.Data, new Slot(3), "after"));
        var first = Write(store, before, 1, Durability.Os);
        var drop = store.DropSlotAsync(StoreArea.Data, new Slot(3), Cancel).AsTask();
        var second = Write(store, after, 1, Durability.Os);
        await Task.WhenAll(first, drop, second);
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(before, Cancel)).Status);
        await ExpectAsync(store, after, 1);
    }

    [Fact]
    public async Task A_batch_is_seen_whole_or_not_at_all()
    {
        var store = Open();
        var keys = Enumerable.Range(0, 20).Select(i => new StoreKey(StoreArea.Data, new Slot(8), $"k{i}")).ToArray();
        var writing = Beside(
            async () =>
            {
                for (var round = 0; round < 200; round++)
                {
                    var batch = new StoreBatch();
                    foreach (var key in keys)
                    {
                        batch.Put(key, Bytes((byte)round));
                    }

                    await store.WriteAsync(batch, Durability.Os, Cancel);
                }
            });
        do
        {
            var page = await ScanAsync(store, 8, 8);
            Assert.True(page.Records.Count is 0 or 20);
            Assert.True(page.Records.Select(r => r.Bytes.Span[0]).Distinct().Count() <= 1);
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Fact]
    public async Task Many_callers_at_once_each_find_what_they_wrote()
    {
        var store = Open();
        await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Beside(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var key = StoreKey.Data($"{caller}/{i}");
                    Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(key, Bytes((byte)caller, (byte)i)), (Durability)(i % 2), Cancel));
                    await ExpectAsync(store, key, (byte)caller, (byte)i);
                }
            })));
        Assert.Equal(1600, (await ScanAsync(store, 0, Slot.Count - 1)).Records.Count);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_beforehand_does_nothing()
    {
        var store = Open();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.WriteAsync(new StoreBatch().Put(StoreKey.Data("a"), Bytes(1)), Durability.Os, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.GetAsync(StoreKey.Data("a"), cancelled));
        Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(StoreKey.Data("a"), Cancel)).Status);
    }

    [Fact]
    public async Task A_checkpoint_opens_with_all_that_was_written_before_it()
    {
        var store = Open();
        var written = await FillAsync(store, 200);
        await PutAsync(store, StoreKey.System("self"), 5);
        await store.CheckpointAsync(_temporary["copy"], Cancel);
        await PutAsync(store, StoreKey.Data("later"), 1);
        var copy = Opened(OpenCheckpoint(_temporary["copy"]));
        Assert.Equal(written, (await ScanAsync(copy, 0, Slot.Count - 1)).Records.Select(r => r.Key));
        await ExpectAsync(copy, StoreKey.System("self"), 5);
    }

    [Fact]
    public async Task A_checkpoint_never_touches_what_is_there()
    {
        var store = Open();
        Occupy(_temporary["mine"]);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.CheckpointAsync(_temporary["mine"], Cancel));
        Assert.Contains("exists already", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_healthy_store_says_so()
    {
        var store = Open();
        await FillAsync(store, 100);
        var state = store.State;
        Assert.Equal(StoreWrite.Done, state.Writable);
        Assert.Null(state.Problem);
        Assert.True(state.BytesFree > 0);
        Assert.True(state.BytesUsed > 0);
    }

    protected static byte[] Bytes(params byte[] bytes) => bytes;

    protected static byte[] Filled(int length, byte with)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(with);
        return bytes;
    }

    protected static async Task PutAsync(IStore store, StoreKey key, params byte[] bytes) =>
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(key, bytes), Durability.Os, Cancel));

    protected static async Task ExpectAsync(IStore store, StoreKey key, params byte[] bytes)
    {
        var read = await store.GetAsync(key, Cancel);
        Assert.Equal(StoreReadStatus.Found, read.Status);
        Assert.Equal(bytes, read.Bytes.ToArray());
    }

    protected static ValueTask<StorePage> ScanAsync(IStore store, int first, int last, int bytesMax = int.MaxValue) =>
        store.ScanAsync(StoreArea.Data, new Slot((ushort)first), null, new Slot((ushort)last), int.MaxValue, bytesMax, Cancel);

    protected static ValueTask<StorePage> ScanHintsAsync(IStore store, ulong first, ulong last) =>
        store.ScanAsync(StorePlace.Hints(new NodeId(first), default), null, StorePlace.Hints(new NodeId(last), new Slot(Slot.Count - 1)), int.MaxValue, int.MaxValue, Cancel);

    /// <summary>Writes keys in no order, and returns them in the store's.</summary>
    protected static async Task<List<StoreKey>> FillAsync(IStore store, int count, int slots = Slot.Count)
    {
        var random = new Random(7);
        var keys = Enumerable.Range(0, count).Select(i => new StoreKey(StoreArea.Data, new Slot((ushort)random.Next(slots)), $"key {i}")).ToList();
        foreach (var key in keys)
        {
            await PutAsync(store, key, (byte)key.Slot.Index);
        }

        keys.Sort((l, r) =>
        {
            var order = l.Slot.CompareTo(r.Slot);
            order = order != 0 ? order : System.IO.Hashing.XxHash3.HashToUInt64(l.Key.Span).CompareTo(System.IO.Hashing.XxHash3.HashToUInt64(r.Key.Span));
            return order != 0 ? order : l.Key.CompareTo(r.Key);
        });
        return keys;
    }

    private static async Task<StoreWrite> Write(IStore store, StoreKey key, byte value, Durability durability) =>
        await store.WriteAsync(new StoreBatch().Put(key, Bytes(value)), durability, Cancel);

    private IStore Open() => Opened(OpenNew(_temporary["store"]));

    private IStore Opened(IStore store)
    {
        _opened.Add(store);
        return store;
    }
}

public sealed class MemoryStoreConformance : StoreConformance
{
    protected override IStore OpenNew(string directory) => new MemoryStore();

    protected override IStore OpenCheckpoint(string directory) => MemoryStore.Open(directory);
}

public sealed class RocksDbStoreConformance : StoreConformance
{
    protected override IStore OpenNew(string directory) => RocksDbStore.Open(new RocksDbStoreOptions { Directory = directory, Shards = 1 }, TimeProvider.System);

    protected override IStore OpenCheckpoint(string directory) => OpenNew(directory);
}

public sealed class ShardedRocksDbStoreConformance : StoreConformance
{
    protected override IStore OpenNew(string directory) => RocksDbStore.Open(new RocksDbStoreOptions { Directory = directory, Shards = 3 }, TimeProvider.System);

    protected override IStore OpenCheckpoint(string directory) => OpenNew(directory);
}
