using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

/// <summary>Whole nodes, left alone for a while: what one lacks it gets, floors follow the clocks, and what is deleted goes.</summary>
public sealed class RoundsWorldTests
{
    private const double Minute = 60_000;
    private static readonly Key K = "key";

    [Fact]
    public void An_owner_whose_disk_was_lost_gets_everything_back() => TestCluster.Run(async cluster =>
    {
        for (var i = 0; i < 20; i++)
        {
            await cluster.PutAsync(0, $"key{i}", "value");
        }

        await cluster.PassAsync(1000);
        cluster.Crash(2);
        await cluster.StartWithAsync(2, null);
        await cluster.PassAsync(2 * Minute);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(StoreReadStatus.Found, (await cluster.Nodes[2].Store.Kept.GetAsync(StoreKey.Data($"key{i}"), default)).Status);
        }
    });

    [Fact]
    public void Floors_follow_the_clocks_while_all_is_well() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(5 * Minute);
        foreach (var node in cluster.Nodes)
        {
            var floor = node.Engine.Floors[Slot.Of(K)].Physical;
            var now = UnixTime.From(cluster.Time.GetUtcNow());
            Assert.InRange(now - floor, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(4));
            Assert.True(node.Engine.Marks.Mark >= node.Engine.Floors[Slot.Of(K)]);
        }

        Assert.Equal("value", await cluster.ReadAsync(0, K));
    });

    [Fact]
    public void A_member_that_is_down_holds_every_floor_back() => TestCluster.Run(new ClusterShape(Members: 4), async cluster =>
    {
        cluster.Crash(3);
        await cluster.PassAsync(5 * Minute);
        Assert.All(cluster.Nodes.Take(3), node => Assert.Equal(default, node.Engine.Floors[Slot.Of(K)]));
    });

    [Fact]
    public void A_deleted_key_is_gone_from_every_disk_in_the_end() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "value");
        await cluster[0].DeleteAsync(K);
        Assert.Equal(StoreReadStatus.Found, (await cluster.Nodes[1].Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
        await cluster.PassAsync(6 * Minute);
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(StoreReadStatus.Absent, (await node.Store.Kept.GetAsync(StoreKey.Data(K), default)).Status);
        }

        Assert.Equal("-", await cluster.ReadAsync(1, K));
    });

    [Fact]
    public void A_coordinator_below_the_marks_of_the_others_mints_again_above_them() => TestCluster.Run(async cluster =>
    {
        var ahead = HybridTime.At(UnixTime.From(cluster.Time.GetUtcNow()) + TimeSpan.FromMinutes(1));
        await cluster.Nodes[1].Engine.Marks.RaiseAsync(ahead);
        await cluster.Nodes[2].Engine.Marks.RaiseAsync(ahead);
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(1000);
        foreach (var node in cluster.Nodes)
        {
            var held = await Held(cluster, node);
            Assert.True(Assert.Single(held.Siblings.ToArray()).Dot.Time > ahead);
        }
    });

    [Fact]
    public void An_owner_whose_mark_is_above_a_write_is_not_counted_and_gets_it_later() => TestCluster.Run(async cluster =>
    {
        await cluster.Nodes[2].Engine.Marks.RaiseAsync(HybridTime.At(UnixTime.From(cluster.Time.GetUtcNow()) + TimeSpan.FromMinutes(1)));
        await cluster.PutAsync(0, K, "value");
        await cluster.PassAsync(2 * Minute);
        Assert.Single((await Held(cluster, cluster.Nodes[2])).Siblings.ToArray());
    });

    [Fact]
    public void What_is_old_is_taken_only_with_the_present_stamp() => TestCluster.Run(async cluster =>
    {
        var old = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(1), 77), HybridTime.At(UnixTime.From(cluster.Time.GetUtcNow()))), new byte[1]), default);
        var receiver = cluster.Nodes[1];
        await receiver.Engine.Marks.RaiseAsync(HybridTime.At(UnixTime.From(cluster.Time.GetUtcNow()) + TimeSpan.FromMinutes(1)));
        var store = new PeerRequest.Store(K, old, Durability.Fsync, TellHigher: false, Completes: false);
        var stale = Assert.IsType<PeerReply.Stale>(await CallAsync(cluster, receiver, store));
        Assert.Equal(receiver.Engine.Marks.Stamp, stale.Stamp);
        await receiver.Engine.Marks.RestampAsync();
        Assert.IsType<PeerReply.Stale>(await CallAsync(cluster, receiver, store with { Stamp = stale.Stamp }));
        Assert.IsType<PeerReply.Stored>(await CallAsync(cluster, receiver, store with { Stamp = receiver.Engine.Marks.Stamp }));
    });

    [Fact]
    public void A_process_takes_no_write_before_it_has_heard_a_mark() => TestCluster.Run(async cluster =>
    {
        await cluster.PassAsync(1000);
        cluster.Crash(0);
        cluster.Crash(1);
        cluster.Crash(2);
        await cluster.StartAsync(0);
        Assert.False(cluster.Nodes[0].Engine.Marks.TakesNew);
        Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync(K, TestCluster.Value("value"), new WriteOptions { W = 1 }));
        await cluster.StartAsync(1);
        await cluster.PassAsync(3000);
        Assert.True(cluster.Nodes[0].Engine.Marks.TakesNew);
        await cluster.PutAsync(0, K, "value");
    });

    [Fact]
    public void A_mark_outlives_its_process() => TestCluster.Run(async cluster =>
    {
        var mark = HybridTime.At(UnixTime.From(cluster.Time.GetUtcNow()) + TimeSpan.FromMinutes(1));
        await cluster.Nodes[1].Engine.Marks.RaiseAsync(mark);
        cluster.Crash(1);
        await cluster.StartAsync(1);
        Assert.Equal(mark, cluster.Nodes[1].Engine.Marks.Mark);
    });

    private static ValueTask<PeerReply> CallAsync(TestCluster cluster, TestNode to, PeerRequest request) =>
        cluster.Nodes[0].Network.CallAsync(to.Id, to.Engine.Snapshot.Epoch, request, Toystore.Node.Deadline.After(TimeSpan.FromSeconds(5), cluster.Time), default);

    private static async Task<Container> Held(TestCluster cluster, TestNode node)
    {
        var reply = await cluster.Nodes[node == cluster.Nodes[0] ? 1 : 0].Network.CallAsync(
            node.Id, node.Engine.Snapshot.Epoch, new PeerRequest.ReadContainer(K), Toystore.Node.Deadline.After(TimeSpan.FromSeconds(5), cluster.Time), default);
        return Assert.IsType<PeerReply.Held>(reply).Container;
    }
}
