using Toystore.Core.Membership;
using Toystore.Node.Peers;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Node.Membership;

/// <summary>Whole nodes in a simulated world, of which everything but time and wires is production code.</summary>
public sealed class MembershipWorldTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Nodes_that_start_hold_one_another_alive() => Run(3, async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        Assert.All(world.Nodes, node => Assert.All(world.Nodes, other => Assert.Equal(MemberState.Alive, StateOf(node, other))));
    });

    [Fact]
    public void One_that_is_killed_is_held_dead_and_costs_no_time_and_comes_back() => Run(5, async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        var (asker, victim) = (world.Nodes[0], world.Nodes[4]);
        victim.Kill(powerLoss: true);
        await world.Loop.PassAsync(40 * Second);
        Assert.Equal(MemberState.Dead, StateOf(asker, victim));
        var before = world.Loop.Now;
        var reply = await asker.Life!.RunAsync(async () => await asker.Engine!.Peers.CallAsync(
            victim.Id, asker.Engine.Snapshot.Epoch, new PeerRequest.ReadDigest("k"), Toystore.Node.Deadline.After(Second, asker.Clock), CancellationToken.None), null!);
        Assert.IsType<PeerReply.Unreachable>(reply);
        Assert.Equal(before, world.Loop.Now);
        Assert.Equal(PeerState.Refusing, asker.Engine!.Peers.Health(victim.Id).State);

        await victim.StartAsync();
        await world.Loop.PassAsync(5 * Second);
        Assert.All(world.Nodes, node => Assert.All(world.Nodes, other => Assert.Equal(MemberState.Alive, StateOf(node, other))));
    });

    [Fact]
    public void One_that_has_started_again_is_reached_at_once() => Run(3, async world =>
    {
        var (asker, other) = (world.Nodes[0], world.Nodes[2]);
        await world.Loop.PassAsync(5 * Second);
        other.Kill(powerLoss: false);
        await world.Loop.PassAsync(40 * Second);
        await other.StartAsync();
        var reply = await asker.Life!.RunAsync(async () => await asker.Engine!.Peers.CallAsync(
            other.Id, asker.Engine.Snapshot.Epoch, new PeerRequest.ReadDigest("k"), Toystore.Node.Deadline.After(Second, asker.Clock), CancellationToken.None), null!);
        Assert.IsType<PeerReply.HeldDigest>(reply);
    });

    [Fact]
    public void One_that_stops_says_goodbye_and_is_never_suspected() => Run(3, async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        await world.Nodes[2].StopAsync();
        Assert.All(world.Nodes.Take(2), node => Assert.Equal(MemberState.Left, StateOf(node, world.Nodes[2])));
        await world.Nodes[2].StartAsync();
        await world.Loop.PassAsync(5 * Second);
        Assert.All(world.Nodes, node => Assert.Equal(MemberState.Alive, StateOf(node, world.Nodes[2])));
    });

    [Fact]
    public void Halves_that_were_apart_for_an_hour_are_one_within_a_minute() => Run(5, async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        Cut(world, true);
        await world.Loop.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(MemberState.Dead, StateOf(world.Nodes[0], world.Nodes[4]));
        Assert.Equal(MemberState.Dead, StateOf(world.Nodes[4], world.Nodes[0]));
        Cut(world, false);
        await world.Loop.PassAsync(60 * Second);
        Assert.All(world.Nodes, node => Assert.All(world.Nodes, other => Assert.Equal(MemberState.Alive, StateOf(node, other))));
    });

    [Fact]
    public void An_incarnation_is_above_those_before_also_on_an_empty_disk() => Run(3, async world =>
    {
        var node = world.Nodes[1];
        var highest = default(Incarnation);
        for (var life = 0; life < 6; life++)
        {
            await world.Loop.PassAsync(Second);
            var (incarnation, isReserved) = node.Engine!.Membership!.Own!.Value;
            Assert.True(incarnation > highest && isReserved, $"life {life}: {incarnation} after {highest}");
            highest = incarnation;
            node.Kill(powerLoss: true);
            if (life == 3)
            {
                node.Wipe();
            }

            await node.StartAsync();
        }
    });

    [Fact]
    public void Status_says_what_is_held_of_each_member_and_who_says_so() => Run(3, async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        world.Nodes[2].Kill(powerLoss: false);
        await world.Loop.PassAsync(40 * Second);
        var status = await world.Nodes[0].Life!.RunAsync(async () => await world.Nodes[0].Engine!.View.StatusAsync(), null!);
        Assert.Equal(["alive", "alive", "dead"], status.Members.Select(member => member.Membership!.State));
        Assert.Contains(status.Members[2].Membership!.By, (string[])["n1", "n2"]);
        Assert.InRange(status.Members[2].Membership!.ForSeconds, 0, 40);
        Assert.Null(status.Members[1].Membership!.By);
    });

    [Fact]
    public void A_node_whose_disk_hangs_serves_before_its_membership_has_begun() => Run(3, async world =>
    {
        var node = world.Nodes[0];
        node.Kill(powerLoss: false);
        node.Conditions.WritesHang = true;
        await node.StartAsync();
        await world.Loop.PassAsync(Second);
        Assert.True(node.IsUp);
        Assert.Null(node.Engine!.Membership!.View);
        node.Conditions.WritesHang = false;
        await world.Loop.PassAsync(5 * Second);
        Assert.Equal(MemberState.Alive, StateOf(world.Nodes[1], node));
        Assert.Equal(MemberState.Alive, StateOf(node, world.Nodes[1]));
    });

    private static MemberState? StateOf(SimulatedNode node, SimulatedNode other) =>
        node.Engine!.Membership!.View!.Members.FirstOrDefault(member => member.Node == other.Id)?.State;

    private static void Cut(World world, bool isCut)
    {
        foreach (var wire in world.Network.Wires.Where(wire => (wire.From.Value <= 2) != (wire.To.Value <= 2)))
        {
            wire.IsCut = isCut;
        }
    }

    private static void Run(int members, Func<World, Task> scenario)
    {
        var world = new World(1, new Shape { Members = members });
        world.Loop.Run(async () =>
        {
            await world.StartAllAsync();
            await scenario(world);
        });
        Assert.Null(world.Violations.First);
    }
}
