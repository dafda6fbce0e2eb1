using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class DeleteTests
{
    [Fact]
    public void A_delete_of_what_some_owners_hold_deleted_already_reaches_as_many_as_it_asks_for() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        await cluster.PutAsync(0, key, "v", w: 3);
        cluster.Crash(2);
        Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync(key));
        await cluster.StartAsync(2);
        Assert.Equal(3, Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync(key, new WriteOptions { W = 3 })).Copies);
        Assert.IsType<ReadOutcome.NotFound>(await cluster[2].GetAsync(key, new ReadOptions { R = 1 }));
    });

    [Fact]
    public void A_delete_of_what_is_deleted_already_is_as_durable_as_it_asks_for() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        await cluster.PutAsync(0, key, "v");
        Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync(key, new WriteOptions { Durability = WriteDurability.Os }));
        Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync(key, new WriteOptions { Durability = WriteDurability.Fsync }));
        Assert.Equal(Durability.Fsync, Assert.IsType<PeerRequest.Store>(cluster.Fabric.Sent.Last(sent => sent.Request is PeerRequest.Store).Request).Durability);
    });

    [Fact]
    public void A_delete_of_what_nobody_holds_leaves_nothing() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync(key, new WriteOptions { W = 3 }));
        Assert.DoesNotContain(cluster.Fabric.Sent, sent => sent.Request is PeerRequest.Store);
    });
}
