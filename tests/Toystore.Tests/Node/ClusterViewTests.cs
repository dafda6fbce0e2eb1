using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node;

public sealed class ClusterViewTests
{
    [Fact]
    public void In_a_healthy_cluster_every_member_says_how_it_is() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        await cluster.PutAsync(1, "k", "v");
        var status = await cluster.Nodes[0].Engine.View.StatusAsync();
        Assert.True(status.Healthy);
        Assert.Equal(["n1", "n2", "n3", "n4", "n5"], status.Members.Select(member => member.Id));
        Assert.All(status.Members, member => Assert.True(member is { Reachable: true, Problem: null, Node: not null }));
        Assert.Equal(1, status.Members.Sum(member => member.Node!.Writes));
        Assert.Equal(3 * 16384, status.Members.Sum(member => member.Slots));
    });

    [Theory]
    [InlineData(Passage.Refuse)]
    [InlineData(Passage.LoseRequest)]
    [InlineData(Passage.Overload)]
    public void A_member_that_does_not_answer_within_a_second_is_unreachable_and_the_others_are_not(Passage passage) => TestCluster.Run(async cluster =>
    {
        cluster.Cut(0, 1, passage);
        var began = cluster.Time.GetTimestamp();
        var status = await cluster.Nodes[0].Engine.View.StatusAsync();
        Assert.InRange(cluster.Time.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(1.01));
        Assert.False(status.Healthy);
        Assert.Contains("n2", status.Summary, StringComparison.Ordinal);
        Assert.Equal([true, false, true], status.Members.Select(member => member.Reachable));
        Assert.NotNull(status.Members[1].Problem);
    });

    [Fact]
    public void A_full_disk_is_a_problem_of_a_member_that_can_be_reached() => TestCluster.Run(async cluster =>
    {
        cluster.Nodes[2].Store.Writable = Toystore.Storage.StoreWrite.Full;
        var status = await cluster.Nodes[0].Engine.View.StatusAsync();
        Assert.False(status.Healthy);
        Assert.True(status.Members[2].Reachable);
        Assert.NotNull(status.Members[2].Problem);
    });

    [Fact]
    public void A_cluster_smaller_than_n_says_how_many_copies_it_keeps() => TestCluster.Run(new ClusterShape(2), async cluster =>
    {
        var status = await cluster.Nodes[0].Engine.View.StatusAsync();
        Assert.Contains("2 of 3", status.Summary, StringComparison.Ordinal);
    });

    [Fact]
    public void The_ring_covers_every_slot_once_and_agrees_with_the_placement_of_a_key() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        var ring = await cluster.Nodes[0].Engine.View.RingAsync();
        Assert.Equal(0, ring.Ranges[0].First);
        Assert.Equal(16383, ring.Ranges[^1].Last);
        Assert.All(ring.Ranges.Zip(ring.Ranges.Skip(1)), pair => Assert.Equal(pair.First.Last + 1, pair.Second.First));
        var placement = await cluster.Nodes[0].Engine.View.PlacementAsync("k");
        Assert.Equal(placement.Owners, ring.Ranges.Single(range => range.First <= placement.Slot && placement.Slot <= range.Last).Owners);
        Assert.Equal(["n1", "n2", "n3", "n4", "n5"], placement.Owners.Concat(placement.StandIns).Order(StringComparer.Ordinal));
    });
}
