using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

/// <summary>What every store does with its trees, and for those who scan them anew.</summary>
public abstract partial class StoreConformance
{
    private static readonly Slot S = new(77);

    [Fact]
    public async Task A_scan_may_begin_at_a_hash()
    {
        var store = Open();
        var written = await FillAsync(store, 40, slots: 2);
        var at = StoreOrder.HashOf(written[10].Key);
        var page = await store.ScanAsync(written[10].Place, at, written[10].Place, 5, int.MaxValue, Cancel);
        Assert.Equal(written.Skip(10).Take(5), page.Records.Select(record => record.Key));
        page = await store.ScanAsync(written[10].Place, new KeyHash(at.Value + 1), written[10].Place, 1, int.MaxValue, Cancel);
        Assert.Equal(written[11], page.Records[0].Key);
        using var snapshot = store.TakeSnapshot();
        page = await snapshot.ScanAsync(written[10].Place, at, written[10].Place, 1, int.MaxValue, Cancel);
        Assert.Equal(written[10], page.Records[0].Key);
    }

    [Fact]
    public async Task What_is_shown_where_it_lies_is_what_a_scan_gives_page_by_page()
    {
        var store = Open();
        await FillAsync(store, 300);
        using var snapshot = store.TakeSnapshot();
        var last = new StorePlace(StoreArea.Data, new Slot(Slot.Count - 1));
        var expected = (await snapshot.ScanAsync(new StorePlace(StoreArea.Data, default), null, last, int.MaxValue, int.MaxValue, Cancel)).Records;
        var shown = new List<(StoreKey Key, byte[] Bytes)>();
        var (place, start) = (new StorePlace(StoreArea.Data, default), default(ScanStart));
        for (var page = 1; await snapshot.ShowAsync(place, start, last, 7, int.MaxValue, Visit, Cancel) is { } next; page++)
        {
            Assert.Equal(page * 7, shown.Count);
            Assert.Equal(shown[^1].Key, next);
            (place, start) = (next.Place, next.Key);
        }

        Assert.Equal(expected.Select(record => record.Key), shown.Select(record => record.Key));
        Assert.Equal(expected.Select(record => record.Bytes.ToArray()), shown.Select(record => record.Bytes));

        void Visit(in StorePlace place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes) =>
            shown.Add((new StoreKey(place.Area, place.Slot, Key.From(key.ToArray())) { Target = place.Target }, bytes.ToArray()));
    }

    [Fact]
    public async Task The_trees_of_a_new_store_are_ready_and_follow_its_writes()
    {
        var store = Open();
        var all = new Dictionary<StoreKey, VersionsHash>();
        for (var i = 0; i < 100; i++)
        {
            await WriteTreeAsync(store, all, KeyIn(i % 5, i % 30), i % 7 == 0 ? default : new VersionsHash((ulong)i + 1), i % 2 == 0 ? Durability.Os : Durability.Fsync);
        }

        AssertTrees(store, all);
        Assert.Equal(all.Count, Enumerable.Range(0, 5).Sum(i => store.Trees.KeysOf(KeyIn(i, 0).Slot)));
    }

