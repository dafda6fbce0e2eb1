using System.Text;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Healing;
using Toystore.Node.Identity;
using Toystore.Node.Replication;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Replication;

public sealed class ReplicaTests
{
    private static readonly Key K = "k";

    [Fact]
    public void Concurrent_writes_of_one_key_lose_nothing_while_the_disk_is_slow() => Run(async (replica, store, _) =>
    {
        store.HoldWrites();
        var writes = new List<LocalWrite>();
        for (var i = 0; i < 50; i++)
        {
            writes.Add(await replica.WriteAsync(K, Put($"v{i}"), Durability.Fsync, new WritePermit()));
        }

        Assert.True((await replica.ReadAsync(K, default)).Container.IsEmpty, "what is read is on the disk");
        store.ReleaseWrites();
        foreach (var write in writes)
        {
            Assert.Equal(StoreWrite.Done, await write.Stored);
        }

        Assert.Equal(50, (await replica.ReadAsync(K, default)).Container.Siblings.Length);
    });

    [Fact]
    public void Each_write_builds_on_the_one_before_although_that_is_not_on_the_disk_yet() => Run(async (replica, store, _) =>
    {
        store.HoldWrites();
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        var second = await replica.WriteAsync(K, Put("b", first.Result.Context), Durability.Fsync, new WritePermit());
        Assert.Equal(["b"], Texts(second.Result));
        store.ReleaseWrites();
        await first.Stored;
        await second.Stored;
        Assert.Equal(["b"], Texts((await replica.ReadAsync(K, default)).Container));
    });

    [Fact]
    public void A_write_that_is_minted_again_replaces_its_first_try() => Run(async (replica, _, _) =>
    {
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        var second = await replica.WriteAsync(K, Put("a") with { Above = first.Newest.Time, Replaces = first.Newest }, Durability.Fsync, new WritePermit());
        Assert.Equal(LocalRefusal.None, second.Refusal);
        Assert.Equal([second.Newest], second.Result.Siblings.ToArray().Select(sibling => sibling.Dot));
    });

    // The context that covers the first try covers all earlier dots of this node.
    [Fact]
    public void A_write_that_is_minted_again_takes_nothing_with_it_that_its_client_has_not_seen() => Run(async (replica, _, _) =>
    {
        await replica.WriteAsync(K, Put("of somebody else"), Durability.Fsync, new WritePermit());
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        var second = await replica.WriteAsync(K, Put("a") with { Above = first.Newest.Time, Replaces = first.Newest }, Durability.Fsync, new WritePermit());
        Assert.Equal(LocalRefusal.Superseded, second.Refusal);
        Assert.Equal(["a", "of somebody else"], Texts((await replica.ReadAsync(K, default)).Container).Order());
    });

