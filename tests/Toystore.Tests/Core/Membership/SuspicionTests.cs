using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class SuspicionTests
{
    [Theory] // worked by hand: max - (max - min) · ln(C + 1) / ln(K + 1)
    [InlineData(3, 0, 48.0)]
    [InlineData(3, 1, 28.0)]
    [InlineData(3, 2, 16.300)]
    [InlineData(3, 3, 8.0)]
    [InlineData(3, 9, 8.0)]
    [InlineData(1, 0, 48.0)]
    [InlineData(1, 1, 8.0)]
    [InlineData(0, 0, 8.0)]
    public void The_time_given_shrinks_with_each_confirmation(int enough, int confirmations, double seconds) =>
        Assert.Equal(seconds, Suspicion.TimeGiven(Seconds(8), Seconds(48), enough, confirmations).TotalSeconds, 0.01);

    [Theory]
    [InlineData(1, 4.0)]
    [InlineData(10, 4.0)]
    [InlineData(30, 5.908)]
    [InlineData(100, 8.0)]
    [InlineData(1000, 12.0)]
    public void The_shortest_time_grows_with_the_logarithm_of_the_members(int members, double seconds) =>
        Assert.Equal(seconds, SwimOptions.Lan.SuspicionShortest(members).TotalSeconds, 0.01);

    [Fact]
    public void Nobody_expects_more_confirmations_than_there_are_others() =>
        Assert.Equal([0, 0, 1, 2, 3, 3], new[] { 1, 2, 3, 4, 5, 1000 }.Select(SwimOptions.Lan.ConfirmationsExpected));

    [Fact]
    public void Without_confirmations_a_suspect_has_the_longest_time()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.Advance(Seconds(23.9));
        Assert.Equal(MemberState.Suspect, scene.State(3));
        scene.Advance(Seconds(0.1));
        Assert.Equal(MemberState.Dead, scene.State(3));
        Assert.Contains(scene.Events, e => e is SwimEvent.Died { By.Value: 1 } died && died.Node == Id(3));
    }

    [Fact]
    public void With_three_confirmations_it_has_the_shortest()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.Receive(2, Say.Suspect(3, by: 4));
        scene.Receive(2, Say.Suspect(3, by: 5));
        scene.Receive(2, Say.Suspect(3, by: 6));
        scene.Advance(Seconds(3.9));
        Assert.Equal(MemberState.Suspect, scene.State(3));
        scene.Advance(Seconds(0.1));
        Assert.Equal(MemberState.Dead, scene.State(3));
    }

    [Fact]
    public void A_confirmation_that_comes_when_the_time_it_leaves_is_over_ends_the_suspicion_and_is_no_pause()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.Receive(2, Say.Suspect(3, by: 4));
        scene.Receive(2, Say.Suspect(3, by: 5));
        scene.Advance(Seconds(6));
        var health = scene.Swim.LocalHealth;
        scene.Receive(2, Say.Suspect(3, by: 6));
        scene.Advance(Seconds(0.02));
        var dead = scene.Swim.View.Members.Single(member => member.Node == Id(3));
        Assert.Equal(MemberState.Dead, dead.State);
        Assert.InRange(dead.Since.Ticks, scene.Now.Ticks - Seconds(0.02).Ticks, scene.Now.Ticks);
        Assert.Equal(health, scene.Swim.LocalHealth);
    }

    [Fact]
    public void The_same_accuser_counts_once()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        for (var i = 0; i < 9; i++)
        {
            scene.Receive(4, Say.Suspect(3, by: 2));
        }

        scene.Advance(Seconds(20));
        Assert.Equal(MemberState.Suspect, scene.State(3));
    }

    [Fact]
    public void Each_of_the_first_three_confirmations_is_passed_on_and_no_more()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        for (var by = 4; by <= 9; by++)
        {
            scene.Receive(2, Say.Suspect(3, by));
            scene.Advance(Seconds(0.9));
        }

        Assert.Equal(["suspect n3 1.0 by n4", "suspect n3 1.0 by n5", "suspect n3 1.0 by n6", "suspect n3 1.0 by n7"], scene.Said().Where(text => text.StartsWith("suspect", StringComparison.Ordinal)).Distinct().Order());
    }

    [Fact]
    public void A_suspect_that_refutes_is_alive_again_and_its_time_is_over()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.Receive(2, Say.Alive(3, Say.Boot + 1));
        Assert.Contains(scene.Events, e => e is SwimEvent.Refuted refuted && refuted.Node == Id(3));
        scene.Advance(Seconds(29));
        Assert.Equal(MemberState.Alive, scene.State(3));
    }

    [Fact]
    public void A_new_suspicion_after_a_refutation_has_its_whole_time()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.Advance(Seconds(20));
        scene.Receive(2, Say.Alive(3, Say.Boot + 1));
        scene.Receive(2, Say.Suspect(3, by: 2, Say.Boot + 1));
        scene.Advance(Seconds(20));
        Assert.Equal(MemberState.Suspect, scene.State(3));
    }
}
