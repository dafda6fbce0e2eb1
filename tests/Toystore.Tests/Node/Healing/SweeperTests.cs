using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Healing;
using Toystore.Node.Identity;
using Toystore.Node.Replication;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

public sealed class SweeperTests
{
    private static readonly Key K = "k";
    private static readonly ActorId A = new(new NodeId(7), 1);
    private static readonly ActorId B = new(new NodeId(8), 1);

    [Fact]
    public void When_the_floor_has_passed_them_tombstones_go_and_values_stay() => Run(async world =>
    {
        for (var i = 0; i < 200; i++)
        {
            await world.MergeAsync($"{{t}}{i}", i % 4 == 0 ? Deleted(A, i + 1) : Written(A, i + 1));
        }

        await world.RaiseAsync("{t}", 100);
        Assert.Equal(200 - 25, await world.CountAsync());
        await world.RaiseAsync("{t}", 200);
        Assert.Equal(150, await world.CountAsync());
        Assert.Equal(50, world.Counters.Swept);
    });

    [Fact]
    public void A_part_without_anything_untidy_is_not_read() => Run(async world =>
    {
        await world.MergeAsync(K, Written(A, 1));
        world.Store.HoldReads();
        await world.RaiseAsync(K, 10);
        Assert.False(world.Untidy.Has(Slot.Of(K), new HybridTime(ulong.MaxValue)));
        world.Store.ReleaseReads();
    });

    [Fact]
    public void A_value_whose_time_is_over_goes_when_the_floor_has_passed_that() => Run(async world =>
    {
        var over = new UnixTime(5000);
        await world.MergeAsync(K, Container.Empty.Put(new Sibling(new Dot(A, new HybridTime(1)), new byte[1], expiresAt: over), default));
        await world.RaiseAsync(K, HybridTime.At(over).Value - 1);
        Assert.Equal(1, await world.CountAsync());
        await world.RaiseAsync(K, HybridTime.At(over).Value);
        Assert.Equal(0, await world.CountAsync());
    });

    [Fact]
    public void Where_the_last_write_wins_those_that_lost_go() => Run(async world =>
    {
        await world.MergeAsync("last", Written(A, 1).Merge(Written(B, 2)));
        await world.MergeAsync(K, Written(A, 1).Merge(Written(B, 2)));
        await world.RaiseAsync("last", 2);
        await world.RaiseAsync(K, 2);
        Assert.Equal([new Dot(B, new HybridTime(2))], (await world.Replica.ReadAsync("last", default)).Container.Siblings.ToArray().Select(sibling => sibling.Dot));
        Assert.Equal(2, (await world.Replica.ReadAsync(K, default)).Container.Siblings.Length);
        Assert.Equal(1, world.Counters.Swept);
    });

    [Fact]
    public void Stale_entries_go_and_then_the_record_is_left_alone() => Run(async world =>
    {
        var first = Written(A, 1);
        await world.MergeAsync(K, first.Put(new Sibling(new Dot(B, new HybridTime(2)), new byte[1]), first.Context));
        await world.RaiseAsync(K, 2);
        Assert.Equal(1, world.Counters.Swept);
        await world.RaiseAsync(K, 3);
        Assert.Equal(1, world.Counters.Swept);
        Assert.False(world.Untidy.Has(Slot.Of(K), new HybridTime(ulong.MaxValue)));
    });

    [Fact]
    public void What_the_disk_refuses_to_sweep_is_swept_at_the_next_rise() => Run(async world =>
    {
        await world.MergeAsync(K, Deleted(A, 1));
        world.Store.Rule = static batch => batch.Changes[0].Key.Area == StoreArea.Data ? StoreWrite.ReadOnly : StoreWrite.Done;
        await world.RaiseAsync(K, 2);
        Assert.Equal(1, await world.CountAsync());
        world.Store.Rule = static _ => StoreWrite.Done;
        await world.RaiseAsync(K, 3);
        Assert.Equal(0, await world.CountAsync());
    });

    [Fact]
    public void A_record_that_is_not_whole_is_not_swept() => Run(async world =>
    {
        await world.MergeAsync(K, Written(A, 1));
        await world.Store.CorruptAsync(K);
        await world.MergeAsync(K, Deleted(A, 2));
        await world.RaiseAsync(K, 3);
        Assert.Equal(1, await world.CountAsync());
        await (await world.Replica.MergeAsync(K, Deleted(A, 2), Durability.Fsync, completes: true)).Stored;
        await world.RaiseAsync(K, 4);
        Assert.Equal(0, await world.CountAsync());
    });

    private static Container Written(ActorId actor, int reading) => Container.Empty.Put(new Sibling(new Dot(actor, new HybridTime((ulong)reading)), Encoding.UTF8.GetBytes($"{reading}")), default);

    private static Container Deleted(ActorId actor, int reading) => Container.Empty.Put(new Sibling(new Dot(actor, new HybridTime((ulong)reading)), default, kind: ValueKind.Tombstone), default);

    private static void Run(Func<World, Task> scenario) => Pump.Run(async loop =>
    {
        var (store, log, time, counters) = (new FaultyStore(new MemoryStore()), new ListLog(), new NodeClock(loop), new NodeCounters());
        var mint = new DotMint(new NodeId(1), time, new NodeRandom(new Random(1)), TimeSpan.FromSeconds(10), log);
        var floors = new SlotFloors(store, mint, time, log);
        await floors.LoadAsync(default);
        var untidy = new UntidySlots(IsLast);
        var replica = new Replica(store, mint, floors, untidy, new SiblingLimits(25, 100, 1 << 20), counters, log);
        await using var sweeper = new Sweeper(store, replica, floors, untidy, IsLast, counters, time, log);
        sweeper.Start();
        await scenario(new World(store, floors, untidy, replica, counters));

        static bool IsLast(Key key) => key == "last";
    });

    private sealed record World(FaultyStore Store, SlotFloors Floors, UntidySlots Untidy, Replica Replica, NodeCounters Counters)
    {
        public async Task MergeAsync(Key key, Container container) =>
            Assert.Equal(StoreWrite.Done, await (await Replica.MergeAsync(key, container, Durability.Fsync, completes: false)).Stored);

        public async Task RaiseAsync(Key key, ulong floor)
        {
            Assert.True(await Floors.RaiseAsync([(Slot.Of(key), new HybridTime(floor))]));
            await Pump.SettleAsync();
        }

        public async Task<int> CountAsync() =>
            (await Store.Kept.ScanAsync(StoreArea.Data, default, default, new Slot(Slot.Count - 1), 1000, int.MaxValue, default)).Records.Count;
    }
}
