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
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

/// <summary>Three owners, W = 2; this is the first.</summary>
public sealed class KnownSlotsTests
{
    private static readonly Key K = "k";
    private static readonly SlotSet OfK = new([Slot.Of(K)]);

    [Fact]
    public void A_damaged_record_is_whole_once_its_slot_is_refilled_and_it_is_marked_so() => Run(async known =>
    {
        Assert.True(known.LoseRecord(K));
        Assert.Equal([K], Refill(known).Damaged);
        Assert.True(known.IsCompleting(K));
        Assert.True(await known.KnowAsync(OfK, [K]));
        Assert.Equal((0, false), (known.LackingCount, known.IsCompleting(K)));
    });

    [Fact]
    public void What_was_put_in_the_place_of_a_lost_record_and_is_lost_before_that_is_marked_as_whole_is_refilled_again() => Run(async known =>
    {
        known.LoseRecord(K);
        known.NoteIncomplete(K);
        Refill(known);
        Assert.True(known.LoseRecord(K));
        Assert.False(known.LoseRecord(K), "nothing was put in its place");
        Assert.False(known.IsCompleting(K));
        Assert.True(await known.KnowAsync(OfK, [K]));
        Assert.Equal((1, true), (known.LackingCount, known.LacksAny));
        Refill(known);
        await known.KnowAsync(OfK, [K]);
        Assert.Equal(0, known.LackingCount);
    });

    [Fact]
    public void What_was_merged_before_a_record_is_lost_again_does_not_count() => Run(known =>
    {
        known.LoseRecord(K);
        known.NoteIncomplete(K);
        Merge(known, 2);
        known.LoseRecord(K);
        Assert.Equal(0, Merge(known, 3).Slots.Count);
        Assert.Equal(1, Merge(known, 2).Slots.Count);
        return Task.CompletedTask;
    });

    // Nobody has anything of the key: nothing is ever put in its place.
    [Fact]
    public void A_lost_record_that_is_met_again_and_again_is_lost_once() => Run(async known =>
    {
        known.LoseRecord(K);
        Merge(known, 2);
        known.LoseRecord(K);
        known.FindDamaged(K, isLost: true);
        Assert.Equal(1, Merge(known, 3).Slots.Count);
        known.LoseRecord(K);
        Assert.True(known.IsCompleting(K));
        await known.KnowAsync(OfK, [K]);
        Assert.Equal(0, known.LackingCount);
    });

    [Fact]
    public void A_write_to_a_record_that_is_being_refilled_changes_nothing() => Run(async known =>
    {
        known.LoseRecord(K);
        Merge(known, 2);
        known.NoteIncomplete(K);
        Assert.Equal(1, Merge(known, 3).Slots.Count);
        known.NoteIncomplete(K);
        await known.KnowAsync(OfK, [K]);
        Assert.Equal(0, known.LackingCount);
    });

    [Fact]
    public void A_record_is_marked_as_whole_only_if_it_is() => Run(async known =>
    {
        var store = new FaultyStore(new MemoryStore());
        var mint = new DotMint(new NodeId(1), TimeProvider.System, new NodeRandom(new Random(1)), TimeSpan.FromSeconds(10), new ListLog());
        var floors = new SlotFloors(store, mint, TimeProvider.System, new ListLog());
        await floors.LoadAsync(default);
        var replica = new Replica(store, mint, floors, new UntidySlots(static _ => false), new SiblingLimits(25, 100, 1 << 20), new NodeCounters(), new ListLog()) { Known = known };
        replica.FoundGarbled += key => known.LoseRecord(key);
        var value = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(2), 1), new HybridTime(5)), new byte[1]), default);
        await GiveAsync();
        await store.CorruptAsync(K);
        Assert.True((await replica.ReadAsync(K, default)).Unknowing);
        await GiveAsync();
        Refill(known);
        await store.CorruptAsync(K);
        Assert.False(await replica.CompleteAsync(K));
        await known.KnowAsync(OfK, []);
        Assert.True((await replica.ReadAsync(K, default)).Unknowing);
        await GiveAsync();
        Refill(known);
        Assert.True(await replica.CompleteAsync(K));
        Assert.Equal((false, 1), (await replica.ReadAsync(K, default) is var held && held.Unknowing, held.Container.Siblings.Length));

        async Task GiveAsync() => Assert.Equal(StoreWrite.Done, await (await replica.MergeAsync(K, value, Durability.Fsync, completes: false)).Stored);
    });

    private static (SlotSet Slots, IReadOnlyList<Key> Damaged) Merge(KnownSlots known, ulong from) => known.Merged(new NodeId(from), OfK, OfK, OfK);

    private static (SlotSet Slots, IReadOnlyList<Key> Damaged) Refill(KnownSlots known)
    {
        Merge(known, 2);
        return Merge(known, 3);
    }

    private static void Run(Func<KnownSlots, Task> scenario) => Pump.Run(async loop =>
    {
        var members = Enumerable.Range(1, 3).Select(i => new Member(new NodeId((ulong)i), new Endpoint("127.0.0.1", 1000 + i))).ToList();
        var topology = Topology.Found(new ClusterId(new Guid(1, 2, 3, new byte[8])), members, new Quorums(3, 2, 2), []);
        var known = new KnownSlots(new MemoryStore(), new Ring(topology), new NodeId(1), new NodeClock(loop), new ListLog());
        await known.LoadAsync(default);
        await known.FoundAsync();
        Assert.Equal(0, known.LackingCount);
        await scenario(known);
    });
}
