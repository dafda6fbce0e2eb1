using Toystore.Node;
using Toystore.Node.Agreement;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Agreement;

public sealed class TopologyKeeperTests
{
    [Fact]
    public void A_change_that_is_made_is_on_a_majority_of_disks_when_it_is_said_to_hold() => KeeperWorld.RunFounded(3, async world =>
    {
        var outcome = await world.ChangeAsync(1, "A change.");
        Assert.Null(outcome.Problem);
        var states = new[] { await world.OnDiskAsync(0), await world.OnDiskAsync(1), await world.OnDiskAsync(2) };
        Assert.True(states.Count(state => state.Newest!.Epoch.Number == 2) >= 2);
    });

    [Fact]
    public void A_change_is_told_to_all_members() => KeeperWorld.RunFounded(7, async world =>
    {
        await world.ChangeAsync(3, "A change.");
        await world.PassAsync(100);
        Assert.All(world.Nodes, node => Assert.Equal(2UL, node.Keeper.Epoch.Number));
        Assert.All(world.Nodes, node => Assert.Equal([2UL], node.Heard.Select(topology => topology.Epoch.Number)));
    });

    [Fact]
    public void A_member_that_was_away_hears_of_it_when_it_is_back() => KeeperWorld.RunFounded(5, async world =>
    {
        world.Crash(4);
        await world.ChangeAsync(0, "A change.");
        await world.ChangeAsync(1, "Another.");
        await world.StartAsync(4);
        await world.PassAsync(20_000);
        Assert.Equal(3UL, world[4].Keeper.Epoch.Number);
        Assert.Equal(["A change.", "Another."], world[4].Keeper.Edition!.Notes.Skip(1).Select(note => note.What));
    });

