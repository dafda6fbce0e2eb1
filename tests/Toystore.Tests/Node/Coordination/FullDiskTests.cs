using Toystore.Core.Placement;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class FullDiskTests
{
    [Fact]
    public void A_cluster_whose_disks_are_full_can_be_emptied() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        await cluster.PutAsync(0, key, "v");
        foreach (var node in cluster.Nodes)
        {
            node.Store.Writable = StoreWrite.Full;
            node.Store.Rule = static batch => batch.MakesRoom || batch.Changes[0].Key.Area == StoreArea.System ? StoreWrite.Done : StoreWrite.Full;
        }

        Assert.Equal(NotDoneReason.DiskFull, Assert.IsType<WriteOutcome.NotDone>(await cluster[1].PutAsync(key, TestCluster.Value("w"))).Reason);
        Assert.IsType<WriteOutcome.Done>(await cluster[1].DeleteAsync(key, new WriteOptions { Policy = ConflictPolicy.LastWriteWins }));
        Assert.IsType<ReadOutcome.NotFound>(await cluster[2].GetAsync(key));
    });
}
