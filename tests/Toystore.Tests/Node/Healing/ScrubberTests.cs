using Toystore.Core;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

/// <summary>What rots while nobody reads it.</summary>
public sealed class ScrubberTests
{
    private const double Minute = 60_000;
    private static readonly Key K = "key";
    private static readonly ClusterShape Shape = new() { Set = static options => options.ScrubPause = TimeSpan.FromMinutes(1) };

    [Fact]
    public void A_record_that_rots_while_nobody_reads_it_is_found_and_given_back() => TestCluster.Run(Shape, async cluster =>
    {
        await cluster.PutAsync(0, K, "value", w: 3);
        await cluster.Nodes[1].Store.CorruptAsync(K);
        await cluster.PassAsync(2 * Minute);
        Assert.True(await IsWholeAsync(cluster.Nodes[1]));
        var node = (await cluster.Nodes[0].Engine.View.RepairAsync()).Members[1];
        Assert.Equal((1, 0), (node.RestoredRecords, node.DamagedRecords));
        Assert.True(node.CorruptRecords > 0);
        Assert.Equal("value", await cluster.ReadAsync(1, K, r: 1));
    });

    [Fact]
    public void It_is_given_back_once_enough_others_are_there() => TestCluster.Run(Shape, async cluster =>
    {
        await cluster.PutAsync(0, K, "value", w: 3);
        await cluster.Nodes[1].Store.CorruptAsync(K);
        cluster.Crash(2);
        await cluster.PassAsync(3 * Minute);
        Assert.False(await IsWholeAsync(cluster.Nodes[1]));
        Assert.Equal(1, cluster.Nodes[1].Engine.Repairs.Look(null, begins: false).DamagedRecords);
        await cluster.StartAsync(2);
        await cluster.PassAsync(6 * Minute);
        Assert.True(await IsWholeAsync(cluster.Nodes[1]));
        Assert.Equal(0, cluster.Nodes[1].Engine.Repairs.Look(null, begins: false).DamagedRecords);
    });

    [Fact]
    public void What_cannot_be_seen_behind_a_damaged_block_is_named_by_the_other_owners_and_given_back() => TestCluster.Run(Shape, async cluster =>
    {
        var keys = Enumerable.Range(0, 600).Select(i => (Key)$"{{one slot}}{i}").ToList(); // more than another owner names at once
        foreach (var key in keys)
        {
            await cluster.PutAsync(0, key, "value", w: 3);
        }

        var store = cluster.Nodes[1].Store;
        keys.ForEach(store.SpoilBlockOf);
        await cluster.PassAsync(3 * Minute);
        Assert.DoesNotContain(keys, store.IsSpoiled);
        Assert.Equal(600, (await cluster.Nodes[0].Engine.View.RepairAsync()).Members[1].RestoredRecords);
        Assert.Equal("value", await cluster.ReadAsync(1, keys[299], r: 1));
    });

    [Fact]
    public void A_hint_that_rots_is_what_its_owner_misses() => TestCluster.Run(Shape with { Members = 4 }, async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(3));
        var away = cluster.OwnersOf(key)[2];
        cluster.Crash(away);
        await cluster.PutAsync(cluster.OwnersOf(key)[0], key, "value");
        var holder = cluster.Nodes.Single(node => node.IsUp && node.Engine.Hints.Tallies().Length > 0);
        var place = StoreKey.Hint(cluster.Nodes[away].Id, key);
        await holder.Store.Kept.WriteAsync(new StoreBatch().Put(place, new byte[20]), Durability.Fsync, default);
        await cluster.PassAsync(2 * Minute);
        Assert.Equal(StoreReadStatus.Absent, (await holder.Store.Kept.GetAsync(place, default)).Status);
        Assert.Empty(holder.Engine.Hints.Tallies());
    });

    [Fact]
    public void Everything_is_read_round_after_round() => TestCluster.Run(Shape, async cluster =>
    {
        for (var i = 0; i < 600; i++)
        {
            await cluster.PutAsync(0, $"key{i}", "value");
        }

        await cluster.PassAsync(3.5 * Minute);
        var scrub = cluster.Nodes[0].Engine.Repairs.Scrub!;
        Assert.Equal((0, 4), (scrub.Done, scrub.Rounds)); // the first one before anything was written
        Assert.Equal(600 * 3, scrub.Records);
        await cluster.PassAsync(Minute);
        Assert.Equal(600 * 4, cluster.Nodes[0].Engine.Repairs.Scrub!.Records);
    });

    [Fact]
    public void It_reads_no_faster_than_it_may() => TestCluster.Run(Shape with { Set = static options => (options.ScrubBytesPerSecond, options.ScrubPause) = (64 << 10, TimeSpan.FromMinutes(1)) }, async cluster =>
    {
        for (var i = 0; i < 8; i++)
        {
            await cluster[0].PutAsync($"key{i}", new Value(new byte[200_000]));
        }

        await cluster.PassAsync(Minute + 10_000);
        Assert.InRange(cluster.Nodes[0].Engine.Repairs.Scrub!.Bytes, 200_000, 900_000);
    });

    [Fact]
    public void It_can_be_switched_off() => TestCluster.Run(new ClusterShape { Set = static options => options.ScrubBytesPerSecond = 0 }, async cluster =>
    {
        await cluster.PutAsync(0, K, "value", w: 3);
        await cluster.Nodes[1].Store.CorruptAsync(K);
        await cluster.PassAsync(5 * Minute);
        Assert.False(await IsWholeAsync(cluster.Nodes[1]));
        Assert.Null(cluster.Nodes[1].Engine.Repairs.Scrub);
    });

    private static async Task<bool> IsWholeAsync(TestNode node)
    {
        var place = StoreKey.Data(K);
        var read = await node.Store.Kept.GetAsync(place, default);
        return read.Status == StoreReadStatus.Found && RecordFormat.TryDecode(place, read.Bytes, out var container, out var flags) && flags == RecordFlags.None && container.Siblings.Length == 1;
    }
}
