using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class ProbingTests
{
    [Fact]
    public void In_each_period_one_member_is_pinged_and_each_in_turn()
    {
        var scene = new Scene(members: 5);
        var pinged = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            var (target, sequence) = scene.Ping();
            scene.Receive(target, Say.Ack(sequence));
            pinged.Add(target);
        }

        Assert.Equal([2, 3, 4, 5], pinged.Take(4).Order());
        Assert.Equal([2, 3, 4, 5], pinged.Skip(4).Order());
        Assert.Equal(8, scene.Sent.Count(sent => sent.Has(SwimMessageKind.Ping)));
    }

    [Fact]
    public void Nobody_waits_longer_than_2n_minus_1_periods_for_the_next_probe_while_others_join()
    {
        var scene = new Scene(members: 9);
        var last = Enumerable.Range(2, 8).ToDictionary(node => node, _ => 0);
        for (var period = 1; period <= 300; period++)
        {
            if (period % 40 == 0)
            {
                scene.Receive(2, Say.Alive(100 + period));
                last[100 + period] = period;
            }

            var (target, sequence) = scene.Ping();
            scene.Receive(target, Say.Ack(sequence));
            Assert.InRange(period - last[target], 0, (2 * last.Count) + 1);
            last[target] = period;
        }
    }

    [Fact]
    public void A_ping_is_acked_to_where_it_came_from()
    {
        var scene = new Scene();
        scene.Receive(scene.Seal.Seal(Say.Body(3, Say.Boot, Say.Ping(77, 1))), new("elsewhere", 9));
        var ack = Assert.Single(scene.Sent);
        Assert.Equal((new("elsewhere", 9), SwimMessageKind.Ack, 77u), (ack.To, ack.Lines[0].Kind, ack.Lines[0].Sequence));
    }

    [Fact]
    public void A_ping_for_somebody_else_is_dropped()
    {
        var scene = new Scene();
        scene.Receive(3, Say.Ping(77, 4));
        Assert.Empty(scene.Sent);
    }

    [Fact]
    public void A_ping_by_somebody_unknown_is_acked()
    {
        var scene = new Scene();
        scene.Receive(99, Say.Ping(77, 1));
        Assert.Equal(["ack"], scene.Said());
        Assert.Null(scene.State(99));
    }

    [Fact]
    public void After_the_time_out_three_others_and_a_connection_are_tried()
    {
        var scene = new Scene(members: 8);
        var (target, sequence) = scene.Ping();
        scene.Advance(Seconds(0.299));
        Assert.DoesNotContain(scene.Sent, sent => sent.Has(SwimMessageKind.PingRequest));
        scene.Advance(Seconds(0.001));
        var asked = scene.Sent.Where(sent => sent.Has(SwimMessageKind.PingRequest)).ToList();
        Assert.Equal(3, asked.Select(sent => sent.ToNode).Distinct().Count());
        Assert.DoesNotContain(asked, sent => sent.ToNode == target || sent.Lines[0].Node != Id(target) || sent.Lines[0].Sequence != sequence);
        Assert.Equal((Id(target), Say.At(target)), (Assert.Single(scene.TcpPings).Node, scene.TcpPings[0].To));
    }

    [Fact]
    public void A_suspect_is_not_asked_for_help()
    {
        var scene = new Scene(members: 4);
        scene.Receive(2, Say.Suspect(3, by: 2), Say.Suspect(4, by: 2));
        scene.PingOf(2);
        scene.Forget();
        scene.Advance(Seconds(0.5));
        Assert.DoesNotContain(scene.Sent, sent => sent.Has(SwimMessageKind.PingRequest));
    }

    [Fact]
    public void Who_does_not_answer_is_suspected_at_the_end_of_the_period()
    {
        var scene = new Scene();
        var (target, _) = scene.Ping();
        scene.Advance(Seconds(0.999));
        Assert.Equal(MemberState.Alive, scene.State(target));
        scene.Advance(Seconds(0.001));
        Assert.Equal(MemberState.Suspect, scene.State(target));
        Assert.Contains(new SwimEvent.Suspected(Id(target), Incarnation.OfBoot(1), Id(1)), scene.Events);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void An_ack_counts_until_the_period_ends(double after)
    {
        var scene = new Scene();
        var (target, sequence) = scene.Ping();
        scene.Advance(Seconds(after));
        scene.Receive(target, Say.Ack(sequence));
        scene.Advance(Seconds(1));
        Assert.Equal(MemberState.Alive, scene.State(target));
    }

    [Fact]
    public void An_ack_that_a_helper_brings_counts_also_after_its_nack()
    {
        var scene = new Scene();
        var (target, sequence) = scene.Ping();
        scene.Advance(Seconds(0.6));
        var helper = scene.Sent.First(sent => sent.Has(SwimMessageKind.PingRequest)).ToNode;
        scene.Receive(helper, Say.Nack(sequence));
        scene.Receive(helper, Say.Ack(sequence));
        scene.Advance(Seconds(0.5));
        Assert.Equal(MemberState.Alive, scene.State(target));
    }

    [Fact]
    public void An_ack_with_an_old_number_or_from_somebody_who_was_not_asked_does_not_count()
    {
        var scene = new Scene();
        var (target, sequence) = scene.Ping();
        scene.Receive(target, Say.Ack(sequence - 1));
        scene.Receive(target == 2 ? 3 : 2, Say.Ack(sequence));
        scene.Advance(Seconds(1));
        Assert.Equal(MemberState.Suspect, scene.State(target));
    }

    [Fact]
    public void An_answer_over_TCP_stops_the_suspicion_and_is_reported()
    {
        var scene = new Scene();
        var (target, _) = scene.Ping();
        scene.Advance(Seconds(0.5));
        scene.TcpPinged(scene.TcpPings[0].Number);
        scene.Advance(Seconds(0.5));
        Assert.Equal(MemberState.Alive, scene.State(target));
        Assert.Contains(new SwimEvent.PacketsLost(Id(target)), scene.Events);
        Assert.Equal(0, scene.Swim.LocalHealth);
    }

    [Fact]
    public void Without_TCP_no_connection_is_tried()
    {
        var scene = new Scene(options: Lan with { ProbesOverTcp = false });
        scene.Ping();
        scene.Advance(Seconds(0.9));
        Assert.Empty(scene.TcpPings);
    }

    [Fact]
    public void A_helper_passes_the_ping_on_and_the_ack_back()
    {
        var scene = new Scene();
        scene.Receive(2, Say.PingRequest(500, 3, 240));
        var (target, sequence) = scene.LastPing();
        Assert.Equal(3, target);
        scene.Receive(3, Say.Ack(sequence));
        Assert.Equal((2, SwimMessageKind.Ack, 500u), (scene.Sent[^1].ToNode, scene.Sent[^1].Lines[0].Kind, scene.Sent[^1].Lines[0].Sequence));
        scene.Forget();
        scene.Advance(Seconds(0.09));
        Assert.Empty(scene.Sent);
    }

    [Fact]
    public void A_helper_says_that_it_hears_nothing_when_it_was_told_to_and_passes_a_late_ack_on_all_the_same()
    {
        var scene = new Scene();
        scene.NextPeriod();
        scene.Receive(scene.LastPing().Target, Say.Ack(scene.LastPing().Sequence));
        var began = scene.Now;
        scene.Receive(2, Say.PingRequest(500, 3, 240));
        var (_, sequence) = scene.LastPing();
        scene.Advance(Seconds(0.5));
        var nack = scene.Sent.Single(sent => sent.Has(SwimMessageKind.Nack));
        Assert.Equal((2, Seconds(0.24)), (nack.ToNode, nack.At - began));
        scene.Receive(3, Say.Ack(sequence));
        Assert.Equal(500u, scene.Sent[^1].Lines.Find(line => line.Kind == SwimMessageKind.Ack)?.Sequence);
    }

    [Fact]
    public void A_helper_that_does_not_know_the_member_says_so_at_once()
    {
        var scene = new Scene();
        scene.Receive(2, Say.PingRequest(500, 99, 240));
        Assert.Equal(["nack"], scene.Said());
    }

    /// <summary>Trap 8: a helper that waits for a whole time-out answers after the prober has given up, and each true failure makes the prober doubt itself.</summary>
    [Fact]
    public void A_nack_that_takes_60_ms_on_its_way_comes_well_before_the_verdict()
    {
        var scene = new Scene();
        var (_, sequence) = scene.Ping();
        var began = scene.Now;
        scene.Advance(Seconds(0.3));
        var nackAfter = scene.Sent.Last(sent => sent.Has(SwimMessageKind.PingRequest));
        Assert.Equal(Seconds(0.3), nackAfter.At - began);
        var helper = new Scene();
        helper.Receive(4, Say.PingRequest(sequence, 3, 240));
        var asked = helper.Now;
        helper.Advance(Seconds(0.3));
        var arrives = (nackAfter.At - began) + (helper.Sent.Single(sent => sent.Has(SwimMessageKind.Nack)).At - asked) + Seconds(0.06);
        Assert.InRange(arrives, Seconds(0.5), Seconds(0.7));
    }

    [Fact]
    public void The_helpers_are_told_to_wait_for_80_percent_of_the_time_out()
    {
        var scene = new Scene();
        scene.Ping();
        scene.Advance(Seconds(0.5));
        var packet = Say.PingRequest(0, 2, 240);
        Assert.Equal(0.8, SwimOptions.Lan.NackPart);
        Assert.Equal(240, BitConverter.ToUInt16(packet.AsSpan(packet.Length - 2)));
        Assert.All(scene.Sent.Where(sent => sent.Has(SwimMessageKind.PingRequest)), sent => Assert.Equal(scene.Seal.Overhead + Say.Body(1, scene.Swim.Incarnation.Value, packet).Length, sent.Bytes));
    }

    [Fact]
    public void A_ping_to_a_suspect_says_that_it_is_one()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Suspect(3, by: 2));
        scene.PingOf(3);
        Assert.Contains("suspect n3 1.0 by n2", scene.Sent.Last(sent => sent.Has(SwimMessageKind.Ping)).Lines.Select(line => line.Text));
    }

    [Fact]
    public void A_suspect_that_is_pinged_answers_with_a_refutation()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Ping(9, 1), Say.Suspect(1, by: 2));
        Assert.Equal(["ack", "alive n1 1.1"], scene.Sent[0].Lines.Take(2).Select(line => line.Text));
    }

    [Fact]
    public void The_dead_are_not_pinged()
    {
        var scene = new Scene(members: 3);
        scene.Receive(2, Say.Dead(3, by: 2));
        for (var i = 0; i < 6; i++)
        {
            var (target, sequence) = scene.Ping();
            Assert.Equal(2, target);
            scene.Receive(2, Say.Ack(sequence));
        }
    }

    [Fact]
    public void Alone_it_pings_nobody_and_waits_for_nothing()
    {
        var scene = new Scene(members: 1);
        scene.Advance(Seconds(60));
        Assert.Empty(scene.Sent);
        Assert.Empty(scene.PushPulls);
    }
}
