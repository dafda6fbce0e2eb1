using System.Text;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Healing;
using Toystore.Node.Identity;
using Toystore.Node.Replication;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Healing;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Replication;

/// <summary>What a replica makes of the floors of its slots, and what it tells the trees.</summary>
public sealed class ReplicaFloorTests
{
    private static readonly Key K = "k";
    private static readonly Slot S = Slot.Of(K);
    private static readonly ActorId A = new(new NodeId(7), 1);
    private static readonly ActorId B = new(new NodeId(8), 1);

    [Fact]
    public void An_absent_key_is_known_as_far_as_the_floor_of_its_slot() => Run(async world =>
    {
        await world.Floors.RaiseAsync([(S, new HybridTime(10))]);
        var held = await world.Replica.ReadAsync(K, default);
        Assert.Equal(Container.Absent(new HybridTime(10)).Context, held.Container.Context);
        Assert.False(held.Unknowing);
    });

    [Fact]
    public void A_late_ghost_below_the_floor_is_rejected_and_one_above_it_is_not() => Run(async world =>
    {
        await world.Floors.RaiseAsync([(S, new HybridTime(10))]);
        await world.MergeAsync(Written(A, 10));
        Assert.DoesNotContain(world.Store.Asked, asked => asked.Batch.Changes[0].Key.Area == StoreArea.Data);
        await world.MergeAsync(Written(A, 11));
        Assert.Single((await world.Replica.ReadAsync(K, default)).Container.Siblings.ToArray());
    });

    [Fact]
    public void What_is_read_is_read_under_the_floor() => Run(async world =>
    {
        await world.MergeAsync(Written(A, 5).Merge(Written(B, 20)));
        await world.Floors.RaiseAsync([(S, new HybridTime(10))]);
        var held = (await world.Replica.ReadAsync(K, default)).Container;
        Assert.Equal(2, held.Siblings.Length);
        Assert.Equal(new HybridTime(10), held.Context.Floor);
        Assert.Equal([new Dot(B, new HybridTime(20))], held.Context.Entries.ToArray());
    });

    // A floor that rises while the disk is asked rests on writes that the answer may not show.
    [Fact]
    public void A_read_does_not_claim_a_floor_that_rose_after_it_began() => Run(async world =>
    {
        world.Store.HoldReads();
        var reading = world.Replica.ReadAsync(K, default).AsTask();
        await world.Floors.RaiseAsync([(S, new HybridTime(10))]);
        world.Store.ReleaseReads();
        Assert.Equal(default, (await reading).Container.Context.Floor);
    });

    [Fact]
    public void A_record_that_is_not_whole_has_no_floor_but_its_own() => Run(async world =>
    {
        await world.MergeAsync(Written(A, 5));
        await world.Store.CorruptAsync(K);
        await world.MergeAsync(Written(B, 20));
        await world.Floors.RaiseAsync([(S, new HybridTime(10))]);
        var held = await world.Replica.ReadAsync(K, default);
        Assert.True(held.Unknowing);
        Assert.Equal(default, held.Container.Context.Floor);
        await world.MergeAsync(Written(A, 5));
        Assert.Equal(2, (await world.Replica.ReadAsync(K, default)).Container.Siblings.Length);
    });

    [Fact]
    public void Of_a_slot_whose_floor_is_lost_absence_proves_nothing() => Run(async world =>
    {
        var place = FloorRecords.PlaceOf(S.Index / FloorRecords.SlotsOfARow);
        await world.Store.WriteAsync(new StoreBatch().Put(place, new byte[3]), Durability.Fsync, default);
        var again = await World.OpenAsync(world.Store.Kept, world.Time);
        Assert.True((await again.Replica.ReadAsync(K, default)).Unknowing);
        await again.MergeAsync(Written(A, 5));
        Assert.True((await again.Replica.ReadAsync(K, default)).Unknowing);
    });

