using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class LocalHealthTests
{
    [Fact]
    public void Helpers_that_say_nothing_make_it_worse_by_one_each()
    {
        var scene = new Scene(members: 8);
        scene.Ping();
        scene.NextPeriod();
        Assert.Equal(3, scene.Swim.LocalHealth);
    }

    [Fact]
    public void A_failure_that_all_helpers_confirm_is_not_ones_own_fault()
    {
        var scene = new Scene(members: 8);
        var (_, sequence) = scene.Ping();
        scene.Advance(Seconds(0.5));
        foreach (var asked in scene.Sent.Where(sent => sent.Has(SwimMessageKind.PingRequest)).ToList())
        {
            scene.Receive(asked.ToNode, Say.Nack(sequence));
            scene.Receive(asked.ToNode, Say.Nack(sequence));
        }

        scene.NextPeriod();
        Assert.Equal(0, scene.Swim.LocalHealth);
    }

    [Fact]
    public void A_failure_without_helpers_makes_it_worse_by_one()
    {
        var scene = new Scene(members: 2);
        scene.Ping();
        scene.NextPeriod();
        Assert.Equal(1, scene.Swim.LocalHealth);
    }

    [Fact]
    public void An_answer_makes_it_better_by_one()
    {
        var scene = new Scene(members: 2);
        scene.Receive(2, Say.Suspect(1, by: 2));
        Assert.Equal(1, scene.Swim.LocalHealth);
        var (target, sequence) = scene.Ping();
        scene.Receive(target, Say.Ack(sequence));
        Assert.Equal(0, scene.Swim.LocalHealth);
    }

    /// <summary>Trap 9: the paper scales both.</summary>
    [Fact]
    public void It_stretches_both_the_interval_and_the_time_out_of_the_next_probe()
    {
        var scene = new Scene(members: 8);
        scene.Receive(2, Say.Suspect(1, by: 2));
        scene.NextPeriod();
        scene.Forget();
        scene.Advance(Seconds(0.599));
        Assert.Empty(scene.TcpPings);
        scene.Advance(Seconds(0.001));
        Assert.Single(scene.TcpPings);
        scene.Advance(Seconds(1.399));
        Assert.DoesNotContain(scene.Sent, sent => sent.Has(SwimMessageKind.Ping));
        scene.Advance(Seconds(0.001));
        Assert.Contains(scene.Sent, sent => sent.Has(SwimMessageKind.Ping));
    }

    [Fact]
    public void It_stays_between_nought_and_its_maximum()
    {
        var health = new LocalHealth(8);
        health.Add(-1);
        Assert.Equal((0, 1), (health.Score, health.Scale));
        health.Add(100);
        Assert.Equal((8, 9), (health.Score, health.Scale));
    }

    [Fact]
    public void Time_in_which_it_did_not_run_counts_for_no_deadline()
    {
        var scene = new Scene(members: 5);
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.NextPeriod();
        var (target, _) = scene.LastPing();
        scene.Sleep(Seconds(60));
        scene.Advance(Seconds(0));
        Assert.NotEqual(MemberState.Dead, scene.State(3));
        Assert.NotEqual(MemberState.Suspect, scene.State(target == 3 ? 4 : target));
        scene.Receive(3, Say.Alive(3, Say.Boot + 1));
        Assert.Equal(MemberState.Alive, scene.State(3));
        Assert.Equal(1, scene.Swim.LocalHealth);
    }
}