    [Fact]
    public async Task Each_change_of_a_batch_goes_to_the_tree_of_its_slot_once()
    {
        var store = Open();
        var (a, b) = (KeyIn(0, 1), KeyIn(1, 2));
        var batch = new StoreBatch().Put(a, Bytes(1), Change(a, default, new VersionsHash(5))).Put(b, Bytes(1), Change(b, default, new VersionsHash(6)));
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(batch, Durability.Fsync, Cancel));
        AssertTrees(store, new() { [a] = new VersionsHash(5), [b] = new VersionsHash(6) });
    }

    [Fact]
    public async Task A_slot_that_is_dropped_has_an_empty_tree()
    {
        var store = Open();
        var all = new Dictionary<StoreKey, VersionsHash>();
        var (gone, stays) = (KeyIn(0, 1), KeyIn(3, 1));
        await WriteTreeAsync(store, all, gone, new VersionsHash(1), Durability.Os);
        await WriteTreeAsync(store, all, stays, new VersionsHash(2), Durability.Os);
        await store.DropSlotAsync(StoreArea.Data, gone.Slot, Cancel);
        all.Remove(gone);
        AssertTrees(store, all);
    }

    [Fact]
    public async Task Dropping_hints_of_a_slot_leaves_its_tree()
    {
        var store = Open();
        var all = new Dictionary<StoreKey, VersionsHash>();
        await WriteTreeAsync(store, all, KeyIn(0, 1), new VersionsHash(1), Durability.Os);
        await store.DropSlotAsync(StorePlace.Hints(new NodeId(9), S), Cancel);
        AssertTrees(store, all);
    }

    [Fact]
    public async Task The_trees_of_a_store_that_was_not_empty_wait_for_a_scan()
    {
        var store = Open();
        var all = new Dictionary<StoreKey, VersionsHash>();
        for (var i = 0; i < 20; i++)
        {
            await WriteTreeAsync(store, all, KeyIn(i % 2, i), new VersionsHash((ulong)i + 1), Durability.Fsync);
        }

        var copy = _temporary["copy"];
        await store.CheckpointAsync(copy, Cancel);
        var again = Opened(OpenCheckpoint(copy));
        Assert.False(again.Trees.IsReady(S));
        await RescanAsync(again, all, () => Task.CompletedTask);
        AssertTrees(again, all);
    }

    [Fact]
    public async Task A_visit_sees_exactly_what_the_trees_had_been_told_whatever_is_written_meanwhile()
    {
        var store = Open();
        var all = new Dictionary<StoreKey, VersionsHash>();
        var done = false;
        var writer = Beside(async () =>
        {
            for (var i = 0; i < 3000 && !Volatile.Read(ref done); i++)
            {
                await WriteTreeAsync(store, all, KeyIn(i % 5, i % 200), i % 9 == 0 ? default : new VersionsHash((ulong)i + 1), i % 3 == 0 ? Durability.Fsync : Durability.Os);
            }
        });
        var stale = new Dictionary<StoreKey, VersionsHash>();
        for (var round = 0; round < 10; round++)
        {
            foreach (var slot in Slots())
            {
                store.Trees.Suspect(slot);
            }

            Assert.False(store.Trees.IsReady(S));
            await RescanAsync(store, stale, async () => await store.WriteAsync(new StoreBatch().Put(StoreKey.System("beside"), Bytes(1)), Durability.Fsync, Cancel));
            Assert.True(store.Trees.IsReady(S));
        }

        Volatile.Write(ref done, true);
        await writer;
        AssertTrees(store, all);
    }

    [Fact]
    public async Task A_visit_that_is_cancelled_beforehand_visits_nothing()
    {
        var store = Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.VisitAsync([S], _ => Assert.Fail("it was visited"), new CancellationToken(canceled: true)));
    }

    private static IEnumerable<Slot> Slots() => Enumerable.Range(0, 5).Select(i => KeyIn(i, 0).Slot);

    private static StoreKey KeyIn(int slot, int key) => new(StoreArea.Data, new Slot((ushort)(S.Index + slot)), $"key {key}");

    private static TreeChange Change(StoreKey key, VersionsHash before, VersionsHash after) => new(key.Slot, StoreOrder.HashOf(key.Key), before, after);

    private static async Task WriteTreeAsync(IStore store, Dictionary<StoreKey, VersionsHash> all, StoreKey key, VersionsHash versions, Durability durability)
    {
        var change = Change(key, all.GetValueOrDefault(key), versions);
        var batch = versions.IsNothing ? new StoreBatch().Delete(key, change) : new StoreBatch().Put(key, BitConverter.GetBytes(versions.Value), change);
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(batch, durability, Cancel));
        all.Remove(key);
        if (!versions.IsNothing)
        {
            all.Add(key, versions);
        }
    }

    private static async Task RescanAsync(IStore store, Dictionary<StoreKey, VersionsHash> expected, Func<Task> between)
    {
        var scan = new TreeScan(Slots().First(), Slots().Last());
        using var snapshot = await store.VisitAsync([.. Slots()], slot => store.Trees.Begin(slot, scan), Cancel);
        await between();
        var page = await snapshot.ScanAsync(StoreArea.Data, S, default, new Slot((ushort)(S.Index + 4)), int.MaxValue, int.MaxValue, Cancel);
        foreach (var record in page.Records)
        {
            scan.Add(record.Key.Slot, StoreOrder.HashOf(record.Key.Key), new VersionsHash(BitConverter.ToUInt64(record.Bytes.Span)));
        }

        Assert.True(page.Records.Count >= expected.Count);
        (await store.VisitAsync([.. Slots()], slot => Assert.True(store.Trees.Finish(slot, scan)), Cancel)).Dispose();
    }

    private static void AssertTrees(IStore store, Dictionary<StoreKey, VersionsHash> all)
    {
        foreach (var slot in Slots())
        {
            Assert.True(store.Trees.TryReadRoot(slot, out var root));
            Assert.Equal(all.Where(entry => entry.Key.Slot == slot).Aggregate(0UL, (sum, entry) => sum ^ entry.Value.Value), root);
        }
    }
}