    [Fact]
    public void Before_the_floors_are_read_nobody_is_told_what_is_absent() => Run(async world =>
    {
        await world.Floors.RaiseAsync([(S, new HybridTime(10))]);
        var again = World.Create(world.Store.Kept, world.Time);
        var reading = again.Replica.ReadAsync(K, default).AsTask();
        Assert.False(reading.IsCompleted);
        await again.Floors.LoadAsync(default);
        Assert.Equal(new HybridTime(10), (await reading).Container.Context.Floor);
    });

    [Fact]
    public void A_tombstone_below_the_floor_is_swept_and_its_record_gone() => Run(async world =>
    {
        await world.MergeAsync(Deleted(A, 5));
        await world.Floors.RaiseAsync([(S, new HybridTime(5))]);
        Assert.Equal(StoreWrite.Done, await world.Replica.SweepAsync(K, lastWriteWins: false));
        Assert.Equal(StoreReadStatus.Absent, (await world.Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
        await world.MergeAsync(Written(A, 4));
        Assert.True((await world.Replica.ReadAsync(K, default)).Container.IsEmpty, "it stays deleted");
        await world.AssertTreeAsync();
        Assert.Equal(0, world.Store.Trees.KeysOf(S));
    });

    [Fact]
    public void A_tombstone_stays_until_the_whole_vector_of_its_record_is_below_the_floor() => Run(async world =>
    {
        await world.MergeAsync(Written(B, 20).Put(new Sibling(new Dot(A, new HybridTime(5)), default, kind: ValueKind.Tombstone), VersionVector.Of(new Dot(B, new HybridTime(20)))));
        await world.Floors.RaiseAsync([(S, new HybridTime(19))]);
        await world.Replica.SweepAsync(K, lastWriteWins: false);
        Assert.True((await world.Replica.ReadAsync(K, default)).Container.IsTombstone);
        await world.Floors.RaiseAsync([(S, new HybridTime(20))]);
        await world.Replica.SweepAsync(K, lastWriteWins: false);
        Assert.True((await world.Replica.ReadAsync(K, default)).Container.IsEmpty);
    });

    [Fact]
    public void An_empty_record_whose_floor_is_above_the_slots_stays_until_that_has_come_up() => Run(async world =>
    {
        await world.MergeAsync(Container.Absent(new HybridTime(9)));
        Assert.Equal(StoreReadStatus.Found, (await world.Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
        await world.Floors.RaiseAsync([(S, new HybridTime(8))]);
        Assert.Null(await world.Replica.SweepAsync(K, lastWriteWins: false));
        await world.Floors.RaiseAsync([(S, new HybridTime(9))]);
        Assert.Equal(StoreWrite.Done, await world.Replica.SweepAsync(K, lastWriteWins: false));
        Assert.Equal(StoreReadStatus.Absent, (await world.Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
    });

    [Fact]
    public void Stale_entries_are_swept_and_what_is_tidy_is_not_written() => Run(async world =>
    {
        var first = Written(A, 5);
        await world.MergeAsync(first.Put(new Sibling(new Dot(B, new HybridTime(6)), Encoding.UTF8.GetBytes("new")), first.Context));
        await world.Floors.RaiseAsync([(S, new HybridTime(6))]);
        Assert.Equal(StoreWrite.Done, await world.Replica.SweepAsync(K, lastWriteWins: false));
        Assert.True(RecordFormat.TryDecode(StoreKey.Data(K), (await world.Store.Kept.GetAsync(StoreKey.Data(K), default)).Bytes, out var stored, out _));
        Assert.True(stored.Context.Entries.IsEmpty);
        await world.Floors.RaiseAsync([(S, new HybridTime(7))]);
        Assert.Null(await world.Replica.SweepAsync(K, lastWriteWins: false));
        await world.AssertTreeAsync();
    });

    [Fact]
    public void The_tree_follows_writes_merges_and_deletes() => Run(async world =>
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(StoreWrite.Done, await world.MergeAsync(i % 3 == 2 ? Deleted(A, i + 1) : Written(i % 2 == 0 ? A : B, i + 1)));
            await world.AssertTreeAsync();
        }

        Assert.Equal(1, world.Store.Trees.KeysOf(S));
    });

    // The second write replaces what the first would have left, if the disk had taken that.
    [Fact]
    public void A_write_that_was_built_on_a_refused_one_makes_its_slot_suspect_and_no_other_refusal_does() => Run(async world =>
    {
        world.Store.Rule = static _ => StoreWrite.Full;
        await world.MergeAsync(Written(A, 1));
        Assert.True(world.Store.Trees.IsReady(S));

        world.Store.HoldWrites();
        var refused = await world.Replica.MergeAsync(K, Written(A, 2), Durability.Fsync, completes: false);
        var next = await world.Replica.MergeAsync(K, Written(B, 3), Durability.Fsync, completes: false);
        world.Store.ReleaseWrites(1);
        world.Store.Rule = static _ => StoreWrite.Done;
        world.Store.ReleaseWrites();
        await refused.Stored;
        Assert.Equal(StoreWrite.Done, await next.Stored);
        Assert.False(world.Store.Trees.IsReady(S));
        await world.RescanAsync();
        await world.AssertTreeAsync();
    });

    [Fact]
    public void A_write_over_a_lost_record_makes_its_slot_suspect() => Run(async world =>
    {
        await world.MergeAsync(Written(A, 1));
        await world.Store.CorruptAsync(K);
        var found = new List<Key>();
        world.Replica.FoundGarbled += found.Add;
        await world.MergeAsync(Written(B, 3));
        Assert.Equal([K], found);
        Assert.False(world.Store.Trees.IsReady(S));
        await world.RescanAsync();
        await world.AssertTreeAsync();
    });

    private static Container Written(ActorId actor, int reading) => Container.Empty.Put(new Sibling(new Dot(actor, new HybridTime((ulong)reading)), Encoding.UTF8.GetBytes($"{reading}")), default);

    private static Container Deleted(ActorId actor, int reading) =>
        Container.Empty.Put(new Sibling(new Dot(actor, new HybridTime((ulong)reading)), default, kind: ValueKind.Tombstone), VersionVector.UpTo(new HybridTime((ulong)reading - 1)));

    private static void Run(Func<World, Task> scenario) => Pump.Run(async loop => await scenario(await World.OpenAsync(new MemoryStore(), new NodeClock(loop))));

    private sealed record World(FaultyStore Store, SlotFloors Floors, Replica Replica, TimeProvider Time)
    {
        public static World Create(MemoryStore records, TimeProvider time)
        {
            var (store, log) = (new FaultyStore(records), new ListLog());
            var mint = new DotMint(new NodeId(1), time, new NodeRandom(new Random(1)), TimeSpan.FromSeconds(10), log);
            var floors = new SlotFloors(store, mint, time, log);
            return new World(store, floors, new Replica(store, mint, floors, new UntidySlots(static _ => false), new SiblingLimits(25, 100, 1 << 20), new NodeCounters(), log), time);
        }

        public static async Task<World> OpenAsync(MemoryStore records, TimeProvider time)
        {
            var world = Create(records, time);
            await world.Floors.LoadAsync(default);
            return world;
        }

        public async Task<StoreWrite> MergeAsync(Container container) => await (await Replica.MergeAsync(K, container, Durability.Fsync, completes: false)).Stored;

        public async Task RescanAsync()
        {
            var scan = new TreeScan(S, S);
            using var snapshot = await Store.VisitAsync([S], slot => Store.Trees.Begin(slot, scan), default);
            foreach (var record in (await snapshot.ScanAsync(StoreArea.Data, S, default, S, 10, int.MaxValue, default)).Records)
            {
                var hash = StoreOrder.HashOf(record.Key.Key);
                scan.Add(S, hash, VersionsHash.Of(hash, Replica.Decode(record).Container));
            }

            Assert.True(Store.Trees.Finish(S, scan));
        }

        public async Task AssertTreeAsync()
        {
            var read = await Store.Kept.GetAsync(StoreKey.Data(K), default);
            var expected = read.Status == StoreReadStatus.Found && RecordFormat.TryDecode(StoreKey.Data(K), read.Bytes, out var container, out _) ? VersionsHash.Of(StoreOrder.HashOf(K), container) : default;
            Assert.True(Store.Trees.TryReadRoot(S, out var root));
            Assert.Equal(expected.Value, root);
        }
    }
}
