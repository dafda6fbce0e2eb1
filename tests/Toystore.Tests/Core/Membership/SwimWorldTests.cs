using Toystore.Core.Membership;
using Toystore.Simulation.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

/// <summary>Many members together, in virtual time. The same with more of them, and the figures: the simulation's <c>--swim</c>.</summary>
public sealed class SwimWorldTests
{
    /// <summary>SWIM §3.1: e / (e - 1) periods for large n; with ten members, each of nine in nine periods, 1.49.</summary>
    [Theory]
    [InlineData(10, 1.49)]
    [InlineData(100, 1.57)]
    public void A_crash_is_first_noticed_after_one_and_a_half_periods(int members, double periods) =>
        Assert.InRange(SwimMeasures.Detection(1, members, trials: 500).Mean, periods - 0.1, periods + 0.1);

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public void At_rest_a_member_sends_a_ping_and_an_ack_in_each_period(int members) => Assert.InRange(SwimMeasures.Rest(1, members, periods: 20).Packets, 1.95, 2.2);

    [Fact]
    public void All_learn_of_a_death_in_twice_the_logarithm_of_gossip_intervals() => Assert.InRange(SwimMeasures.Spread(1, members: 40, trials: 9).Median, 0, 2 * Math.Log2(40));

    [Fact]
    public void Lifeguard_keeps_slow_members_from_having_healthy_ones_held_dead()
    {
        var trouble = new SwimTrouble { Members = 40, SlowMembers = 8, Span = TimeSpan.FromMinutes(3) };
        var plain = SwimMeasures.FalseDeaths(1, SwimMeasures.Plain, trouble).Healthy;
        var guarded = SwimMeasures.FalseDeaths(1, SwimOptions.Lan, trouble).Healthy;
        Assert.True(plain >= 100, $"plain: {plain}");
        Assert.True(guarded < plain * 0.05, $"{guarded} of {plain}");
    }

