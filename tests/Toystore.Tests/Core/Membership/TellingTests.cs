using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class TellingTests
{
    [Theory] // λ · ⌈log10(n + 1)⌉
    [InlineData(1, 4)]
    [InlineData(9, 4)]
    [InlineData(10, 8)]
    [InlineData(99, 8)]
    [InlineData(100, 12)]
    [InlineData(1000, 16)]
    public void How_often_a_rumour_is_told(int members, int times) => Assert.Equal(times, SwimOptions.Lan.TellMax(members));

    [Fact]
    public void A_rumour_is_told_so_often_and_then_no_longer()
    {
        var scene = new Scene(members: 20) { AnswersPings = true };
        scene.Receive(2, Say.Suspect(3, by: 2, Say.Boot));
        scene.Receive(2, Say.Alive(3, Say.Boot + 1));
        scene.Advance(Seconds(3));
        Assert.Equal(8, scene.Said().Count(text => text == "alive n3 1.1"));
        Assert.Equal(0, scene.Swim.RumourCount);
    }

    [Fact]
    public void Newer_news_of_a_member_takes_the_place_of_older()
    {
        var scene = new Scene(members: 20);
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.Advance(Seconds(0.2));
        Assert.DoesNotContain("suspect n3 1.0 by n2", scene.Said());
        Assert.Contains("dead n3 1.0 by n2", scene.Said());
        Assert.Equal(1, scene.Swim.RumourCount);
    }

    [Fact]
    public void In_each_gossip_interval_three_members_are_told()
    {
        var scene = new Scene(members: 20);
        scene.Receive(2, Say.Alive(3, Say.Boot + 1));
        scene.Advance(Seconds(0.2));
        Assert.Equal(3, scene.Sent.Where(sent => sent.Lines[0].Text == "alive n3 1.1").Select(sent => sent.ToNode).Distinct().Count());
    }

    [Fact]
    public void Pings_and_acks_carry_rumours_too()
    {
        var scene = new Scene(members: 20);
        scene.Receive(2, Say.Alive(3, Say.Boot + 1), Say.Ping(5, 1));
        Assert.Equal(["ack", "alive n3 1.1"], scene.Said());
        scene.NextPeriod();
        Assert.Contains(scene.Sent, sent => sent.Has(SwimMessageKind.Ping) && sent.Lines.Count == 2);
    }

    [Fact]
    public void Without_news_nothing_is_sent_but_pings()
    {
        var scene = new Scene(members: 20) { AnswersPings = true };
        scene.Advance(Seconds(10));
        Assert.All(scene.Sent, sent => Assert.Equal([SwimMessageKind.Ping], sent.Lines.Select(line => line.Kind)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_packet_is_longer_than_1400_bytes_sealed_or_not_and_none_is_half_empty(bool isSealed)
    {
        var keys = KeyRing.Empty;
        if (isSealed)
        {
            Assert.True(ClusterKey.TryCreate(new byte[32], out var key) && keys.Add(key!, out keys));
        }

        var scene = new Scene(members: 20, seal: new PacketSeal(Cluster, keys, static nonce => nonce.Fill(1)));
        foreach (var node in Enumerable.Range(100, 200))
        {
            scene.Receive(2, Say.Alive(node));
        }

        scene.Advance(Seconds(0.2));
        Assert.All(scene.Sent, sent => Assert.InRange(sent.Bytes, 1300, 1400));
    }

    [Fact]
    public void Of_much_news_at_once_three_packets_go_to_each_and_nothing_twice()
    {
        var scene = new Scene(members: 20);
        foreach (var node in Enumerable.Range(100, 200))
        {
            scene.Receive(2, Say.Alive(node));
        }

        scene.Advance(Seconds(0.2));
        Assert.Equal([3, 3, 3], Gossiped(scene).GroupBy(sent => sent.ToNode).Select(packets => packets.Count()));
        Assert.All(Gossiped(scene).GroupBy(sent => sent.ToNode), packets => Assert.Distinct(packets.SelectMany(sent => sent.Lines).Select(line => line.Node)));
    }

    [Fact]
    public void Of_a_little_more_news_than_fits_a_packet_the_rest_follows_and_nothing_twice()
    {
        var scene = new Scene(members: 20);
        foreach (var node in Enumerable.Range(100, 35))
        {
            scene.Receive(2, Say.Alive(node));
        }

        scene.Advance(Seconds(0.2));
        Assert.All(Gossiped(scene).GroupBy(sent => sent.ToNode), packets =>
        {
            Assert.Equal(2, packets.Count());
            Assert.Equal(Enumerable.Range(100, 35), packets.SelectMany(sent => sent.Lines).Select(line => (int)line.Node.Value).Order());
        });
    }

    [Fact]
    public void The_least_told_rumour_goes_first_and_the_newest_of_those_never_told()
    {
        var rumours = new Rumours();
        var contacts = Enumerable.Range(1, 4).Select(node => new Contact(Id(node)) { Standing = new Standing(new Incarnation(Say.Boot), MemberState.Left) }).ToArray();
        rumours.Tell(contacts[0]);
        rumours.Tell(contacts[1]);
        Assert.Equal([2, 1], Take(rumours, 2));
        rumours.Tell(contacts[2]);
        Assert.Equal([3, 2], Take(rumours, 2));
        rumours.Tell(contacts[3]);
        Assert.Equal([4, 1, 3], Take(rumours, 3));
        Assert.Equal([4, 2, 1, 3], Take(rumours, 9));
        Assert.Equal(4, rumours.Count);
    }

    [Fact]
    public void A_rumour_too_long_for_the_rest_of_a_packet_lets_shorter_ones_pass()
    {
        var rumours = new Rumours();
        var far = new Contact(Id(1)) { Standing = new Standing(new Incarnation(Say.Boot), MemberState.Alive) };
        far.Publish(Say.Facts(1), new byte[500], new Incarnation(Say.Boot));
        var near = new Contact(Id(2)) { Standing = new Standing(new Incarnation(Say.Boot), MemberState.Left) };
        rumours.Tell(near);
        rumours.Tell(far);
        Assert.Equal([2], Take(rumours, 1));
        Assert.Equal((0, 1), (far.Told, near.Told));
    }

    [Fact]
    public void The_recently_dead_are_told_of_their_death_and_the_long_dead_nothing()
    {
        var scene = new Scene(members: 3) { AnswersPings = true };
        scene.Receive(2, Say.Dead(3, by: 2));
        for (var i = 1UL; scene.Sent.TrueForAll(sent => sent.ToNode != 3); i++)
        {
            Assert.True(i < 200);
            scene.Receive(2, Say.Alive(2, Say.Boot + i));
            scene.Advance(Seconds(0.1));
        }

        scene.Advance(Seconds(31));
        scene.Forget();
        for (var i = 1000UL; i < 1200; i++)
        {
            scene.Receive(2, Say.Alive(2, Say.Boot + i));
            scene.Advance(Seconds(0.1));
        }

        Assert.DoesNotContain(scene.Sent, sent => sent.ToNode == 3);
    }

    private static IEnumerable<Sent> Gossiped(Scene scene) => scene.Sent.Where(sent => !sent.Has(SwimMessageKind.Ping));

    private static List<int> Take(Rumours rumours, int count)
    {
        const int LeftBytes = 7; // one for the kind, one for the id, five for an incarnation of boot 1
        var bytes = new byte[LeftBytes * count];
        var writer = new WireWriter(bytes);
        _ = rumours.Fill(ref writer, tellMax: 10);
        return [.. bytes.Chunk(LeftBytes).Take(writer.Length / LeftBytes).Select(message => (int)message[1])];
    }
}
