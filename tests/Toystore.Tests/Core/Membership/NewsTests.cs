using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class NewsTests
{
    private static readonly Incarnation First = Incarnation.OfBoot(1);

    [Fact]
    public void A_new_member_joins_and_is_told_of()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Alive(9));
        Assert.Equal([new SwimEvent.Joined(Id(9), First)], scene.Events);
        Assert.Equal((MemberState.Alive, "node-9"), (scene.State(9), scene.View(9)!.Facts.Name));
        scene.Advance(Seconds(0.2));
        Assert.Contains("alive n9 1.0", scene.Said());
    }

    [Fact]
    public void The_same_news_again_is_no_news()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Alive(9));
        var version = scene.Swim.Version;
        scene.Advance(Seconds(0.8));
        scene.Forget();
        scene.Receive(3, Say.Alive(9), Say.Alive(3));
        scene.Advance(Seconds(0.05));
        Assert.Equal((version, 0), (scene.Swim.Version, scene.Events.Count));
        Assert.DoesNotContain("alive n9 1.0", scene.Said());
    }

    /// <summary>Traps 6 and 11: an address, a name, a release are facts, and any change of them is one.</summary>
    [Fact]
    public void A_member_may_change_every_fact_under_a_new_incarnation()
    {
        var scene = new Scene();
        var moved = Say.Facts(3) with { PeerEndpoint = new("other", 1), Version = "2.0", Generation = 99 };
        scene.Receive(2, Say.Alive(3, Say.Boot + 1, moved));
        Assert.Equal([new SwimEvent.FactsChanged(Id(3), First.Next)], scene.Events);
        Assert.Equal(moved, scene.View(3)!.Facts);
    }

    [Fact]
    public void Facts_under_an_older_incarnation_are_ignored()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Alive(3, Say.Boot + 5));
        scene.Receive(2, Say.Alive(3, Say.Boot + 4, Say.Facts(3) with { Name = "old" }));
        Assert.Equal("node-3", scene.View(3)!.Facts.Name);
    }

    [Fact]
    public void Facts_that_cannot_be_read_change_nothing()
    {
        var scene = new Scene();
        var forged = Say.Alive(3, Say.Boot + 1);
        forged[^1] = 0; // the newest protocol below the oldest
        forged[^2] = 0;
        scene.Receive(2, forged);
        Assert.Equal(First, scene.View(3)!.Incarnation);
    }

    [Fact]
    public void A_suspicion_of_somebody_unknown_is_kept_until_he_is_known()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Suspect(9, by: 2, Say.Boot + 1));
        Assert.Null(scene.State(9));
        Assert.Empty(scene.Events);
        scene.Receive(2, Say.Alive(9));
        Assert.Equal(MemberState.Suspect, scene.State(9));
        scene.Receive(2, Say.Alive(9, Say.Boot + 2));
        Assert.Equal(MemberState.Alive, scene.State(9));
    }

    [Theory]
    [InlineData(MemberState.Suspect)]
    [InlineData(MemberState.Dead)]
    public void An_accusation_of_an_older_incarnation_is_ignored(MemberState state)
    {
        var scene = new Scene();
        scene.Receive(2, Say.Alive(3, Say.Boot + 5));
        scene.Receive(2, state == MemberState.Dead ? Say.Dead(3, by: 2, Say.Boot + 4) : Say.Suspect(3, by: 2, Say.Boot + 4));
        Assert.Equal(MemberState.Alive, scene.State(3));
    }

    [Fact]
    public void Dead_overrides_suspect_and_left_overrides_both()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Suspect(3, by: 4));
        scene.Receive(2, Say.Dead(3, by: 5));
        Assert.Equal((MemberState.Dead, Id(5)), (scene.State(3), scene.View(3)!.By));
        scene.Receive(2, Say.Left(3));
        Assert.Equal((MemberState.Left, default), (scene.State(3), scene.View(3)!.By));
        scene.Receive(2, Say.Dead(3, by: 5), Say.Suspect(3, by: 5), Say.Alive(3));
        Assert.Equal(MemberState.Left, scene.State(3));
        Assert.Equal([typeof(SwimEvent.Suspected), typeof(SwimEvent.Died)], scene.Events.Select(e => e.GetType()));
    }

    [Fact]
    public void A_replayed_alive_does_not_raise_the_dead()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.Receive(2, Say.Alive(3));
        Assert.Equal(MemberState.Dead, scene.State(3));
        scene.Receive(2, Say.Alive(3, Say.Boot + 1));
        Assert.Equal(MemberState.Alive, scene.State(3));
        Assert.Equal(new SwimEvent.Joined(Id(3), First.Next), scene.Events[^1]);
    }

    /// <summary>Trap 2: hashicorp/memberlist returns before it stores the later incarnation, and an alive between the two raises the dead.</summary>
    [Fact]
    public void A_later_death_of_the_dead_is_remembered()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.Receive(2, Say.Dead(3, by: 2, Say.Boot + 10));
        scene.Receive(2, Say.Alive(3, Say.Boot + 2));
        Assert.Equal((MemberState.Dead, new Incarnation(Say.Boot + 10)), (scene.State(3), scene.View(3)!.Incarnation));
    }

    /// <summary>Trap 2 of the unknown.</summary>
    [Fact]
    public void A_death_of_somebody_unknown_is_remembered()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(9, by: 2, Say.Boot + 10));
        scene.Receive(2, Say.Alive(9, Say.Boot + 2));
        Assert.Equal(MemberState.Dead, scene.State(9));
    }

    [Theory]
    [InlineData(MemberState.Suspect)]
    [InlineData(MemberState.Dead)]
    [InlineData(MemberState.Left)]
    public void Accused_it_refutes_at_once_to_everybody_and_to_who_said_so(MemberState state)
    {
        var scene = new Scene();
        scene.Receive(2, state switch
        {
            MemberState.Suspect => Say.Suspect(1, by: 4),
            MemberState.Dead => Say.Dead(1, by: 4),
            _ => Say.Left(1),
        });
        Assert.Equal((2, "alive n1 1.1"), (scene.Sent[0].ToNode, scene.Sent[0].Lines[0].Text));
        Assert.Equal([new SwimEvent.Accused(state, Id(state == MemberState.Left ? 0 : 4), First.Next)], scene.Events);
        scene.Forget();
        scene.Advance(Seconds(0.2));
        Assert.Contains("alive n1 1.1", scene.Said());
        Assert.Equal(MemberState.Alive, scene.State(1));
    }

    [Fact]
    public void What_it_has_refuted_already_it_does_not_refute_again()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Suspect(1, by: 2));
        scene.Receive(3, Say.Suspect(1, by: 3));
        Assert.Equal(First.Next, scene.Swim.Incarnation);
    }

    /// <summary>Trap 1: a member whose boot number was lost begins below what the others hold.</summary>
    [Fact]
    public void Who_speaks_while_held_dead_is_told_so_directly()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2, Say.Boot * 50));
        scene.Advance(Seconds(5));
        scene.Forget();
        scene.Receive(3, Say.Alive(3));
        Assert.Equal((3, "dead n3 50.0 by n2"), (scene.Sent[0].ToNode, scene.Sent[0].Lines[0].Text));
    }

    [Fact]
    public void And_with_the_ack_if_it_pings_but_otherwise_not_at_every_packet()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.Receive(3, Say.Ping(7, 1));
        Assert.Equal(["ack", "dead n3 1.0 by n2"], scene.Sent[0].Lines.Take(2).Select(line => line.Text));
        scene.Forget();
        scene.Receive(3, Say.Alive(3));
        Assert.Empty(scene.Sent);
    }

    /// <summary>Trap 1, the other side: it hears of a death in an incarnation far above its own, and goes above that.</summary>
    [Fact]
    public void A_member_that_begins_too_low_leaps_above_what_is_held_against_it()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(1, by: 2, Say.Boot * 50));
        Assert.Equal(new Incarnation((Say.Boot * 50) + 1), scene.Swim.Incarnation);
        Assert.Equal(50u, Assert.IsType<SwimEvent.Accused>(scene.Events[0]).Incarnation.Boot);
    }

    [Fact]
    public void That_a_packet_comes_from_a_member_in_a_later_incarnation_refutes_too()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.ReceiveAs(3, Say.Boot + 1, Say.Ping(7, 1));
        Assert.Equal(MemberState.Alive, scene.State(3));
        Assert.Equal("ack", scene.Said().First());
        Assert.DoesNotContain("dead n3 1.0 by n2", scene.Said());
    }

    /// <summary>Trap 3: one forged number must not use up all there are, neither of the victim's nor of what is held of it.</summary>
    [Fact]
    public void An_incarnation_that_leaps_too_far_is_refused()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2, ulong.MaxValue), Say.Dead(1, by: 2, ulong.MaxValue), Say.Dead(4, by: 2, Say.Boot + Incarnation.LeapMax + 1));
        Assert.Equal((MemberState.Alive, MemberState.Alive, First), (scene.State(3), scene.State(4), scene.Swim.Incarnation));
        Assert.Equal([new SwimEvent.Implausible(Id(3), First, new Incarnation(ulong.MaxValue))], scene.Events);
    }

    /// <summary>Trap 4: whatever is said of a member, also that it left, it can refute, and nobody else gets its identity.</summary>
    [Fact]
    public void A_forged_goodbye_is_refuted_like_any_accusation()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Left(3));
        Assert.Equal(MemberState.Left, scene.State(3));
        scene.Receive(3, Say.Ping(7, 1));
        Assert.Contains("left n3 1.0", scene.Said());
        scene.ReceiveAs(3, Say.Boot + 1, Say.Ping(8, 1));
        Assert.Equal(MemberState.Alive, scene.State(3));
    }

    /// <summary>Trap 7: two processes on copies of one disk.</summary>
    [Fact]
    public void Two_that_claim_one_identity_are_reported_and_all_agree_on_one_of_them()
    {
        var (a, b) = (Say.Alive(3, Say.Boot + 1, Say.Facts(3) with { Generation = 50, Name = "a" }), Say.Alive(3, Say.Boot + 1, Say.Facts(3) with { Generation = 51, Name = "b" }));
        var (one, other) = (new Scene(), new Scene());
        one.Receive(2, a);
        one.Receive(2, b);
        other.Receive(2, b);
        other.Receive(2, a);
        Assert.Equal(one.View(3)!.Facts, other.View(3)!.Facts);
        Assert.Contains(new SwimEvent.IdentityClash(Id(3), 50, 51), one.Events);
    }

    [Fact]
    public void Who_hears_another_speak_in_its_name_reports_it_and_speaks_up_but_not_without_end()
    {
        var scene = new Scene();
        for (var i = 1UL; i <= 20; i++)
        {
            scene.Receive(2, Say.Alive(1, Say.Boot + i, Say.Facts(1) with { Generation = 666 }));
        }

        Assert.Equal(new Incarnation(Say.Boot + 2), scene.Swim.Incarnation);
        Assert.Equal([new SwimEvent.IdentityClash(Id(1), 1, 666)], scene.Events);
    }

    [Fact]
    public void Its_own_word_that_comes_back_to_it_is_no_news()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Alive(1));
        Assert.Equal((First, 0), (scene.Swim.Incarnation, scene.Events.Count));
    }

    [Fact]
    public void Publishing_takes_a_new_incarnation_and_is_told()
    {
        var scene = new Scene();
        scene.Swim.Publish(scene.Now, Say.Facts(1) with { Version = "2" });
        scene.Advance(Seconds(0.2));
        Assert.Contains("alive n1 1.1", scene.Said());
        Assert.Equal("2", scene.View(1)!.Facts.Version);
    }

    [Fact]
    public void A_member_that_leaves_says_so_until_all_are_told_and_probes_nobody()
    {
        var scene = new Scene(members: 5);
        scene.Swim.Leave(scene.Now);
        Assert.False(scene.Swim.IsFarewellTold);
        scene.Advance(Seconds(10));
        Assert.True(scene.Swim.IsFarewellTold);
        Assert.Equal(["left n1 1.0"], scene.Said().Distinct());
    }

    /// <summary>Trap 10: no restart is needed to come back.</summary>
    [Fact]
    public void A_member_that_left_can_come_back()
    {
        var (leaver, other) = (new Scene(), new Scene());
        leaver.Swim.Leave(leaver.Now);
        leaver.Advance(Seconds(5));
        leaver.Receive(2, Say.Left(1));
        Assert.Equal(MemberState.Left, leaver.State(1));
        leaver.Return();
        leaver.Advance(Seconds(0.3));
        Assert.Contains("alive n1 1.1", leaver.Said());
        Assert.NotEmpty(leaver.PushPulls);
        other.Receive(2, Say.Left(3));
        Assert.Equal([new SwimEvent.Left(Id(3), First)], other.Events);
        other.Receive(2, Say.Alive(3, Say.Boot + 1));
        Assert.Equal(MemberState.Alive, other.State(3));
    }

    /// <summary>Trap 10: who counts events may miss some; the view is whole, and says when it has changed.</summary>
    [Fact]
    public void The_view_has_a_version_that_changes_with_it()
    {
        var scene = new Scene();
        var before = scene.Swim.View;
        Assert.Same(before, scene.Swim.View);
        scene.Receive(2, Say.Suspect(3, by: 2));
        Assert.True(scene.Swim.View.Version > before.Version);
        Assert.Equal(MemberState.Alive, before.Members.Single(member => member.Node == Id(3)).State);
        Assert.Equal(5, scene.Swim.View.Members.Length);
    }

    [Fact]
    public void Only_a_member_that_is_not_live_can_be_forgotten()
    {
        var scene = new Scene();
        Assert.False(scene.Swim.Forget(Id(3)));
        scene.Receive(2, Say.Dead(3, by: 2));
        Assert.True(scene.Swim.Forget(Id(3)));
        Assert.Null(scene.State(3));
        scene.Advance(Seconds(1));
    }

    [Fact]
    public void An_epoch_ahead_is_reported_once()
    {
        var scene = new Scene();
        scene.Swim.Topology = new(1, 5);
        foreach (var number in (ulong[])[4, 5, 6, 6])
        {
            scene.Receive(scene.Seal.Seal(Say.Body(new PacketHead(Id(2), new Incarnation(Say.Boot), new(1, number)))), Say.At(2));
        }

        Assert.Equal([new SwimEvent.TopologyAhead(Id(2), new(1, 6))], scene.Events);
    }
}
