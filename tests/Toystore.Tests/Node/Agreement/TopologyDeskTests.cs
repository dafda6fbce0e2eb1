using Toystore.Node.Agreement;

namespace Toystore.Tests.Node.Agreement;

public sealed class TopologyDeskTests
{
    [Fact]
    public void A_cluster_that_is_well_says_who_decides_and_that_all_have_it() => KeeperWorld.RunFounded(3, async world =>
    {
        var report = await Of(world, 0).TopologyAsync();
        Assert.True(report.Decides);
        Assert.Equal("The next one is decided by n1, n2, n3. All 3 members have it.", report.Summary);
        Assert.All(report.Members, member => Assert.Equal((true, report.Epoch, member.NamedDisk), (member.Acceptor, member.Heard, member.Disk)));
    });

    [Fact]
    public void Who_is_away_and_that_it_cannot_be_changed_is_said() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(1);
        world.Crash(2);
        var report = await Of(world, 0).TopologyAsync();
        Assert.False(report.Decides);
        Assert.StartsWith("It cannot be changed: of n1, n2, n3, who decide, a majority has to be there", report.Summary, StringComparison.Ordinal);
        Assert.EndsWith("No answer from n2, n3.", report.Summary, StringComparison.Ordinal);
        Assert.Equal([false, true, true], report.Members.Select(member => member.Away));
    });

    [Fact]
    public void Before_it_is_founded_it_says_what_it_waits_for() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAsync(0);
        await world.PassAsync(5000);
        var report = await Of(world, 0).TopologyAsync();
        Assert.Null(report.Epoch);
        Assert.Contains("n2, n3 cannot be reached", report.Summary, StringComparison.Ordinal);
        Assert.Null((await Of(world, 0).TopologyHistoryAsync()).Epoch);
    });

    [Fact]
    public void The_history_says_who_did_what() => KeeperWorld.RunFounded(3, async world =>
    {
        await world.ChangeAsync(1, "A change.");
        var history = await Of(world, 1).TopologyHistoryAsync();
        Assert.Equal(["The cluster was founded by n1, n2, n3.", "A change."], history.Decisions.Select(decision => decision.What));
        Assert.Equal("n2", history.Decisions[1].By);
    });

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("xyz.7")]
    [InlineData("1.-7")]
    public void What_is_no_topology_is_not_forced(string epoch) => KeeperWorld.RunFounded(3, async world =>
        Assert.Contains("is no topology", (await Of(world, 0).ForceTopologyAsync(new ForceOrder(epoch))).Summary, StringComparison.Ordinal));

    [Fact]
    public void Who_is_no_node_is_not_lost() => KeeperWorld.RunFounded(3, async world =>
        Assert.Contains("\"x\" is no node", (await Of(world, 0).ForceTopologyAsync(new ForceOrder(world[0].Keeper.Epoch.ToString(), ["x"]))).Summary, StringComparison.Ordinal));

    [Fact]
    public void What_was_forced_says_what_to_do_for_those_who_come_back() => KeeperWorld.RunFounded(3, async world =>
    {
        var before = world[0].Keeper.Epoch.ToString();
        world.Crash(1);
        world.Crash(2);
        var report = await Of(world, 0).ForceTopologyAsync(new ForceOrder(before, ["n2", "n3"]));
        Assert.True(report.Done);
        Assert.Equal(world[0].Keeper.Epoch.ToString(), report.Epoch);
        Assert.Contains($"give this order again, for {before}", report.Summary, StringComparison.Ordinal);
        Assert.Equal(["n2", "n3"], report.NotTold);
    });

    private static TopologyDesk Of(KeeperWorld world, int node) => new(world[node].Keeper, world.Setup with { Self = world[node].Id });
}
