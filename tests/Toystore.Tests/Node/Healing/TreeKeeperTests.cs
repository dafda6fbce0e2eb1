using System.Text;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

public sealed class TreeKeeperTests
{
    private static readonly ActorId A = new(new NodeId(7), 1);

    [Fact]
    public void After_a_start_every_slot_is_scanned_while_writes_go_on() => Run(async (loop, disk) =>
    {
        var all = new Dictionary<Key, VersionsHash>();
        await using (var first = Open(loop, disk))
        {
            await WriteAsync(first, all, 0, 400);
        }

        await using var store = Open(loop, disk);
        Assert.False(store.Trees.IsReady(new Slot(16383)));
        await using var keeper = new TreeKeeper(store, new UntidySlots(static _ => false), new NodeClock(loop), new ListLog());
        keeper.Start();
        await WriteAsync(store, all, 200, 600);
        await keeper.Built;
        AssertTrees(store, all);
    });

    [Fact]
    public void A_slot_that_is_suspected_later_is_scanned_again() => Run(async (loop, disk) =>
    {
        var all = new Dictionary<Key, VersionsHash>();
        await using var store = Open(loop, disk);
        await using var keeper = new TreeKeeper(store, new UntidySlots(static _ => false), new NodeClock(loop), new ListLog());
        keeper.Start();
        await WriteAsync(store, all, 0, 50);
        await keeper.Built;
        store.Trees.Suspect(Slot.Of(KeyOf(7)));
        store.Trees.Suspect(Slot.Of(KeyOf(8)));
        Assert.False(store.Trees.IsReady(Slot.Of(KeyOf(7))));
        await Task.Delay(TimeSpan.FromSeconds(5), new NodeClock(loop), default);
        AssertTrees(store, all);
    });

    [Fact]
    public void A_slot_that_cannot_be_read_does_not_hold_up_the_others() => Run(async (loop, disk) =>
    {
        var all = new Dictionary<Key, VersionsHash>();
        await using (var first = Open(loop, disk))
        {
            await WriteAsync(first, all, 0, 100);
        }

        Assert.True(disk.TryDamage(StoreKey.Data(KeyOf(3)), Damage.UnreadableBlock, new Chance(1)));
        var log = new ListLog();
        await using var store = Open(loop, disk);
        await using var keeper = new TreeKeeper(store, new UntidySlots(static _ => false), new NodeClock(loop), log);
        keeper.Start();
        await keeper.Built;
        var damaged = Slot.Of(KeyOf(3));
        Assert.False(store.Trees.IsReady(damaged));
        Assert.All(Enumerable.Range(0, Slot.Count).Where(slot => slot != damaged.Index), slot => Assert.True(store.Trees.IsReady(new Slot((ushort)slot))));
        Assert.Contains(log.Lines, line => line.Text.Contains("cannot be scanned", StringComparison.Ordinal));
    });

    [Fact]
    public void A_scan_finds_what_is_untidy() => Run(async (loop, disk) =>
    {
        var all = new Dictionary<Key, VersionsHash>();
        await using (var first = Open(loop, disk))
        {
            await WriteAsync(first, all, 0, 10);
            await PutAsync(first, "deleted", Container.Empty.Put(new Sibling(new Dot(A, new HybridTime(5)), default, kind: ValueKind.Tombstone), default), default);
        }

        await using var store = Open(loop, disk);
        var untidy = new UntidySlots(static _ => false);
        await using var keeper = new TreeKeeper(store, untidy, new NodeClock(loop), new ListLog());
        keeper.Start();
        await keeper.Built;
        Assert.False(untidy.Has(Slot.Of("deleted"), new HybridTime(4)));
        Assert.True(untidy.Has(Slot.Of("deleted"), new HybridTime(5)));
        Assert.Equal(1UL << StoreOrder.HashOf("deleted").Leaf(6), untidy.Take(Slot.Of("deleted")));
        Assert.False(untidy.Has(Slot.Of(KeyOf(3)), new HybridTime(ulong.MaxValue)));
    });

    private static void Run(Func<EventLoop, SimulatedDisk, Task> scenario) => Pump.Run(loop => scenario(loop, new SimulatedDisk("n1", 3)));

    private static SimulatedStore Open(EventLoop loop, SimulatedDisk disk) => new(disk, new Life(loop, "n1"), new Chance(8), new DiskConditions());

    private static Key KeyOf(int key) => $"key {key}";

    private static async Task WriteAsync(SimulatedStore store, Dictionary<Key, VersionsHash> all, int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            var key = KeyOf(i);
            var container = Container.Empty.Put(new Sibling(new Dot(A, new HybridTime((ulong)(i + first + 1))), Encoding.UTF8.GetBytes($"{i}")), default);
            await PutAsync(store, key, container, all.GetValueOrDefault(key));
            all[key] = VersionsHash.Of(StoreOrder.HashOf(key), container);
        }
    }

    private static async Task PutAsync(SimulatedStore store, Key key, Container container, VersionsHash before)
    {
        var place = StoreKey.Data(key);
        var hash = StoreOrder.HashOf(key);
        var batch = new StoreBatch().Put(place, RecordFormat.Encode(place, container, RecordFlags.None), new TreeChange(place.Slot, hash, before, VersionsHash.Of(hash, container)));
        Assert.Equal(StoreWrite.Done, await store.WriteAsync(batch, Durability.Fsync, default));
    }

    private static void AssertTrees(SimulatedStore store, Dictionary<Key, VersionsHash> all)
    {
        var expected = new ulong[Slot.Count];
        foreach (var (key, versions) in all)
        {
            expected[Slot.Of(key).Index] ^= versions.Value;
        }

        for (var slot = 0; slot < Slot.Count; slot++)
        {
            Assert.True(store.Trees.TryReadRoot(new Slot((ushort)slot), out var root));
            Assert.Equal(expected[slot], root);
        }
    }
}
