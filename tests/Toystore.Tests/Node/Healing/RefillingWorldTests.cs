using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

/// <summary>Whole nodes that have lost something: until they have it back they say that they do not know.</summary>
public sealed class RefillingWorldTests
{
    private const double Minute = 60_000;
    private static readonly Key K = "key";

    [Fact]
    public void While_a_cluster_is_founded_there_is_nothing_to_know() => TestCluster.Run(async cluster =>
    {
        await cluster.PassAsync(3000);
        Assert.All(cluster.Nodes, node => Assert.Equal(0, node.Engine.Known.LackingCount));
        Assert.Equal("-", await cluster.ReadAsync(0, K));
    });

    [Fact]
    public void An_owner_with_an_emptied_disk_does_not_know_before_it_has_merged_from_both_others() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        cluster.Crash(2);
        cluster.Cut(2, 1);
        await cluster.StartWithAsync(2, null);
        await cluster.PassAsync(5 * Minute);
        Assert.True(await IsUnknowingAsync(cluster, 2));
        Assert.Equal(Slot.Count, cluster.Nodes[2].Engine.Known.LackingCount);
        cluster.Heal();
        await cluster.PassAsync(Minute / 2);
        Assert.False(await IsUnknowingAsync(cluster, 2));
        Assert.Equal("value", await cluster.ReadAsync(2, K, r: 1));
    });

    [Fact]
    public void An_emptied_disk_is_not_taken_for_that_of_a_new_cluster_although_the_others_are_in_their_first_process() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(2);
        cluster.Cut(2, 1);
        await cluster.StartWithAsync(2, null);
        await cluster.PassAsync(3000);
        Assert.True(await IsUnknowingAsync(cluster, 2));
    });

    [Fact]
    public void An_owner_that_does_not_know_takes_writes() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(2);
        cluster.Cut(2, 1);
        await cluster.StartWithAsync(2, null);
        await cluster.PassAsync(3000);
        await cluster.PutAsync(2, K, "value", w: 2);
        Assert.True(await IsUnknowingAsync(cluster, 2));
        Assert.Equal(StoreReadStatus.Found, (await cluster.Nodes[2].Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
    });

    [Fact]
    public void What_is_known_again_outlives_the_process_and_what_is_not_does_so_too() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(2);
        cluster.Cut(2, 1);
        await cluster.StartWithAsync(2, null);
        await cluster.PassAsync(Minute);
        cluster.Crash(2);
        await cluster.StartAsync(2);
        Assert.Equal(Slot.Count, cluster.Nodes[2].Engine.Known.LackingCount);
        cluster.Heal();
        await cluster.PassAsync(Minute);
        Assert.Equal(0, cluster.Nodes[2].Engine.Known.LackingCount);
        cluster.Crash(2);
        cluster.Isolate(2);
        await cluster.StartAsync(2);
        Assert.Equal(0, cluster.Nodes[2].Engine.Known.LackingCount);
    });

    [Fact]
    public void A_disk_that_is_an_older_copy_of_itself_is_found_out_by_what_the_others_remember() => TestCluster.Run(async cluster =>
    {
        await cluster.PassAsync(1000);
        await cluster.StopAsync(2);
        var copy = await cluster.Nodes[2].Store.CopyAsync();
        await cluster.StartAsync(2);
        await cluster.PutAsync(2, K, "value");
        await cluster.StopAsync(2);
        cluster.Cut(2, 1);
        await cluster.StartWithAsync(2, copy);
        await cluster.PassAsync(1000);
        Assert.True(await IsUnknowingAsync(cluster, 2));
        cluster.Heal();
        await cluster.PassAsync(Minute);
        Assert.False(await IsUnknowingAsync(cluster, 2));
        Assert.Equal("value", await cluster.ReadAsync(2, K, r: 1));
    });

    [Fact]
    public void A_restart_after_which_nothing_is_missing_changes_nothing() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(2, K, "value");
        for (var again = 0; again < 3; again++)
        {
            cluster.Crash(2);
            await cluster.StartAsync(2);
            await cluster.PassAsync(20_000);
            Assert.Equal(0, cluster.Nodes[2].Engine.Known.LackingCount);
        }
    });

    [Theory]
    [InlineData(WriteDurability.Os, false, true, true)]
    [InlineData(WriteDurability.Os, false, false, false)]
    [InlineData(WriteDurability.Os, true, true, false)]
    [InlineData(WriteDurability.Fsync, false, true, false)]
    public void Who_let_writes_stay_unsynced_does_not_know_after_a_power_cut(WriteDurability durability, bool wasStopped, bool isPowerCut, bool isLost) => TestCluster.Run(async cluster =>
    {
        await cluster[2].PutAsync(K, TestCluster.Value("value"), new WriteOptions { Durability = durability, W = 3 });
        if (wasStopped)
        {
            await cluster.StopAsync(2);
        }
        else
        {
            cluster.Crash(2);
        }

        cluster.Nodes[2].Boot = isPowerCut ? new Guid(7, 0, 0, new byte[8]) : default;
        cluster.Cut(2, 1);
        await cluster.StartAsync(2);
        Assert.Equal(isLost, await IsUnknowingAsync(cluster, 2));
    });

    [Fact]
    public void A_store_that_gave_records_up_says_so_until_it_is_on_the_disk_that_nothing_is_known() => TestCluster.Run(async cluster =>
    {
        var noted = 0;
        cluster.Crash(2);
        cluster.Cut(2, 1);
        cluster.Nodes[2].Loss = new StoreLoss("its store was damaged", () => noted++);
        await cluster.StartAsync(2);
        Assert.Equal((Slot.Count, 1), (cluster.Nodes[2].Engine.Known.LackingCount, noted));
        cluster.Crash(2);
        cluster.Nodes[2].Loss = null;
        await cluster.StartAsync(2);
        Assert.Equal(Slot.Count, cluster.Nodes[2].Engine.Known.LackingCount);
    });

    [Fact]
    public void A_record_that_nobody_reads_is_whole_again_once_its_slot_is_refilled() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(1000);
        cluster.Crash(2);
        var disk = await cluster.Nodes[2].Store.CopyAsync();
        await disk.WriteAsync(new StoreBatch().Put(StoreKey.Data(K), new byte[40]), Durability.Fsync, default);
        disk.Trees.Suspect(Slot.Of(K));
        cluster.Cut(2, 1);
        await cluster.StartWithAsync(2, disk);
        await cluster.PassAsync(5000);
        Assert.Equal(1, cluster.Nodes[2].Engine.Known.LackingCount);
        cluster.Heal();
        await cluster.PassAsync(Minute);
        Assert.Equal(0, cluster.Nodes[2].Engine.Known.LackingCount);
        Assert.Equal("value", await cluster.ReadAsync(2, K, r: 1));
    });

    [Fact]
    public void Floors_come_back_from_those_that_know_although_no_round_of_reports_is_whole() => TestCluster.Run(new ClusterShape(Members: 4), async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners.Contains(0) && owners.Contains(1) && owners.Contains(2));
        await cluster.PassAsync(5 * Minute);
        cluster.Crash(3);
        cluster.Crash(2);
        await cluster.StartWithAsync(2, null);
        await cluster.PassAsync(Minute);
        var floors = cluster.Nodes.Take(3).Select(node => node.Engine.Floors[Slot.Of(key)].Value).ToList();
        Assert.NotEqual(0UL, floors[2]);
        Assert.InRange(floors[2], Math.Min(floors[0], floors[1]), Math.Max(floors[0], floors[1]));
    });

    private static async Task<bool> IsUnknowingAsync(TestCluster cluster, int node)
    {
        var to = cluster.Nodes[node];
        var reply = await cluster.Nodes[0].Network.CallAsync(to.Id, to.Engine.Snapshot.Epoch, new PeerRequest.ReadContainer(K), Toystore.Node.Deadline.After(TimeSpan.FromSeconds(5), cluster.Time), default);
        return Assert.IsType<PeerReply.Held>(reply).Unknowing;
    }
}
