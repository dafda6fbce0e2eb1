using Toystore.Core;
using Toystore.Node.Peers;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

/// <summary>Owners that are known to lack something are asked last.</summary>
public sealed class LaggardTests
{
    private static readonly Key K = "key";

    [Fact]
    public void Who_is_still_to_be_given_something_is_not_read_from_while_others_can_be() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        var (reader, away) = (cluster.OwnersOf(K)[0], cluster.OwnersOf(K)[2]);
        cluster.Crash(away);
        await cluster.PutAsync(reader, K, "v");
        await cluster.PassAsync(2_000);
        var holder = cluster.Nodes.FindIndex(node => node.IsUp && node.Engine.Hints.Tallies().Length > 0);
        await cluster.StartAsync(away);
        cluster.Nodes[away].Store.HoldWrites();
        Assert.Equal(0, await ReadsFromAsync(cluster, holder, away));
        cluster.Nodes[away].Store.ReleaseWrites();
        await cluster.PassAsync(20_000);
        Assert.Empty(cluster.Nodes[holder].Engine.Hints.Tallies());
        Assert.NotEqual(0, await ReadsFromAsync(cluster, holder, away));
    });

    [Fact]
    public void Who_said_that_it_does_not_know_is_not_read_from_for_a_while() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, K, "v", w: 3);
        await cluster.Nodes[2].Store.CorruptAsync(K);
        Assert.Equal("v", await cluster.ReadAsync(0, K, r: 3));
        Assert.Equal(0, await ReadsFromAsync(cluster, 0, 2));
        await cluster.PassAsync(6_000);
        Assert.NotEqual(0, await ReadsFromAsync(cluster, 0, 2));
    });

    private static async Task<int> ReadsFromAsync(TestCluster cluster, int reader, int owner)
    {
        cluster.Fabric.Sent.Clear();
        for (var i = 0; i < 100; i++)
        {
            await cluster.ReadAsync(reader, $"key{i}");
        }

        return cluster.Fabric.Sent.Count(sent => sent.From == cluster.Nodes[reader].Id && sent.To == cluster.Nodes[owner].Id && sent.Request is PeerRequest.ReadContainer or PeerRequest.ReadDigest or PeerRequest.CoordinateRead);
    }
}
