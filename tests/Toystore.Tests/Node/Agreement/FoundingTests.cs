using Toystore.Core.Placement;
using Toystore.Node.Agreement;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Agreement;

public sealed class FoundingTests
{
    [Fact]
    public void A_node_alone_founds_its_cluster_at_once() => KeeperWorld.Run(1, async world =>
    {
        await world.StartAsync(0);
        await Pump.SettleAsync();
        Assert.True(world[0].HasTopology);
        Assert.Equal(world.Setup.Topology.Epoch, world[0].Keeper.Epoch);
    });

    [Fact]
    public void Nodes_that_start_together_found_one_cluster_whose_acceptors_they_are() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAllAsync();
        await world.PassAsync(2000);
        Assert.All(world.Nodes, node => Assert.True(node.HasTopology));
        var first = world[0].Keeper.Newest!;
        Assert.All(world.Nodes, node => Assert.Equal(first, node.Keeper.Newest));
        Assert.Equal(world.Nodes.Select(node => node.Keeper.Acceptor.Name), first.Acceptors.ToArray());
        Assert.Equal(1UL, first.Epoch.Number);
    });

    [Fact]
    public void A_minority_founds_nothing_and_says_who_is_missing() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAsync(0);
        await world.PassAsync(60_000);
        Assert.False(world[0].HasTopology);
        Assert.Contains("n2, n3 cannot be reached", world[0].Keeper.Problem, StringComparison.Ordinal);
        Assert.Contains(world[0].Log.Lines, line => line.Text.Contains("n2, n3 cannot be reached", StringComparison.Ordinal));
    });

    [Fact]
    public void A_majority_founds_the_cluster_and_who_comes_later_decides_from_then_on() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAsync(1);
        await world.StartAsync(2);
        await world.PassAsync(5000);
        Assert.True(world[1].HasTopology);
        Assert.Equal(1, world[1].Keeper.Newest!.Acceptors.Length);
        await world.StartAsync(0);
        await world.PassAsync(5000);
        Assert.True(world[0].HasTopology);
        Assert.All(world.Nodes, node => Assert.Equal(world[0].Keeper.Newest, node.Keeper.Newest));
        Assert.Equal(world.Nodes.Select(node => node.Keeper.Acceptor.Name), world[0].Keeper.Newest!.Acceptors.ToArray());
    });

    [Fact]
    public void Two_halves_of_a_list_that_cannot_reach_each_other_found_one_cluster_at_most() => KeeperWorld.Run(5, async world =>
    {
        foreach (var (one, other) in new[] { (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4) })
        {
            world.Cut(one, other);
        }

        await world.StartAllAsync();
        await world.PassAsync(10_000);
        Assert.Equal([false, false, true, true, true], world.Nodes.Select(node => node.HasTopology));
        world.Heal();
        await world.PassAsync(10_000);
        Assert.All(world.Nodes, node => Assert.Equal(world[2].Keeper.Newest, node.Keeper.Newest));
    });

    [Fact]
    public void Another_founds_it_where_the_first_of_them_dies_before_it_has() => KeeperWorld.Run(3, async world =>
    {
        foreach (var other in new[] { 1, 2 })
        {
            world.Fabric[world[0].Id, world[other].Id].Rule = request => request is Toystore.Node.Peers.PeerRequest.Register ? Passage.Refuse : Passage.Deliver;
        }

        await world.StartAllAsync();
        await world.PassAsync(10_000);
        Assert.All(world.Nodes, node => Assert.True(node.HasTopology));
    });

    [Fact]
    public void A_seed_with_other_options_is_not_let_in_and_says_what_differs() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAsync(0);
        await world.StartAsync(1);
        await world.PassAsync(5000);
        var options = KeeperWorld.Options(3);
        (options.W, options.Members[0].Zone) = (3, "cellar");
        await world.StartAsync(2, KeeperWorld.Read(options));
        await world.PassAsync(10_000);
        Assert.False(world[2].HasTopology);
        Assert.Contains("W is 2 in the cluster and 3 in the options. The zone of n1 is default in the cluster and cellar in the options.", world[2].Keeper.Problem, StringComparison.Ordinal);
    });

    [Fact]
    public void A_list_of_seeds_with_other_options_founds_nothing_with_the_others() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAsync(0);
        var options = KeeperWorld.Options(3);
        options.W = 3;
        await world.StartAsync(1, KeeperWorld.Read(options));
        await world.PassAsync(30_000);
        Assert.False(world[0].HasTopology);
        Assert.False(world[1].HasTopology);
    });

    [Fact]
    public void A_restart_waits_for_nobody() => KeeperWorld.RunFounded(3, async world =>
    {
        var before = world[0].Keeper.Newest;
        for (var node = 0; node < 3; node++)
        {
            world.Crash(node);
        }

        await world.StartAsync(0);
        await Pump.SettleAsync();
        Assert.True(world[0].HasTopology);
        Assert.Equal(before, world[0].Keeper.Newest);
    });

    [Fact]
    public void Options_that_all_members_are_started_with_anew_are_put_in_force() => KeeperWorld.RunFounded(3, async world =>
    {
        var options = KeeperWorld.Options(3);
        (options.R, options.W, options.Members[1].Http) = (1, 3, "127.0.0.1:80");
        for (var node = 0; node < 3; node++)
        {
            world.Crash(node);
            await world.StartAsync(node, KeeperWorld.Read(options));
        }

        await world.PassAsync(20_000);
        Assert.All(world.Nodes, node => Assert.Equal(new Quorums(3, 1, 3), node.Keeper.Edition!.Topology.Quorums));
        Assert.Equal(2UL, world[0].Keeper.Epoch.Number);
        Assert.Equal(
            "Options that all members have. R is 1 now and 2 before. W is 3 now and 2 before. The HTTP address of n2 is 127.0.0.1:80 now and not set before.",
            world[0].Keeper.Edition!.Notes[^1].What);
    });

    [Fact]
    public void Options_of_some_members_are_not_put_in_force() => KeeperWorld.RunFounded(3, async world =>
    {
        var options = KeeperWorld.Options(3);
        options.R = 1;
        for (var node = 0; node < 2; node++)
        {
            world.Crash(node);
            await world.StartAsync(node, KeeperWorld.Read(options));
        }

        await world.PassAsync(20_000);
        Assert.Equal(1UL, world[0].Keeper.Epoch.Number);
    });

    [Fact]
    public void Options_that_would_move_copies_are_not_put_in_force() => KeeperWorld.RunFounded(3, async world =>
    {
        var options = KeeperWorld.Options(3);
        options.Members[1].Weight = 2;
        for (var node = 0; node < 3; node++)
        {
            world.Crash(node);
            await world.StartAsync(node, KeeperWorld.Read(options));
        }

        await world.PassAsync(20_000);
        Assert.Equal(1UL, world[0].Keeper.Epoch.Number);
    });

    [Fact]
    public void What_was_changed_since_is_not_taken_back_by_options_that_stayed_as_they_were() => KeeperWorld.RunFounded(3, async world =>
    {
        var options = KeeperWorld.Options(3);
        options.R = 1;
        var changed = KeeperWorld.Read(options).Topology;
        await world[0].Keeper.ChangeAsync("R is 1.", edition => edition.Topology.Quorums.Reads == 1 ? TopologyVerdict.Settled.Instance : new TopologyVerdict.Next(changed), CancellationToken.None);
        for (var node = 0; node < 3; node++)
        {
            world.Crash(node);
            await world.StartAsync(node);
        }

        await world.PassAsync(20_000);
        Assert.All(world.Nodes, node => Assert.Equal(1, node.Keeper.Edition!.Topology.Quorums.Reads));
        Assert.DoesNotContain(world[0].Log.Lines, line => line.Text.Contains("in the options", StringComparison.Ordinal));
    });

    [Fact]
    public void Options_that_were_changed_later_are_said_to_count_for_nothing() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(0);
        var options = KeeperWorld.Options(3);
        options.R = 3;
        await world.StartAsync(0, KeeperWorld.Read(options));
        await Pump.SettleAsync();
        Assert.Equal(2, (await world[0].Keeper.First).Quorums.Reads);
        Assert.Contains(world[0].Log.Lines, line => line.Text.Contains("R is 2 in the cluster and 3 in the options.", StringComparison.Ordinal));
    });
}
