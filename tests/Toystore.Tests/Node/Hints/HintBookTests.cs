using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Hints;
using Toystore.Node.Identity;
using Toystore.Node.Replication;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Hints;

public sealed class HintBookTests
{
    private static readonly Key K = "k";
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    [Fact]
    public void A_key_written_many_times_while_its_owner_is_away_is_one_hint() => Run(async world =>
    {
        world.Store.HoldWrites();
        var container = Container.Empty;
        var keeping = new List<Task<HintKeeping>>();
        for (var i = 1; i <= 100_000; i++)
        {
            container = container.Put(Sibling(7, i, "v" + i), container.Context);
            keeping.Add(world.Book.KeepAsync(One, K, container, Durability.Os, counts: false).AsTask());
        }

        world.Store.ReleaseWrites();
        Assert.All(await Task.WhenAll(keeping), kept => Assert.Equal(StoreWrite.Done, kept.Outcome));
        Assert.Equal(1, world.Book.TallyOf(One).Count);
        Assert.Equal(["v100000"], Texts(await world.Book.ReadAsync(K, default)));
        Assert.Equal(world.Book.TallyOf(One).Bytes, K.Length + (await world.HintsAsync()).Single().Bytes.Length);
    });

    [Fact]
    public void What_is_kept_of_a_key_for_several_owners_is_apart_and_read_together() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        await world.KeepAsync(Two, K, "b");
        await world.KeepAsync(One, "other", "c");
        Assert.Equal(["a", "b"], Texts(await world.Book.ReadAsync(K, default)));
        Assert.Equal([(One, 2L), (Two, 1L)], world.Book.Tallies().Select(tally => (tally.Target, tally.Count)));
        Assert.True((await world.Book.ReadAsync("absent", default)).IsEmpty);
    });

    [Fact]
    public void A_hint_that_has_changed_since_it_was_delivered_is_not_removed() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        var delivered = (await world.HintsAsync()).Single();
        await world.KeepAsync(One, K, "b");
        Assert.False(await world.Book.RemoveAsync(delivered));
        Assert.Equal(["a", "b"], Texts(await world.Book.ReadAsync(K, default)));
        Assert.True(await world.Book.RemoveAsync((await world.HintsAsync()).Single()));
        Assert.Empty(await world.HintsAsync());
        Assert.Empty(world.Book.Tallies());
    });

    [Fact]
    public void A_hint_that_is_being_changed_is_not_removed() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        var delivered = (await world.HintsAsync()).Single();
        world.Store.HoldWrites();
        var keeping = world.KeepAsync(One, K, "b");
        await Pump.SettleAsync();
        Assert.False(await world.Book.RemoveAsync(delivered));
        world.Store.ReleaseWrites();
        await keeping;
        Assert.Equal(["a", "b"], Texts(await world.Book.ReadAsync(K, default)));
    });

    [Fact]
    public void What_is_kept_while_a_hint_is_removed_stays() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        var delivered = (await world.HintsAsync()).Single();
        world.Store.HoldWrites();
        var removing = world.Book.RemoveAsync(delivered).AsTask();
        var keeping = world.KeepAsync(One, K, "b");
        await Pump.SettleAsync();
        world.Store.ReleaseWrites();
        Assert.True(await removing);
        await keeping;
        Assert.Equal(["b"], Texts(await world.Book.ReadAsync(K, default)));
        Assert.Equal(1, world.Book.TallyOf(One).Count);
    });

    [Fact]
    public void A_slot_is_among_those_with_hints_from_before_the_first_is_written_until_after_the_last_is_gone() => Run(async world =>
    {
        Assert.False(HasHints(world, K));
        world.Store.HoldWrites();
        var keeping = world.KeepAsync(One, K, "a");
        await Pump.SettleAsync();
        Assert.True(HasHints(world, K), "it may come to the disk at any moment");
        world.Store.ReleaseWrites();
        await keeping;
        var delivered = (await world.HintsAsync()).Single();
        world.Store.HoldWrites();
        var removing = world.Book.RemoveAsync(delivered).AsTask();
        await Pump.SettleAsync();
        Assert.True(HasHints(world, K));
        world.Store.ReleaseWrites();
        Assert.True(await removing);
        Assert.False(HasHints(world, K));
    });

    [Fact]
    public void A_slot_whose_write_failed_is_in_doubt_until_somebody_has_looked() => Run(async world =>
    {
        world.Store.Rule = static _ => StoreWrite.Failed;
        Assert.Equal(StoreWrite.Failed, (await world.Book.KeepAsync(One, K, Single("a"), Durability.Fsync, counts: true)).Outcome);
        Assert.True(HasHints(world, K));
        Assert.Equal([Slot.Of(K)], world.Book.Doubted(One));
        world.Store.Rule = static _ => StoreWrite.Done;
        Assert.True(await world.Book.RecountAsync(One, Slot.Of(K), default));
        Assert.False(HasHints(world, K));
        Assert.Empty(world.Book.Tallies());
    });

    [Fact]
    public void A_recount_is_void_if_something_changed_meanwhile() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        world.Store.HoldReads();
        var counting = world.Book.RecountAsync(One, Slot.Of(K), default).AsTask();
        await Pump.SettleAsync();
        var keeping = world.KeepAsync(One, "{k}2", "b");
        await Pump.SettleAsync();
        world.Store.ReleaseReads();
        await keeping;
        Assert.False(await counting);
        Assert.Equal(2, world.Book.TallyOf(One).Count);
        Assert.True(await world.Book.RecountAsync(One, Slot.Of(K), default));
        Assert.Equal(2, world.Book.TallyOf(One).Count);
    });

    [Fact]
    public void After_a_start_hints_are_counted_before_new_ones_are_taken() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        await world.KeepAsync(Two, "other", "b");
        var before = world.Book.Tallies();
        var again = world.Create(load: false);
        Assert.Null(again.SlotsWithHints());
        Assert.Equal(StoreWrite.Overloaded, (await again.KeepAsync(One, K, Single("c"), Durability.Fsync, counts: true)).Outcome);
        Assert.True(await again.LoadAsync(default));
        Assert.Equal(before, again.Tallies());
        Assert.Equal(StoreWrite.Done, (await again.KeepAsync(One, K, Single("c"), Durability.Fsync, counts: true)).Outcome);
        Assert.Equal(["a", "c"], Texts(await again.ReadAsync(K, default)));
    });

    [Fact]
    public void Beyond_its_bytes_new_hints_for_an_owner_are_refused_and_those_for_others_are_not() => Run(
        async world =>
        {
            await world.KeepAsync(One, K, new string('x', 700));
            Assert.Equal(StoreWrite.Full, (await world.Book.KeepAsync(One, "other", Single(new string('y', 400)), Durability.Fsync, counts: true)).Outcome);
            Assert.Equal(StoreWrite.Full, (await world.Book.KeepAsync(One, K, Single(new string('y', 400)), Durability.Fsync, counts: true)).Outcome);
            await world.KeepAsync(Two, "other", new string('y', 400));
            Assert.Equal((1, 1), (world.Book.TallyOf(One).Count, world.Book.TallyOf(Two).Count));
        },
        HintLimits.Default with { BytesMax = 1000 });

    [Fact]
    public void Once_the_oldest_is_too_old_only_hints_that_count_are_taken() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a", counts: true);
        await Task.Delay(HintLimits.Default.AgeMax + TimeSpan.FromMinutes(1), world.Time);
        Assert.Equal(StoreWrite.Full, (await world.Book.KeepAsync(One, "other", Single("b"), Durability.Fsync, counts: false)).Outcome);
        await world.KeepAsync(One, "other", "b", counts: true);
        await world.KeepAsync(Two, "other", "b");
    });

    [Fact]
    public void A_hint_that_counted_once_counts_whatever_is_merged_into_it() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a", counts: true);
        await world.KeepAsync(One, K, "b", counts: false);
        Assert.True(HintFormat.Decode(StoreKey.Hint(One, K), (await world.HintsAsync()).Single().Bytes)!.Counts);
        await world.KeepAsync(Two, K, "a", counts: false);
        await world.KeepAsync(Two, K, "a", counts: true);
        Assert.True(HintFormat.Decode(StoreKey.Hint(Two, K), (await world.HintsAsync())[1].Bytes)!.Counts);
    });

    [Fact]
    public void What_is_kept_already_is_not_written_again() => Run(async world =>
    {
        var container = Single("a");
        await world.Book.KeepAsync(One, K, container, Durability.Fsync, counts: true);
        var written = world.Store.Asked.Count;
        Assert.Equal(StoreWrite.Done, (await world.Book.KeepAsync(One, K, container, Durability.Fsync, counts: false)).Outcome);
        Assert.Equal(written, world.Store.Asked.Count);
    });

    [Fact]
    public void A_garbled_hint_is_missed_and_replaced() => Run(async world =>
    {
        await world.KeepAsync(One, K, "a");
        var record = (await world.HintsAsync()).Single();
        var bytes = record.Bytes.ToArray();
        bytes[^1] ^= 1;
        await world.Store.Kept.WriteAsync(new StoreBatch().Put(record.Key, bytes), Durability.Fsync, default);
        Assert.True((await world.Book.ReadAsync(K, default)).IsEmpty);
        await world.KeepAsync(One, K, "b");
        Assert.Equal(["b"], Texts(await world.Book.ReadAsync(K, default)));
        Assert.Equal([(One, Slot.Of(K))], world.Missed);
        Assert.Equal(1, world.Book.TallyOf(One).Count);
    });

    [Fact]
    public void Writes_in_the_place_of_owners_build_on_one_another() => Run(async world =>
    {
        var first = await world.WriteAsync("a");
        await world.WriteAsync("b");
        Assert.Equal(["a", "b"], Texts(await world.Book.ReadAsync(K, default)));
        await world.WriteAsync("c", first.Result.Context);
        Assert.Equal(["b", "c"], Texts(await world.Book.ReadAsync(K, default)));
        Assert.True(HintFormat.Decode(StoreKey.Hint(One, K), (await world.HintsAsync()).Single().Bytes)!.Counts);
    });

    [Fact]
    public void A_write_after_the_hint_was_delivered_does_not_take_what_was_delivered_for_seen() => Run(async world =>
    {
        await world.WriteAsync("a");
        var delivered = (await world.HintsAsync()).Single();
        Assert.True(await world.Book.RemoveAsync(delivered));
        var second = await world.WriteAsync("b");
        var owner = HintFormat.Decode(delivered.Key, delivered.Bytes)!.Container;
        Assert.Equal(["a", "b"], Texts(owner.Merge(second.Result)));
    });

    [Fact]
    public void A_write_that_was_sent_and_could_not_be_kept_is_not_followed_by_another_of_its_actor() => Run(async world =>
    {
        world.Store.HoldWrites();
        var first = await world.Book.WriteAsync(One, K, Put("a"), Durability.Fsync, new WritePermit());
        world.Store.Rule = static _ => StoreWrite.Failed;
        world.Store.ReleaseWrites();
        Assert.Equal(StoreWrite.Failed, await first.Stored);
        world.Store.Rule = static _ => StoreWrite.Done;
        Assert.NotEqual(first.Newest.Actor, world.Mint.Actor);
    });

    private static bool HasHints(World world, Key key) => (world.Book.SlotsWithHints()![Slot.Of(key).Index / 64] & (1UL << (Slot.Of(key).Index % 64))) != 0;

    private static int _next = 100;

    private static Sibling Sibling(ulong node, int reading, string text) => new(new Dot(new ActorId(new NodeId(node), 1), new HybridTime((ulong)reading)), Encoding.UTF8.GetBytes(text));

    // Each by an actor of its own.
    private static Container Single(string text) => Container.Empty.Put(Sibling((ulong)Interlocked.Increment(ref _next), 5, text), default);

    private static ClientWrite Put(string text, VersionVector seen = default) => new(TestCluster.Value(text), seen, IsLastWrite: false, null, default);

    private static IEnumerable<string> Texts(Container container) => container.Siblings.ToArray().Select(sibling => Encoding.UTF8.GetString(sibling.Value.Span)).Order(StringComparer.Ordinal);

    private static void Run(Func<World, Task> scenario, HintLimits? limits = null) => Pump.Run(async loop =>
    {
        var world = new World(loop, limits ?? HintLimits.Default);
        Assert.True(await world.Book.LoadAsync(default));
        await scenario(world);
    });

    private sealed class World
    {
        private readonly HintLimits _limits;

        public World(EventLoop loop, HintLimits limits)
        {
            _limits = limits;
            Time = new NodeClock(loop);
            Mint = new DotMint(new NodeId(9), Time, new NodeRandom(new Random(1)), TimeSpan.FromSeconds(10), new ListLog());
            Book = Create(load: true);
        }

        public NodeClock Time { get; }

        public FaultyStore Store { get; } = new(new MemoryStore());

        public DotMint Mint { get; }

        public HintBook Book { get; }

        public List<(NodeId Target, Slot Slot)> Missed { get; } = [];

        public HintBook Create(bool load)
        {
            var book = new HintBook(Store, Mint, new SiblingLimits(25, 100, 1 << 20), _limits, new NodeCounters(), Time, new ListLog());
            if (load)
            {
                book.Missed += (target, slot) => Missed.Add((target, slot));
            }

            return book;
        }

        public async Task KeepAsync(NodeId target, Key key, string text, bool counts = false) =>
            Assert.Equal(StoreWrite.Done, (await Book.KeepAsync(target, key, Single(text), Durability.Fsync, counts)).Outcome);

        public async Task<LocalWrite> WriteAsync(string text, VersionVector seen = default)
        {
            var write = await Book.WriteAsync(One, K, Put(text, seen), Durability.Fsync, new WritePermit());
            Assert.Equal(StoreWrite.Done, await write.Stored);
            return write;
        }

        public async Task<IReadOnlyList<StoreRecord>> HintsAsync() =>
            (await Store.Kept.ScanAsync(new StorePlace(StoreArea.Hints, default), null, StorePlace.Hints(new NodeId(ulong.MaxValue), new Slot(Slot.Count - 1)), 100, int.MaxValue, default)).Records;
    }
}
