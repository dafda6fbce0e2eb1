using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

/// <summary>What operators see of repairs, and have done at once.</summary>
public sealed class RepairWorldTests
{
    private const double Minute = 60_000;
    private static readonly Key K = "key";

    [Fact]
    public void Everybody_says_when_it_compared_what_with_whom() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(5 * Minute);
        var report = await cluster.Nodes[1].Engine.View.RepairAsync();
        Assert.Equal((3, 0, 0), (report.PairsEqual, report.PairsDiffering, report.PairsUnknown));
        Assert.Empty(report.Unknown);
        Assert.Equal(["n1", "n2", "n3"], report.Members.Select(node => node.Id));
        Assert.All(report.Members, node =>
        {
            Assert.Equal((Slot.Count, Slot.Count, 0, 0), (node.Slots, node.SlotsScanned, node.SlotsUnknown, node.SlotsWithoutFloor));
            Assert.InRange(node.OldestFloorSeconds!.Value, 10, 300);
            Assert.Equal(2, node.Peers.Count);
            Assert.All(node.Peers, peer =>
            {
                Assert.Equal((false, false, Slot.Count, 0, 0L, null), (peer.Away, peer.Ordered, peer.SlotsCompared, peer.SlotsUnfinished, peer.KeysSent, peer.Problem));
                Assert.InRange(peer.BeganSeconds!.Value, 0, 300);
            });
        });
    });

    [Fact]
    public void A_cluster_at_rest_compares_seldom_and_what_has_changed_at_the_next_turn() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(8 * Minute);
        Assert.All(await BegunAsync(cluster), seconds => Assert.InRange(seconds, 100, 480));
        await cluster.PassAsync(10 * Minute);
        Assert.All(await BegunAsync(cluster), seconds => Assert.InRange(seconds, 0, 600));
        await cluster.PutAsync(0, K, "another");
        await cluster.PassAsync(65_000);
        Assert.All(await BegunAsync(cluster), seconds => Assert.InRange(seconds, 0, 65));
    });

    [Fact]
    public void A_cluster_whose_floors_have_not_passed_what_it_holds_does_not_rest() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        cluster.Crash(2);
        await cluster.PassAsync(8 * Minute);
        var report = await cluster.Nodes[0].Engine.View.RepairAsync();
        Assert.InRange(report.Members.Single(node => node.Id == "n1").Peers.Single(peer => peer.Id == "n2").BeganSeconds!.Value, 0, 65);
    });

    [Fact]
    public void Before_the_first_exchange_nothing_was_compared_and_no_slot_has_a_floor() => TestCluster.Run(async cluster =>
    {
        var node = (await cluster.Nodes[0].Engine.View.RepairAsync()).Members[2];
        Assert.Equal((Slot.Count, null), (node.SlotsWithoutFloor, node.OldestFloorSeconds));
        Assert.All(node.Peers, peer => Assert.Null(peer.BeganSeconds));
    });

    [Fact]
    public void What_is_ordered_is_compared_at_once_and_says_what_came_of_it() => TestCluster.Run(async cluster =>
    {
        await DifferAsync(cluster);
        var before = await cluster.Nodes[0].Engine.View.RepairAsync();
        Assert.Equal((1, 2), (before.PairsEqual, before.PairsDiffering));
        Assert.All((await cluster.Nodes[0].Engine.View.RepairNowAsync()).Members.SelectMany(node => node.Peers), peer => Assert.True(peer.Ordered));
        await cluster.PassAsync(15_000);
        var report = await cluster.Nodes[0].Engine.View.RepairAsync();
        Assert.Equal((3, 0), (report.PairsEqual, report.PairsDiffering));
        var peers = report.Members.SelectMany(node => node.Peers).ToList();
        Assert.All(peers, peer => Assert.Equal((false, 0), (peer.Ordered, peer.SlotsUnfinished)));
        Assert.InRange(peers.Single(peer => peer.KeysSent + peer.KeysReceived == 1).TookSeconds, 0.4, 1);
        Assert.Equal(1, peers.Sum(peer => peer.KeysSent + peer.KeysReceived));
        Assert.Equal(StoreReadStatus.Found, (await cluster.Nodes[2].Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
    });

    [Fact]
    public void One_slot_is_compared_alone() => TestCluster.Run(new ClusterShape(Members: 5), async cluster =>
    {
        var slot = Slot.Of(K).Index;
        var owners = cluster.OwnersOf(K).Select(owner => cluster.Nodes[owner].Id.ToString()).Order(StringComparer.Ordinal);
        await cluster.PutAsync(0, K, "value");
        await cluster.Nodes[0].Engine.View.RepairNowAsync(slot);
        await cluster.PassAsync(10_000);
        var report = await cluster.Nodes[0].Engine.View.RepairAsync(slot);
        Assert.Equal(owners, report.Members.Select(node => node.Id));
        Assert.All(report.Members, node => Assert.Equal(1, node.Slots));
        Assert.All(report.Members.SelectMany(node => node.Peers), peer => Assert.Equal((false, 1, 0, true), (peer.Ordered, peer.SlotsCompared, peer.SlotsUnfinished, peer.BeganSeconds is not null)));
        Assert.All((await cluster.Nodes[0].Engine.View.RepairAsync()).Members.SelectMany(node => node.Peers), peer => Assert.Null(peer.BeganSeconds));
    });

    [Fact]
    public void Who_is_away_is_named_and_stays_ordered_until_it_is_back() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(2);
        await cluster.Nodes[0].Engine.View.RepairNowAsync();
        await cluster.PassAsync(15_000);
        var report = await cluster.Nodes[0].Engine.View.RepairAsync();
        Assert.Equal(["n3"], report.Unknown);
        Assert.Equal((1, 2), (report.PairsEqual, report.PairsUnknown));
        Assert.All(report.Members.SelectMany(node => node.Peers), peer => Assert.Equal(peer.Id == "n3", peer.Away && peer.Ordered));
        await cluster.StartAsync(2);
        await cluster.PassAsync(30_000);
        Assert.All((await cluster.Nodes[0].Engine.View.RepairAsync()).Members.SelectMany(node => node.Peers), peer => Assert.False(peer.Ordered));
    });

    // How long ago each node began to compare with each other one.
    private static async Task<IReadOnlyList<double>> BegunAsync(TestCluster cluster) =>
        [.. (await cluster.Nodes[0].Engine.View.RepairAsync()).Members.SelectMany(node => node.Peers).Select(peer => peer.BeganSeconds!.Value)];

    // The third owner lacks a key that nobody keeps for it.
    private static async Task DifferAsync(TestCluster cluster)
    {
        var slot = StoreKey.Data(K);
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(1000);
        cluster.Crash(2);
        await cluster.Nodes[2].Store.Kept.DropSlotAsync(slot.Place, default);
        await cluster.StartAsync(2);
        await cluster.PassAsync(1500);
        Assert.Equal(StoreReadStatus.Absent, (await cluster.Nodes[2].Store.Kept.GetAsync(slot, default)).Status);
    }
}
