using Toystore.Core.Membership;
using Toystore.Core.Placement;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class ExchangingTests
{
    private static readonly Endpoint Seed = new("seed", 50);

    [Fact]
    public void It_asks_the_seeds_until_one_answers()
    {
        var scene = new Scene(members: 1, seeds: [Seed, Say.At(1)]);
        scene.Advance(Seconds(30));
        Assert.InRange(scene.PushPulls.Count, 4, 15);
        Assert.All(scene.PushPulls, asked => Assert.Equal((Seed, default), (asked.To, asked.Node)));
        Assert.True(scene.Merge(scene.Seal.Seal(Say.Body(2, Say.Boot, Say.Row(2), Say.Row(3))), 2, asked: Seed));
        Assert.Equal([MemberState.Alive, MemberState.Alive], [scene.State(2)!.Value, scene.State(3)!.Value]);
    }

    [Fact]
    public void A_seed_that_is_this_node_under_another_name_is_asked_once()
    {
        var scene = new Scene(members: 1, seeds: [Seed]);
        Assert.True(scene.Merge(scene.Swim.Table(), 1, asked: Seed));
        scene.Forget();
        scene.Advance(Seconds(100));
        Assert.Empty(scene.PushPulls);
    }

    [Fact]
    public void A_seeds_address_at_which_nobody_lives_is_tried_again_for_ever()
    {
        var scene = new Scene(members: 2, seeds: [Seed]) { AnswersPings = true };
        scene.Advance(TimeSpan.FromHours(1));
        scene.Forget();
        scene.Advance(TimeSpan.FromHours(1));
        Assert.Contains(scene.PushPulls, asked => asked.To == Seed);
    }

    [Fact]
    public void What_the_first_table_says_is_not_told_to_those_who_know_it()
    {
        var scene = new Scene(members: 1, seeds: [Seed]);
        Assert.True(scene.Merge(scene.Seal.Seal(Say.Body(2, Say.Boot, [.. Enumerable.Range(2, 50).Select(i => Say.Row(i))])), 2, asked: Seed));
        Assert.Equal(1, scene.Swim.RumourCount);
        Assert.True(scene.Asked(3, Say.Row(200)));
        Assert.Equal(2, scene.Swim.RumourCount);
    }

    [Fact]
    public void Who_is_asked_learns_of_who_asks_and_tells()
    {
        var scene = new Scene();
        Assert.True(scene.Asked(9));
        Assert.Equal(MemberState.Alive, scene.State(9));
        scene.Advance(Seconds(0.2));
        Assert.Contains("alive n9 1.0", scene.Said());
    }

    [Fact]
    public void Who_holds_the_same_answers_with_a_digest_only()
    {
        var (one, other) = (new Scene(), new Scene());
        Assert.True(one.Merge(one.Seal.Seal(Say.Body(2, Say.Boot, Say.Digest(DigestOf(other)))), 2, asked: null));
        Assert.Equal([SwimMessageKind.Digest], Say.Read(one.Seal, one.Swim.TableAnswer()).Select(line => line.Kind));
        Assert.True(one.Swim.TableAnswer().Length < 50);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("incarnation")]
    [InlineData("facts")]
    [InlineData("member")]
    public void Who_holds_something_else_answers_with_the_table(string what)
    {
        var (one, other) = (new Scene(), new Scene());
        Assert.True(other.Asked(what == "member" ? 9 : 4, what switch
        {
            "state" => [Say.Row(3, state: MemberState.Suspect, by: 4)],
            "incarnation" => [Say.Row(3, Say.Boot + 1)],
            "facts" => [Say.Row(3, facts: Say.Facts(3) with { Name = "node-3-by-another-name" })],
            _ => Array.Empty<byte[]>(),
        }));
        Assert.True(one.Merge(one.Seal.Seal(Say.Body(2, Say.Boot, Say.Digest(DigestOf(other)))), 2, asked: null));
        Assert.Equal(5, Say.Read(one.Seal, one.Swim.TableAnswer()).Count(line => line.Kind == SwimMessageKind.Row));
    }

    [Fact]
    public void Who_compares_and_knows_more_sends_its_table_after_all()
    {
        var scene = new Scene { AnswersPings = true };
        scene.Advance(Seconds(60));
        var compared = scene.PushPulls.Last(asked => asked.Kind == SwimEffectKind.Compare);
        scene.Forget();
        Assert.True(scene.Merge(scene.Seal.Seal(Say.Body(compared.To.Port, Say.Boot, Say.Row(2))), compared.To.Port, asked: compared.To));
        Assert.Equal((SwimEffectKind.PushPull, compared.To), (scene.PushPulls.Single().Kind, scene.PushPulls.Single().To));
    }

    [Fact]
    public void Who_compares_and_then_holds_the_same_is_done()
    {
        var scene = new Scene { AnswersPings = true };
        scene.Advance(Seconds(60));
        var compared = scene.PushPulls.Last(asked => asked.Kind == SwimEffectKind.Compare);
        scene.Forget();
        Assert.True(scene.Merge(scene.Seal.Seal(Say.Body(compared.To.Port, Say.Boot, Say.Digest(DigestOf(scene)))), compared.To.Port, asked: compared.To));
        Assert.True(scene.Merge(scene.Seal.Seal(Say.Body(compared.To.Port, Say.Boot, [.. Enumerable.Range(2, 4).Select(i => Say.Row(i)), Say.Row(1)])), compared.To.Port, asked: compared.To));
        Assert.Empty(scene.PushPulls);
    }

    [Fact]
    public void Tables_are_exchanged_now_and_then_with_somebody_live()
    {
        var scene = new Scene(members: 5) { AnswersPings = true };
        scene.Advance(TimeSpan.FromMinutes(2));
        scene.Forget();
        scene.Advance(TimeSpan.FromMinutes(10));
        Assert.InRange(scene.PushPulls.Count, 17, 23);
        Assert.Equal(4, scene.PushPulls.Select(asked => asked.Node).Distinct().Count());
    }

    [Theory]
    [InlineData(32, 30)]
    [InlineData(33, 60)]
    [InlineData(100, 90)]
    [InlineData(1000, 180)]
    public void The_larger_the_cluster_the_less_often(int members, int seconds) => Assert.Equal(Seconds(seconds), SwimOptions.Lan.PushPullEvery(members));

    [Fact]
    public void A_death_in_a_table_makes_a_suspect_of_who_is_live_here_so_that_it_can_refute()
    {
        var scene = new Scene();
        scene.Asked(2, Say.Row(3, Say.Boot, MemberState.Dead, by: 4));
        Assert.Equal((MemberState.Suspect, Id(2)), (scene.State(3), scene.View(3)!.By));
    }

    [Fact]
    public void Tables_of_several_who_hold_it_dead_are_independent_accusers()
    {
        var scene = new Scene(members: 10) { AnswersPings = true };
        foreach (var teller in (int[])[2, 4, 5, 6])
        {
            scene.Asked(teller, Say.Row(3, Say.Boot, MemberState.Dead, by: 4));
        }

        scene.Advance(Seconds(4.1));
        Assert.Equal(MemberState.Dead, scene.State(3));
    }

    [Fact]
    public void A_death_in_a_table_of_somebody_unknown_is_a_death()
    {
        var scene = new Scene();
        scene.Asked(2, Say.Row(9, Say.Boot, MemberState.Dead, by: 4));
        Assert.Equal(MemberState.Dead, scene.State(9));
    }

    [Fact]
    public void A_goodbye_in_a_table_is_a_goodbye()
    {
        var scene = new Scene();
        scene.Asked(2, Say.Row(3, Say.Boot, MemberState.Left));
        Assert.Equal(MemberState.Left, scene.State(3));
    }

    [Fact]
    public void Its_own_death_in_a_table_is_refuted_in_the_answer()
    {
        var scene = new Scene();
        scene.Asked(2, Say.Row(1, Say.Boot, MemberState.Dead, by: 4));
        Assert.Contains("row n1 Alive 1.1", Say.Read(scene.Seal, scene.Swim.Table()).Select(line => line.Text));
    }

    [Fact]
    public void Its_own_death_in_an_answer_is_refuted_to_who_answered()
    {
        var scene = new Scene();
        scene.Answer(2, Say.Row(1, Say.Boot, MemberState.Dead, by: 4));
        Assert.Equal((2, "alive n1 1.1"), (scene.Sent[0].ToNode, scene.Sent[0].Lines[0].Text));
    }

    [Fact]
    public void The_dead_are_tried_again_for_ever()
    {
        var scene = new Scene(members: 3) { AnswersPings = true };
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.Advance(TimeSpan.FromDays(2));
        scene.Forget();
        scene.Advance(TimeSpan.FromHours(1));

        // Every 5 to 10 s, with probability 1 dead / 2 live.
        Assert.InRange(scene.PushPulls.Count(asked => asked.Node == Id(3)), 180, 300);
    }

    [Fact]
    public void Who_left_is_not_tried_again_but_may_come()
    {
        var scene = new Scene(members: 3) { AnswersPings = true };
        scene.Receive(2, Say.Left(3));
        scene.Advance(TimeSpan.FromHours(1));
        Assert.DoesNotContain(scene.PushPulls, asked => asked.Node == Id(3));
        scene.ReceiveAs(3, Say.Boot * 2, Say.Ping(1, 1));
        Assert.Equal(MemberState.Alive, scene.State(3));
    }

    [Fact]
    public void When_one_of_the_dead_is_back_it_looks_soon_whether_others_are()
    {
        var scene = new Scene(members: 5) { AnswersPings = true };
        scene.Receive(2, Say.Dead(3, by: 2), Say.Dead(4, by: 2));
        scene.Advance(TimeSpan.FromMinutes(5));
        for (var i = 0; i < 10; i++)
        {
            scene.Receive(2, Say.Alive(3, Say.Boot + 1 + (ulong)(2 * i)));
            scene.Receive(2, Say.Dead(3, by: 2, Say.Boot + 1 + (ulong)(2 * i)));
            scene.Receive(2, Say.Alive(3, Say.Boot + 2 + (ulong)(2 * i)));
            scene.Forget();
            scene.Advance(Seconds(15));
            Assert.Contains(scene.PushPulls, asked => asked.Node != Id(4));
            scene.Receive(2, Say.Dead(3, by: 2, Say.Boot + 2 + (ulong)(2 * i)));
        }
    }

    [Fact]
    public void What_was_saved_is_known_after_a_restart_and_asked()
    {
        var before = new Scene(members: 5);
        before.Receive(2, Say.Dead(4, by: 2, Say.Boot + 7));
        before.Receive(2, Say.Suspect(5, by: 2));
        var after = new Scene(members: 1, boot: 2);
        var swim = new Swim(Id(1), Incarnation.OfBoot(2), Say.Facts(1), Lan, before.Seal, new Random(1));
        Assert.True(swim.Restore(before.Swim.Save()));
        var effects = new SwimEffects();
        swim.Start(after.Now, [], effects);
        Assert.Equal(
            before.Swim.View.Members.Skip(1).Select(member => (member.Node, member.State, member.Incarnation, member.Facts)),
            swim.View.Members.Skip(1).Select(member => (member.Node, member.State, member.Incarnation, member.Facts)));
        Assert.Equal(Incarnation.OfBoot(2), swim.Incarnation);
        Assert.Contains(SwimEffectKind.PushPull, effects.All.ToArray().Select(effect => effect.Kind));
    }

    [Fact]
    public void A_boot_number_that_was_lost_is_found_in_what_was_saved()
    {
        var before = new Scene(members: 5, boot: 40);
        var swim = new Swim(Id(1), Incarnation.OfBoot(1), Say.Facts(1), Lan, before.Seal, new Random(1));
        Assert.True(swim.Restore(before.Swim.Save()));
        Assert.True(swim.Incarnation > before.Swim.Incarnation);
    }

    [Fact]
    public void What_was_saved_and_is_damaged_is_used_as_far_as_it_can_be_read()
    {
        var saved = new Scene(members: 9).Swim.Save();
        for (var length = 0; length < saved.Length; length += 13)
        {
            var swim = new Swim(Id(1), Incarnation.OfBoot(2), Say.Facts(1), Lan, new Scene(1).Seal, new Random(1));
            Assert.False(swim.Restore(saved.AsSpan(0, length)) && length > 0 && swim.View.Members.Length == 9);
            swim.Start(default, [], new SwimEffects());
        }
    }

    [Fact]
    public void A_table_of_another_cluster_changes_nothing_and_is_not_answered()
    {
        var scene = new Scene();
        var other = new PacketSeal(new(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)), KeyRing.Empty, static _ => { });
        Assert.False(scene.Merge(other.Seal(Say.Body(2, Say.Boot, Say.Row(77))), 2, null));
        Assert.Null(scene.State(77));
        Assert.Equal([new SwimEvent.ForeignCluster(Cluster, other.Cluster, Say.At(2))], scene.Events);
    }

    [Fact]
    public void A_packet_of_another_cluster_is_refused_and_reported_now_and_then()
    {
        var scene = new Scene();
        var other = new PacketSeal(new(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)), KeyRing.Empty, static _ => { });
        for (var i = 0; i < 25; i++)
        {
            scene.Receive(other.Seal(Say.Body(2, Say.Boot, Say.Ping(1, 1), Say.Alive(77))), Say.At(2));
            scene.Advance(Seconds(0.4));
        }

        Assert.Null(scene.State(77));
        Assert.DoesNotContain(scene.Sent, sent => sent.Has(SwimMessageKind.Ack));
        Assert.Equal(25, scene.Swim.Counts.RefusedAll);
        Assert.Equal(new SwimEvent.ForeignCluster(Cluster, other.Cluster, Say.At(2)), Assert.Single(scene.Events.OfType<SwimEvent.ForeignCluster>()));
    }

    [Fact]
    public void A_member_remembers_only_so_many_that_were_made_up()
    {
        var table = new MemberTable(new Random(1));
        for (var i = 1UL; i <= MemberTable.ContactsMax; i++)
        {
            Assert.True(table.TryAdd(new(i), out _));
        }

        Assert.False(table.TryAdd(new(ulong.MaxValue), out _));
    }

    private static ulong DigestOf(Scene scene)
    {
        Assert.Equal(SealVerdict.Opened, scene.Seal.Open(scene.Swim.TableDigest(), new byte[100], out var body, out _));
        return BitConverter.ToUInt64(body[^8..]);
    }
}