    [Fact]
    public void Writes_and_merges_that_wait_for_a_slow_read_take_turns() => Run(async (replica, store, _) =>
    {
        store.HoldReads();
        var foreign = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(9), 1), new HybridTime(77)), Encoding.UTF8.GetBytes("foreign")), default);
        var writes = Enumerable.Range(0, 10).Select(i => i == 5 ? replica.MergeAsync(K, foreign, Durability.Fsync, completes: false).AsTask() : replica.WriteAsync(K, Put($"v{i}"), Durability.Fsync, new WritePermit()).AsTask()).ToList();
        await Pump.SettleAsync();
        Assert.DoesNotContain(writes, write => write.IsCompleted);
        store.ReleaseReads();
        foreach (var write in await Task.WhenAll(writes))
        {
            Assert.Equal(StoreWrite.Done, await write.Stored);
        }

        Assert.Equal(10, (await replica.ReadAsync(K, default)).Container.Siblings.Length);
    });

    [Fact]
    public void A_failed_write_in_the_middle_loses_neither_the_one_before_nor_the_one_after() => Run(async (replica, store, _) =>
    {
        store.HoldWrites();
        var writes = new List<LocalWrite>();
        foreach (var text in new[] { "a", "b", "c" })
        {
            writes.Add(await replica.WriteAsync(K, Put(text), Durability.Fsync, new WritePermit()));
        }

        store.ReleaseWrites(1);
        store.Rule = static _ => StoreWrite.Failed;
        store.ReleaseWrites(1);
        store.Rule = static _ => StoreWrite.Done;
        store.ReleaseWrites();
        Assert.Equal(StoreWrite.Done, await writes[0].Stored);
        Assert.Equal(StoreWrite.Failed, await writes[1].Stored);
        Assert.Equal(StoreWrite.Done, await writes[2].Stored);
        Assert.Equal(["a", "b", "c"], Texts((await replica.ReadAsync(K, default)).Container));
    });

    // "b" was refused, but "c" was built on it and took it along to the disk: it must not count as refused.
    [Fact]
    public void A_refused_write_that_a_later_one_takes_along_is_not_reported_as_refused() => Run(async (replica, store, _) =>
    {
        store.HoldWrites();
        var refused = await replica.WriteAsync(K, Put("b"), Durability.Fsync, new WritePermit());
        var stored = await replica.WriteAsync(K, Put("c"), Durability.Fsync, new WritePermit());
        store.Rule = static _ => StoreWrite.Full;
        store.ReleaseWrites(1);
        store.Rule = static _ => StoreWrite.Done;
        store.ReleaseWrites();
        Assert.Equal(StoreWrite.Failed, await refused.Stored);
        Assert.Equal(StoreWrite.Done, await stored.Stored);
        Assert.Equal(["b", "c"], Texts((await replica.ReadAsync(K, default)).Container));
    });

    [Fact]
    public void A_refused_write_that_nothing_was_built_on_is_refused_and_gone() => Run(async (replica, store, _) =>
    {
        store.HoldWrites();
        var stored = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        var refused = await replica.WriteAsync(K, Put("b"), Durability.Fsync, new WritePermit());
        store.ReleaseWrites(1);
        store.Rule = static _ => StoreWrite.Full;
        store.ReleaseWrites();
        store.Rule = static _ => StoreWrite.Done;
        Assert.Equal(StoreWrite.Done, await stored.Stored);
        Assert.Equal(StoreWrite.Full, await refused.Stored);
        Assert.Equal(["a", "c"], Texts((await replica.WriteAsync(K, Put("c"), Durability.Fsync, new WritePermit())).Result));
    });

    // The next dot of the old actor would cover the lost one: by the time the key can be written again there must be a new one.
    [Fact]
    public void A_write_that_is_lost_here_has_a_new_actor_in_place_before_the_key_can_be_written_again() => Run(async (replica, store, mint) =>
    {
        store.HoldWrites();
        var lost = await replica.WriteAsync(K, Put("lost"), Durability.Fsync, new WritePermit());
        store.Rule = static batch => batch.Changes[0].Key.Area == StoreArea.Data ? StoreWrite.Failed : StoreWrite.Done;
        store.ReleaseWrites();
        store.Rule = static _ => StoreWrite.Done;
        await Pump.SettleAsync();
        var next = await replica.WriteAsync(K, Put("next"), Durability.Fsync, new WritePermit());
        Assert.False(next.Result.Context.Covers(lost.Newest));
        Assert.Equal(StoreWrite.Failed, await lost.Stored);
        Assert.Equal(next.Newest.Actor, mint.Actor);
    });

    [Fact]
    public void A_merge_of_what_is_known_writes_nothing() => Run(async (replica, store, _) =>
    {
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        await first.Stored;
        var asked = store.Asked.Count;
        var again = await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: false);
        Assert.Equal(StoreWrite.Done, await again.Stored);
        Assert.Equal(asked, store.Asked.Count);
    });

    [Fact]
    public void Fsync_of_what_was_written_without_it_really_writes_again() => Run(async (replica, store, _) =>
    {
        var first = await replica.WriteAsync(K, Put("a"), Durability.Os, new WritePermit());
        await first.Stored;
        var asked = store.Asked.Count;
        var again = await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: false);
        await again.Stored;
        Assert.Equal(Durability.Fsync, store.Asked[asked].Durability);
    });

    [Fact]
    public void Fsync_of_a_write_by_its_request_id_really_writes_again() => Run(async (replica, store, _) =>
    {
        var write = Put("a") with { RequestId = new Guid(1, 1, 1, new byte[8]) };
        var first = await replica.WriteAsync(K, write, Durability.Os, new WritePermit());
        await first.Stored;
        var asked = store.Asked.Count;
        var again = await replica.WriteAsync(K, write, Durability.Fsync, new WritePermit());
        Assert.Equal(StoreWrite.Done, await again.Stored);
        Assert.Equal(first.Newest, again.Newest);
        Assert.Equal(Durability.Fsync, store.Asked[asked].Durability);
    });

    [Fact]
    public void A_merge_of_what_is_on_its_way_to_the_disk_waits_for_a_write_of_its_own() => Run(async (replica, store, _) =>
    {
        store.HoldWrites();
        var first = await replica.WriteAsync(K, Put("a"), Durability.Os, new WritePermit());
        var again = await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: false);
        Assert.False(again.Stored.IsCompleted);
        Assert.Equal(Durability.Fsync, store.Asked[^1].Durability);
        store.ReleaseWrites();
        Assert.Equal(StoreWrite.Done, await again.Stored);
    });

    [Fact]
    public void A_record_is_whole_again_only_after_a_merge_that_completes_it() => Run(async (replica, store, _) =>
    {
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        await first.Stored;
        await store.CorruptAsync(K);
        Assert.True((await replica.ReadAsync(K, default)).Unknowing);
        await (await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: false)).Stored;
        Assert.True((await replica.ReadAsync(K, default)).Unknowing);
        await (await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: true)).Stored;
        Assert.False((await replica.ReadAsync(K, default)).Unknowing);
        Assert.Equal(["a"], Texts((await replica.ReadAsync(K, default)).Container));
    });

    // A log that was opened on a read-only disk may hold what was never synced; what a broken one holds nobody knows.
    [Theory]
    [InlineData(StoreWrite.ReadOnly)]
    [InlineData(StoreWrite.Failed)]
    public void What_can_be_read_from_a_store_that_takes_no_writes_is_not_vouched_for(StoreWrite writable) => Run(async (replica, store, _) =>
    {
        var write = Put("a") with { RequestId = new Guid(1, 1, 1, new byte[8]) };
        var first = await replica.WriteAsync(K, write, Durability.Fsync, new WritePermit());
        Assert.Equal(StoreWrite.Done, await first.Stored);
        store.Writable = writable;
        store.Rule = _ => writable;
        Assert.Equal(["a"], Texts((await replica.ReadAsync(K, default)).Container));
        Assert.Equal(writable, await (await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: false)).Stored);
        Assert.Equal(writable, await (await replica.WriteAsync(K, write, Durability.Fsync, new WritePermit())).Stored);
    });

    [Fact]
    public void What_a_full_store_holds_it_vouches_for() => Run(async (replica, store, _) =>
    {
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        await first.Stored;
        store.Writable = StoreWrite.Full;
        store.Rule = static _ => StoreWrite.Full;
        Assert.Equal(StoreWrite.Done, await (await replica.MergeAsync(K, first.Result, Durability.Fsync, completes: false)).Stored);
    });

    // Found by the simulator: a write that failed at its sync was in the log that the next process opened on a full disk.
    [Fact]
    public void What_a_store_shows_that_was_full_when_it_was_opened_is_not_vouched_for_until_it_takes_writes() => Run(async (replica, store, mint) =>
    {
        var first = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        await first.Stored;
        store.Writable = StoreWrite.Full;
        store.Rule = static _ => StoreWrite.Full;
        var next = await CreateAsync(store, mint, TimeProvider.System);
        Assert.Equal(StoreWrite.Full, await (await next.MergeAsync(K, first.Result, Durability.Fsync, completes: false)).Stored);
        store.Writable = StoreWrite.Done;
        Assert.Equal(StoreWrite.Done, await (await next.MergeAsync(K, first.Result, Durability.Fsync, completes: false)).Stored);
    });

    [Fact]
    public void A_write_over_a_record_that_the_disk_does_not_give_is_refused() => Run(async (replica, store, mint) =>
    {
        var actor = mint.Actor;
        await (await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit())).Stored;
        store.MakeUnreadable(K);
        Assert.Equal(LocalRefusal.Unreadable, (await replica.WriteAsync(K, Put("b"), Durability.Fsync, new WritePermit())).Refusal);
        store.MakeReadable(K);
        Assert.Equal(["a"], Texts((await replica.ReadAsync(K, default)).Container));
        Assert.Equal(actor, mint.Actor);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_merge_into_a_record_that_the_disk_does_not_give_is_not_stored(bool completes) => Run(async (replica, store, _) =>
    {
        await (await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit())).Stored;
        store.MakeUnreadable(K);
        var foreign = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(9), 1), new HybridTime(77)), Encoding.UTF8.GetBytes("foreign")), default);
        Assert.Equal(StoreWrite.ReadOnly, await (await replica.MergeAsync(K, foreign, Durability.Fsync, completes)).Stored);
        store.MakeReadable(K);
        Assert.Equal(["a"], Texts((await replica.ReadAsync(K, default)).Container));
    });

    [Theory]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    public void A_last_write_sent_again_is_the_same_unless_another_one_outdoes_it(int seconds, bool isSame) => Run(async (replica, _, mint) =>
    {
        var write = Put("mine") with { IsLastWrite = true, RequestId = new Guid(1, 1, 1, new byte[8]) };
        var first = await replica.WriteAsync(K, write, Durability.Fsync, new WritePermit());
        await first.Stored;
        var other = new Dot(new ActorId(new NodeId(9), 1), HybridTime.At(first.Newest.Time.Physical + TimeSpan.FromSeconds(seconds)));
        await (await replica.MergeAsync(K, Container.Empty.Put(new Sibling(other, Encoding.UTF8.GetBytes("other")), default), Durability.Fsync, completes: false)).Stored;
        var again = await replica.WriteAsync(K, write, Durability.Fsync, new WritePermit());
        Assert.Equal(isSame, again.Newest == first.Newest);
        Assert.Equal("mine", Encoding.UTF8.GetString(again.Result.LastWrite!.Value.Span));
    });

    [Fact]
    public void A_write_that_was_withdrawn_leaves_nothing() => Run(async (replica, store, _) =>
    {
        var permit = new WritePermit();
        Assert.True(permit.TryWithdraw());
        Assert.Equal(LocalRefusal.TooLate, (await replica.WriteAsync(K, Put("a"), Durability.Fsync, permit)).Refusal);
        Assert.True((await replica.ReadAsync(K, default)).Container.IsEmpty);
    });

    [Fact]
    public void A_write_that_the_disk_refuses_at_once_leaves_nothing_and_the_actor_stays() => Run(async (replica, store, mint) =>
    {
        var actor = mint.Actor;
        store.Rule = static batch => batch.Changes[0].Key.Area == StoreArea.Data ? StoreWrite.Overloaded : StoreWrite.Done;
        var refused = await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        Assert.Equal((LocalRefusal.NotWritable, StoreWrite.Overloaded), (refused.Refusal, await refused.Stored));
        store.Rule = static _ => StoreWrite.Done;
        Assert.Equal(["b"], Texts((await replica.WriteAsync(K, Put("b"), Durability.Fsync, new WritePermit())).Result));
        Assert.Equal(actor, mint.Actor);
    });

    // A disk rolled back to a clean stop: the clock goes on, the writes since are gone, and only another owner can tell.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_write_of_ours_that_is_not_here_any_more_means_a_new_actor_before_the_next_dot(bool isMerge) => Run(async (replica, store, mint) =>
    {
        var lost = await replica.WriteAsync(K, Put("lost"), Durability.Fsync, new WritePermit());
        await store.Kept.WriteAsync(new StoreBatch().Delete(StoreKey.Data(K)), Durability.Fsync, CancellationToken.None);
        if (isMerge)
        {
            await replica.MergeAsync(K, lost.Result, Durability.Fsync, completes: false);
        }

        var next = await replica.WriteAsync(K, Put("next", isMerge ? default : lost.Result.Context), Durability.Fsync, new WritePermit());
        Assert.NotEqual(lost.Newest.Actor, next.Newest.Actor);
        Assert.Equal(mint.Actor, next.Newest.Actor);
    });

    // Were it a new actor at each write, the context of a key that nobody can give back would grow without end.
    [Fact]
    public void A_key_that_is_not_known_costs_one_actor_and_not_one_per_write() => Run(async (replica, store, mint) =>
    {
        await replica.WriteAsync(K, Put("a"), Durability.Fsync, new WritePermit());
        await store.CorruptAsync(K);
        await replica.WriteAsync(K, Put("b"), Durability.Fsync, new WritePermit());
        var actor = mint.Actor;
        await replica.WriteAsync(K, Put("c"), Durability.Fsync, new WritePermit());
        Assert.Equal(actor, mint.Actor);
    });

    private static ClientWrite Put(string text, VersionVector seen = default) => new(TestCluster.Value(text), seen, IsLastWrite: false, null, default);

    private static IEnumerable<string> Texts(Container container) => container.Siblings.ToArray().Select(sibling => Encoding.UTF8.GetString(sibling.Value.Span));

    private static void Run(Func<Replica, FaultyStore, DotMint, Task> scenario) => Pump.Run(async loop =>
    {
        var store = new FaultyStore(new MemoryStore());
        var mint = new DotMint(new NodeId(1), new NodeClock(loop), new NodeRandom(new Random(1)), TimeSpan.FromSeconds(10), new ListLog());
        await scenario(await CreateAsync(store, mint, new NodeClock(loop)), store, mint);
    });

    private static async Task<Replica> CreateAsync(IStore store, DotMint mint, TimeProvider time)
    {
        var floors = new SlotFloors(store, mint, time, new ListLog());
        await floors.LoadAsync(default);
        return new(store, mint, floors, new UntidySlots(static _ => false), new SiblingLimits(25, 100, 1 << 20), new NodeCounters(), new ListLog());
    }
}
