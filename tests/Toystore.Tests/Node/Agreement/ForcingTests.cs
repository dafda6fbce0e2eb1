using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Node.Agreement;

public sealed class ForcingTests
{
    [Fact]
    public void Where_the_acceptors_are_there_nothing_is_forced() => KeeperWorld.RunFounded(3, async world =>
        Assert.Contains("nothing has to be forced", await ProblemAsync(world, 0, []), StringComparison.Ordinal));

    [Fact]
    public void A_member_that_does_not_answer_must_be_named_as_lost() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(1);
        world.Crash(2);
        Assert.Contains("not named as lost: n3", await ProblemAsync(world, 0, [2]), StringComparison.Ordinal);
    });

    [Fact]
    public void A_member_that_answers_is_not_lost() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(1);
        Assert.Contains("Named as lost, but there: n3", await ProblemAsync(world, 0, [2, 3]), StringComparison.Ordinal);
    });

    [Fact]
    public void Who_is_no_member_cannot_be_lost() => KeeperWorld.RunFounded(3, async world =>
        Assert.Contains("n9: no members", await ProblemAsync(world, 0, [9]), StringComparison.Ordinal));

    [Fact]
    public void Only_the_newest_topology_is_forced() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(1);
        world.Crash(2);
        var outcome = await world[0].Keeper.ForceAsync(new Epoch(world[0].Keeper.Epoch.Lineage, 7), [new(2), new(3)], CancellationToken.None);
        Assert.Contains("Look at it again", outcome.Problem, StringComparison.Ordinal);
    });

    [Fact]
    public void A_node_that_is_behind_is_not_where_it_is_forced() => KeeperWorld.RunFounded(5, async world =>
    {
        world.Crash(4);
        await world.ChangeAsync(0, "A change.");
        world.Crash(0);
        world.Crash(1);
        world.Crash(2);
        foreach (var request in new[] { (3, 4), (4, 3) })
        {
            world.Fabric[world[request.Item1].Id, world[request.Item2].Id].Rule = sent => sent is Toystore.Node.Peers.PeerRequest.Register ? Worlds.Passage.Refuse : Worlds.Passage.Deliver;
        }

        await world.StartAsync(4);
        await Worlds.Pump.SettleAsync();
        Assert.Contains("n4 knows", await ProblemAsync(world, 4, [1, 2, 3]), StringComparison.Ordinal);
    });

    [Fact]
    public void A_forced_topology_is_of_a_new_lineage_and_can_be_changed_again() => KeeperWorld.RunFounded(3, async world =>
    {
        var before = world[0].Keeper.Epoch;
        world.Crash(1);
        world.Crash(2);
        var outcome = await world[0].Keeper.ForceAsync(before, [new(2), new(3)], CancellationToken.None);
        Assert.Null(outcome.Problem);
        Assert.NotEqual(before.Lineage, outcome.Epoch.Lineage);
        Assert.Equal(2UL, outcome.Epoch.Number);
        Assert.Equal([new NodeId(2), new NodeId(3)], outcome.NotTold);
        Assert.Null((await world.ChangeAsync(0, "A change.")).Problem);
        Assert.Equal(3UL, world[0].Keeper.Epoch.Number);
    });

    [Fact]
    public void A_member_that_comes_back_with_the_old_lineage_is_told_when_it_is_forced_once_more() => KeeperWorld.RunFounded(3, async world =>
    {
        var before = world[0].Keeper.Epoch;
        world.Crash(1);
        world.Crash(2);
        await world[0].Keeper.ForceAsync(before, [new(2), new(3)], CancellationToken.None);
        await world.StartAsync(1);
        await world.PassAsync(20_000);
        Assert.Equal(before, world[1].Keeper.Epoch);
        var again = await world[0].Keeper.ForceAsync(before, [new(3)], CancellationToken.None);
        Assert.Equal([new NodeId(1), new NodeId(2)], again.Told);
        Assert.Equal(world[0].Keeper.Newest, world[1].Keeper.Newest);
    });

    private static async Task<string?> ProblemAsync(KeeperWorld world, int node, ulong[] lost) =>
        (await world[node].Keeper.ForceAsync(world[node].Keeper.Epoch, Array.ConvertAll(lost, id => new NodeId(id)), CancellationToken.None)).Problem;
}
