using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

/// <summary>Who may be a member, says the topology.</summary>
public sealed class AdmissionTests
{
    [Fact]
    public void A_packet_of_somebody_who_may_not_be_a_member_changes_nothing()
    {
        var scene = Admitting(3);
        var version = scene.Swim.Version;
        scene.Receive(9, Say.Ping(1, 1), Say.Alive(9), Say.Suspect(2, by: 9), Say.Dead(3, by: 9));
        Assert.Equal((version, 0, 1L), (scene.Swim.Version, scene.Sent.Count, scene.Swim.Counts.RefusedAll));
        Assert.Equal([new SwimEvent.Stranger(Id(9), Say.At(9))], scene.Events);
    }

    [Fact]
    public void A_table_of_somebody_who_may_not_be_a_member_changes_nothing()
    {
        var scene = Admitting(3);
        var version = scene.Swim.Version;
        Assert.False(scene.Asked(9, Say.Row(2, Say.Boot, MemberState.Dead, by: 9)));
        Assert.Equal((version, 1L), (scene.Swim.Version, scene.Swim.Counts.RefusedAll));
    }

    [Fact]
    public void What_a_member_says_of_somebody_who_may_not_be_one_makes_no_ghost_and_is_not_passed_on()
    {
        var scene = Admitting(3);
        scene.Receive(2, Say.Alive(9), Say.Suspect(8, by: 2), Say.Dead(7, by: 2), Say.Left(6));
        Assert.True(scene.Asked(3, Say.Row(5)));
        scene.Advance(Seconds(5));
        Assert.Equal([1UL, 2, 3], scene.Swim.View.Members.Select(member => member.Node.Value));
        Assert.DoesNotContain(scene.Sent, sent => sent.Lines.Exists(line => line.Node.Value > 3));
        Assert.Single(scene.Events.OfType<SwimEvent.Ghost>());
    }

    [Fact]
    public void What_was_kept_of_somebody_who_may_no_longer_be_a_member_is_not_restored()
    {
        var swim = new Swim(Id(1), Incarnation.OfBoot(1), Say.Facts(1), SwimOptions.Lan, new PacketSeal(Cluster, KeyRing.Empty, static _ => { }), new Random(1));
        swim.Admit(default, node => node.Value <= 2);
        Assert.True(swim.Restore([2, .. Say.Body(2, Say.Boot, Say.Row(2), Say.Row(3))]));
        Assert.Equal([1UL, 2], swim.View.Members.Select(member => member.Node.Value));
    }

    /// <summary>It is being probed, suspected and told about: all that ends.</summary>
    [Fact]
    public void Who_may_no_longer_be_a_member_is_forgotten_at_once_alive_suspect_or_dead()
    {
        var scene = Admitting(4);
        scene.Receive(2, Say.Suspect(3, by: 2), Say.Dead(4, by: 2));
        scene.Forget();
        scene.Swim.Admit(scene.Now, node => node.Value is 1 or 2);
        scene.Advance(Seconds(60));
        Assert.DoesNotContain(scene.Sent, sent => sent.To != Say.At(2) || sent.Lines.Exists(line => line.Node.Value > 2));
        Assert.All(scene.PushPulls.Concat(scene.TcpPings), effect => Assert.Equal(Id(2), effect.Node));
        Assert.DoesNotContain(scene.Events, what => what is SwimEvent.Died { Node.Value: 3 });
        Assert.Equal([1UL, 2], scene.Swim.View.Members.Select(member => member.Node.Value));
    }

    [Fact]
    public void Who_may_be_a_member_again_is_one_when_it_speaks()
    {
        var scene = Admitting(2);
        scene.Receive(3, Say.Alive(3));
        Assert.Null(scene.State(3));
        scene.Swim.Admit(scene.Now, node => node.Value <= 3);
        scene.Receive(3, Say.Alive(3));
        Assert.Equal(MemberState.Alive, scene.State(3));
    }

    private static Scene Admitting(int members)
    {
        var scene = new Scene(members);
        scene.Swim.Admit(scene.Now, node => node.Value <= (ulong)members);
        return scene;
    }
}