    [Fact]
    public void A_request_under_a_later_epoch_makes_a_node_ask_who_sent_it() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Cut(0, 2);
        world.Cut(1, 2);
        await world.ChangeAsync(0, "A change.");
        world.Heal();
        await world[0].Network.CallAsync(world[2].Id, world[0].Keeper.Epoch, new PeerRequest.ReadDigest("key"), Deadline.After(TimeSpan.FromSeconds(1), world.Time), CancellationToken.None);
        await Pump.SettleAsync();
        Assert.Equal(2UL, world[2].Keeper.Epoch.Number);
    });

    [Fact]
    public void Changes_of_several_nodes_at_once_all_hold() => KeeperWorld.RunFounded(5, async world =>
    {
        var changes = Enumerable.Range(0, 5).Select(node => world[node].Keeper.ChangeAsync($"By {node}.", edition => new TopologyVerdict.Next(edition.Topology), CancellationToken.None)).ToList();
        foreach (var change in changes)
        {
            Assert.Null((await change).Problem);
        }

        await world.PassAsync(20_000);
        Assert.All(world.Nodes, node => Assert.Equal(world[0].Keeper.Newest, node.Keeper.Newest));
        Assert.Equal(["By 0.", "By 1.", "By 2.", "By 3.", "By 4."], world[0].Keeper.Edition!.Notes.Skip(1).Select(note => note.What).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void A_change_that_does_not_want_to_be_made_says_why() => KeeperWorld.RunFounded(3, async world =>
        Assert.Equal("It is too late.", (await world[0].Keeper.ChangeAsync("A change.", _ => new TopologyVerdict.Refuse("It is too late."), CancellationToken.None)).Problem));

    [Fact]
    public void Nothing_is_changed_without_a_majority_of_the_acceptors() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(1);
        world.Crash(2);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), world.Time);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world[0].Keeper.ChangeAsync("A change.", edition => new TopologyVerdict.Next(edition.Topology), patience.Token));
        Assert.Equal(1UL, world[0].Keeper.Epoch.Number);
    });

    [Fact]
    public void Nobody_goes_by_what_is_not_on_the_disk() => KeeperWorld.RunFounded(3, async world =>
    {
        world[2].Store.Rule = _ => StoreWrite.Full;
        await world.ChangeAsync(0, "A change.");
        await world.PassAsync(10_000);
        Assert.Equal(1UL, world[2].Keeper.Epoch.Number);
        Assert.Empty(world[2].Heard);
        world[2].Store.Rule = _ => StoreWrite.Done;
        await world.PassAsync(20_000);
        Assert.Equal(2UL, world[2].Keeper.Epoch.Number);
    });

    [Fact]
    public void An_emptied_disk_goes_by_nothing_before_a_majority_of_the_acceptors_has_decided_after_what_it_may_have_known() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(2);
        world.Cut(1, 2);
        world.Cut(0, 1);
        await world.StartEmptiedAsync(2);
        await world.PassAsync(30_000);
        Assert.NotNull(world[2].Keeper.Newest);
        Assert.False(world[2].HasTopology);
        world.Heal();
        await world.PassAsync(30_000);
        Assert.True(world[2].HasTopology);
        Assert.Equal(2UL, world[2].Keeper.Epoch.Number);
    });

    [Fact]
    public void An_acceptor_whose_disk_was_emptied_is_named_by_its_new_one() => KeeperWorld.RunFounded(3, async world =>
    {
        var before = world[1].Keeper.Acceptor.Name;
        world.Crash(1);
        await world.StartEmptiedAsync(1);
        await world.PassAsync(5000);
        Assert.NotEqual(before, world[1].Keeper.Acceptor.Name);
        Assert.True(world[0].Keeper.Newest!.Names(world[1].Keeper.Acceptor.Name));
        Assert.False(world[0].Keeper.Newest!.Names(before));
    });

    [Fact]
    public void An_emptied_disk_does_not_found_its_cluster_again() => KeeperWorld.RunFounded(3, async world =>
    {
        var founded = world[0].Keeper.Newest!;
        world.Crash(1);
        world.Crash(2);
        await world.StartEmptiedAsync(1);
        await world.PassAsync(30_000);
        Assert.False(world[1].HasTopology);
        Assert.Equal(founded, world[1].Keeper.Newest);
    });

    [Fact]
    public void Where_the_only_acceptor_loses_its_disk_it_goes_by_what_all_others_have() => KeeperWorld.RunFounded(2, async world =>
    {
        Assert.Equal([world[0].Id], world[0].Keeper.Newest!.Acceptors.ToArray().Select(name => name.Node));
        world.Crash(0);
        await world.StartEmptiedAsync(0);
        await world.PassAsync(30_000);
        Assert.True(world[0].HasTopology);
        Assert.Equal(world[1].Keeper.Newest, world[0].Keeper.Newest);
        Assert.Contains(world[0].Log.Lines, line => line.Text.Contains("toystore topology force", StringComparison.Ordinal));
    });

    [Fact]
    public void A_disk_in_doubt_has_its_new_id_named() => KeeperWorld.RunFounded(3, async world =>
    {
        world.Crash(1);
        await world.StartAsync(1);
        await world.PassAsync(100);
        Assert.True(await world[1].Keeper.DoubtAsync("others remember more"));
        await world.PassAsync(20_000);
        Assert.False(world[1].Keeper.Acceptor.MustRead);
        Assert.True(world[0].Keeper.Newest!.Names(world[1].Keeper.Acceptor.Name));
    });

    [Fact]
    public void A_message_that_makes_no_sense_is_answered_with_a_failure() => KeeperWorld.RunFounded(3, async world =>
        Assert.IsType<PeerReply.Failed>(await world[0].Network.CallAsync(world[1].Id, default, new PeerRequest.Register(new byte[] { 250, 1 }), Deadline.After(TimeSpan.FromSeconds(1), world.Time), CancellationToken.None)));

    [Fact]
    public void Before_there_is_a_topology_everything_else_is_refused_as_not_done() => KeeperWorld.Run(3, async world =>
    {
        await world.StartAsync(0);
        await world.StartAsync(1);
        Assert.IsType<PeerReply.Overloaded>(await world[0].Network.CallAsync(world[1].Id, default, new PeerRequest.ReadDigest("key"), Deadline.After(TimeSpan.FromSeconds(1), world.Time), CancellationToken.None));
    });
}