    [Fact]
    public void Many_that_join_at_once_through_one_seed_all_find_each_other()
    {
        var (full, packetsMax, _) = SwimMeasures.JoinStorm(1, members: 100, Seconds(1));
        Assert.InRange(full, Seconds(1), Seconds(10));
        Assert.InRange(packetsMax, 1, 100);
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 3, false)]
    [InlineData(3, 10, true)]
    [InlineData(4, 21, false)]
    [InlineData(5, 40, true)]
    [InlineData(6, 30, true)]
    [InlineData(7, 100, true)]
    public void Two_halves_grow_together_after_an_hour(ulong seed, int members, bool isOpen) =>
        Assert.InRange(SwimMeasures.Split(seed, members, TimeSpan.FromHours(1), isOpen), Seconds(0), Seconds(60));

    [Fact]
    public void A_cluster_that_was_stopped_whole_is_one_again_whoever_starts_and_although_the_seed_does_not()
    {
        var world = new SwimWorld(3, SwimOptions.Lan);
        world.Found(8);
        world.Run(Seconds(20));
        var disks = world.Members.ConvertAll(member => member.Swim!.Save());
        world.Members.ForEach(SwimWorld.Crash);
        world.Run(TimeSpan.FromDays(1));
        for (var i = 7; i > 0; i--)
        {
            world.Start(world.Members[i], [0], disks[i]);
            world.Run(Seconds(40));
        }

        Assert.True(world.RunUntil(() => world.Members.Skip(1).All(member => member.Swim!.LiveCount == 7 && member.Swim.DeadCount == 1), Seconds(60)));
    }

    [Fact]
    public void Two_that_were_founded_apart_become_one_when_the_seed_comes()
    {
        var world = new SwimWorld(4, SwimOptions.Lan);
        for (var i = 0; i < 6; i++)
        {
            world.Add().Side = i % 2;
        }

        world.Members.ForEach(member => world.Start(member, [0, 1]));
        world.Run(TimeSpan.FromMinutes(20));
        Assert.All(world.Members, member => Assert.Equal(3, member.Swim!.LiveCount));
        world.Members.ForEach(member => member.Side = 0);
        Assert.True(world.RunUntil(() => world.Members.TrueForAll(member => member.Swim!.LiveCount == 6), Seconds(60)));
    }

    [Fact]
    public void A_member_that_did_not_run_for_20_s_is_suspected_and_refutes_and_holds_nobody_dead()
    {
        var world = new SwimWorld(5, SwimOptions.Lan);
        var events = new List<(int Member, SwimEvent What)>();
        world.Reported = (member, what) => events.Add((member, what));
        world.Found(10);
        world.Run(Seconds(20));
        events.Clear();
        world.Pause(world.Members[3], Seconds(20));
        world.Run(Seconds(60));
        Assert.Contains(events, e => e.What is SwimEvent.Suspected suspected && suspected.Node == SwimWorld.IdOf(3));
        Assert.Contains(events, e => e.Member == 3 && e.What is SwimEvent.Accused);
        Assert.DoesNotContain(events, e => e.Member == 3 && e.What is SwimEvent.Died);
        Assert.All(world.Members, member => Assert.Equal(10, member.Swim!.LiveCount));
    }

    [Fact]
    public void A_member_restarted_with_its_number_lost_is_held_alive_again()
    {
        var world = new SwimWorld(6, SwimOptions.Lan);
        world.Found(10);
        world.Members[4].Boot = 40;
        world.Run(Seconds(5));
        SwimWorld.Crash(world.Members[4]);
        world.Start(world.Members[4], [0]);
        world.Run(Seconds(60));
        SwimWorld.Crash(world.Members[4]);
        world.Members[4].Boot = 0;
        world.Run(TimeSpan.FromMinutes(2));
        Assert.All(world.Members.Where(member => member.Number != 4), member => Assert.Equal(1, member.Swim!.DeadCount));
        world.Start(world.Members[4], [0]);
        Assert.True(world.RunUntil(() => world.Members.TrueForAll(member => member.Swim!.LiveCount == 10), Seconds(20)));
        Assert.Equal(41u, world.Members[4].Swim!.Incarnation.Boot);
    }

    [Fact]
    public void Without_connections_packets_alone_keep_a_cluster_together()
    {
        var world = new SwimWorld(7, SwimOptions.Lan) { Loss = 0.1 };
        world.Found(12);
        world.HasConnections = false;
        world.Run(TimeSpan.FromMinutes(10));
        Assert.All(world.Members, member => Assert.Equal(12, member.Swim!.LiveCount));
    }

    [Fact]
    public void A_goodbye_reaches_everybody_and_nobody_suspects()
    {
        var world = new SwimWorld(8, SwimOptions.Lan);
        world.Found(30);
        world.Run(Seconds(20));
        var suspicions = 0;
        world.Reported = (_, what) => suspicions += what is SwimEvent.Suspected ? 1 : 0;
        var leaver = world.Members[5];
        leaver.Swim!.Leave(world.Now);
        world.Carry(leaver, new SwimEffects());
        Assert.True(world.RunUntil(() => leaver.Swim.IsFarewellTold, Seconds(10)));
        SwimWorld.Crash(leaver);
        world.Run(Seconds(20));
        Assert.Equal(0, suspicions);
        Assert.All(world.Members.Where(member => member != leaver), member => Assert.Equal(29, member.Swim!.LiveCount));
    }

    [Fact]
    public void The_same_seed_runs_the_same_way()
    {
        static List<string> Run()
        {
            var events = new List<string>();
            var world = new SwimWorld(9, SwimOptions.Lan) { Loss = 0.2 };
            world.Reported = (member, what) => events.Add($"{world.Now.Ticks} {member} {what}");
            world.Found(15);
            SwimWorld.Crash(world.Members[2]);
            world.Run(TimeSpan.FromMinutes(2));
            return events;
        }

        Assert.Equal(Run(), Run());
    }
}
