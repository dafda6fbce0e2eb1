using Toystore.Core.Membership;
using Toystore.Node.Peers;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Node.Membership;

/// <summary>What a dead member costs the requests of those who are left: counted call by call, in virtual time, whole nodes over simulated wires.</summary>
public sealed class SteeringWorldTests
{
    private const int Rounds = 400;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_killed_node_costs_each_request_one_time_out_at_most_and_soon_none(bool losesPower) => Run(async world =>
    {
        var (victim, survivors) = (world.Nodes[2], world.Nodes.Where((_, i) => i != 2).ToList());
        for (var round = 0; round < 20; round++)
        {
            await AskAsync(world, survivors[round % 4], round);
        }

        Assert.All(survivors, node => Assert.NotEqual(0, Evidence(node, victim).Asked));
        victim.Kill(losesPower);
        var (atKill, askedAtKill) = (survivors.Sum(node => Lost(node, victim)), survivors.Sum(node => Evidence(node, victim).Asked));
        var (roundsDead, unknown) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var held = survivors.ConvertAll(node => StateOf(node, victim));
            var before = survivors.ConvertAll(node => Evidence(node, victim));
            var isKnown = await AskAsync(world, survivors[round % 4], 100 + round);
            var after = survivors.ConvertAll(node => Evidence(node, victim));
            // What was handed to the dead node to coordinate, before its asker knew, may have happened: that is what the client is told.
            Assert.True(isKnown || (held[round % 4] != MemberState.Dead && after[round % 4].Asked > before[round % 4].Asked));
            unknown += isKnown ? 0 : 1;
            for (var i = 0; i < survivors.Count; i++)
            {
                // A put and a get: the one may send to the dead what it is to store, the other ask it for what it has.
                var calls = after[i].Asked - before[i].Asked;
                Assert.InRange(calls, 0, held[i] == MemberState.Dead ? 0 : 2);
            }

            roundsDead += held.TrueForAll(state => state == MemberState.Dead) ? 1 : 0;
            await world.Loop.PassAsync(Pause);
        }

        Assert.InRange(roundsDead, 50, Rounds);
        var lost = survivors.Sum(node => Lost(node, victim)) - atKill;
        Assert.InRange(lost, 0, survivors.Sum(node => Evidence(node, victim).Asked) - askedAtKill);
        Assert.All(survivors, node => Assert.NotEqual(0, Evidence(node, victim).Withheld));
        Assert.InRange(unknown, 0, survivors.Count * world.PeerOptions.SuspectAfter);
        Assert.True(!losesPower || lost > 0, "Without a word from the dead machine somebody has to wait in vain.");
    });

    [Fact]
    public void Status_tells_what_the_way_to_a_member_has_cost() => Run(async world =>
    {
        world.Nodes[4].Kill(powerLoss: true);
        for (var round = 0; round < 20; round++)
        {
            await AskAsync(world, world.Nodes[0], round);
        }

        await world.Loop.PassAsync(TimeSpan.FromSeconds(40));
        await AskAsync(world, world.Nodes[0], 0);
        var evidence = Evidence(world.Nodes[0], world.Nodes[4]);
        var status = await StatusAsync(world.Nodes[0]);
        Assert.Null(status.Members[0].Link);
        Assert.Equal(("refusing", evidence.TimedOut, evidence.Broken, evidence.Withheld), (status.Members[4].Link!.State, status.Members[4].Link!.TimedOut, status.Members[4].Link!.Broken, status.Members[4].Link!.Withheld));
        Assert.Equal("up", status.Members[1].Link!.State);
        Assert.InRange(status.Members[1].Link!.Answered, 1, status.Members[1].Link!.Asked);
    });

    [Fact]
    public void Status_tells_who_holds_something_else_of_a_member() => Run(async world =>
    {
        var told = Assert.Single((await StatusAsync(world.Nodes[0])).Members.Select(member => member.Membership!.Views! with { Differing = [] }).Distinct());
        Assert.Equal((4, 0, 0, 0, 0), (told.Alive, told.Suspect, told.Dead, told.Left, told.Unknown));

        world.Nodes[4].Kill(powerLoss: false);
        var hasDiffered = false;
        for (var i = 0; i < 500 && StateOf(world.Nodes[0], world.Nodes[4]) != MemberState.Dead; i++)
        {
            await world.Loop.PassAsync(TimeSpan.FromMilliseconds(20));
            var held = (await StatusAsync(world.Nodes[0])).Members[4].Membership!;
            var (views, all) = (held.Views!, world.Nodes.Take(4).ToDictionary(node => node.Id.ToString(), node => StateOf(node, world.Nodes[4])!.Value.ToString().ToLowerInvariant()));
            Assert.Equal((all.Values.Count(state => state == "alive"), all.Values.Count(state => state == "suspect"), all.Values.Count(state => state == "dead")), (views.Alive, views.Suspect, views.Dead));
            Assert.Equal(all.Where(each => each.Value != held.State).Select(each => (each.Key, each.Value)), views.Differing.Select(view => (view.Id, view.State)));
            hasDiffered |= views.Differing.Count > 0;
        }

        Assert.True(hasDiffered);
    });

    // False if the write may or may not have happened.
    private static async Task<bool> AskAsync(World world, SimulatedNode node, int round)
    {
        var key = $"key {round}";
        var written = await world.AskAsync(node.Index, store => store.PutAsync(key, new Value(new byte[] { 1 })), null!);
        var read = await world.AskAsync(node.Index, store => store.GetAsync(key), null!);
        Assert.True(written is WriteOutcome.Done or WriteOutcome.Unknown, $"{written}");
        Assert.True(read is ReadOutcome.Found || (read is ReadOutcome.NotFound && written is WriteOutcome.Unknown), $"{read}");
        return written is WriteOutcome.Done;
    }

    private static Task<ClusterStatus> StatusAsync(SimulatedNode node) => node.Life!.RunAsync(async () => await node.Engine!.View.StatusAsync(), null!);

    private static PeerEvidence Evidence(SimulatedNode node, SimulatedNode other) => node.Engine!.Peers.Evidence(other.Id);

    private static long Lost(SimulatedNode node, SimulatedNode other) => Evidence(node, other) is var evidence ? evidence.TimedOut + evidence.Broken : 0;

    private static MemberState? StateOf(SimulatedNode node, SimulatedNode other) => node.Engine!.Membership!.VerdictOf(other.Id)?.State;

    private static void Run(Func<World, Task> scenario)
    {
        var world = new World(1, new Shape { Members = 5 });
        world.Loop.Run(async () =>
        {
            await world.StartAllAsync();
            await world.Loop.PassAsync(TimeSpan.FromSeconds(5));
            await scenario(world);
        });
    }
}
