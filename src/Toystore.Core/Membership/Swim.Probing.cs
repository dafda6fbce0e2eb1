namespace Toystore.Core.Membership;

/// <summary>What it finds out by itself.</summary>
public sealed partial class Swim
{
    /// <summary>How long a relay waits for an ack, in nack times: as long as somebody can be waiting who has the usual options.</summary>
    private const double RelayNackTimes = 4;

    private static readonly TimeSpan NackAfterMax = TimeSpan.FromSeconds(30);

    private Instant _probesAt = Instant.Never;
    private Seldom _packetsLost = new(TimeSpan.FromMinutes(1));

    /// <summary>For measurements: begins in the middle of a round, as if it had been running for long.</summary>
    internal void SkipTargets(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _ = _order.Next();
        }
    }

    private void Probe(Instant now, SwimEffects effects)
    {
        if (now >= _probe.AsksAt)
        {
            AskOthers(now, effects);
        }

        if (now < _probesAt)
        {
            return;
        }

        JudgeProbe(now, effects);
        _probesAt = now - _probesAt > _options.ProbeInterval ? now : _probesAt;
        _probesAt += _options.ProbeInterval * _health.Scale;
        if (_order.Next() is not { } target)
        {
            return;
        }

        Counts.Probes++;
        _probe.Begin(now, target, ++_sequence, _options.ProbeTimeout * _health.Scale);
        var packet = BeginPacket(effects);
        packet.U8((byte)SwimMessageKind.Ping);
        packet.U32(_probe.Sequence);
        packet.Var(target.Node.Value);
        if (target.State == MemberState.Suspect && _options.TellsSuspects)
        {
            _ = target.TryWriteRumour(ref packet);
        }

        FillAndSend(ref packet, target.Facts!.PeerEndpoint, target.Node, effects);
    }

    private void AskOthers(Instant now, SwimEffects effects)
    {
        var target = _probe.Target!;
        Counts.ProbesRelayed++;
        _table.PickLive(_options.Helpers, except: target, onlyAlive: true, _picked);
        _probe.Ask(_picked);
        foreach (var helper in _picked)
        {
            var packet = BeginPacket(effects);
            packet.U8((byte)SwimMessageKind.PingRequest);
            packet.U32(_probe.Sequence);
            packet.Var(target.Node.Value);
            packet.U16((int)Math.Min((_probe.Timeout * _options.NackPart).TotalMilliseconds, ushort.MaxValue));
            FillAndSend(ref packet, helper.Facts!.PeerEndpoint, helper.Node, effects);
        }

        if (_options.ProbesOverTcp)
        {
            effects.Do(SwimEffectKind.TcpPing, target.Facts!.PeerEndpoint, target.Node, _probe.Sequence);
        }
    }

    /// <summary>
    /// The period is over and nobody heard the target. If the helpers said so, all is well here and the target is the problem; each one that said nothing at all is a sign that the problem may be here (Lifeguard §IV.A, as
    /// hashicorp/memberlist counts: the paper adds one for the failure as well, which makes every true death a reason to doubt oneself).
    /// </summary>
    private void JudgeProbe(Instant now, SwimEffects effects)
    {
        if (_probe.Target is not { } target)
        {
            return;
        }

        Counts.ProbesFailed++;
        _health.Add(_probe.Asked == 0 ? 1 : _probe.Silent);
        _probe.End();
        if (target.IsLive)
        {
            Hear(now, new SwimMessage { Node = target.Node, Standing = target.Standing with { State = MemberState.Suspect }, By = _self.Node }, tells: true, effects);
        }
    }

    private void HearAck(uint sequence, PacketHead head, SwimEffects effects)
    {
        if (_probe.IsAnsweredBy(sequence, head.Sender))
        {
            _probe.End();
            _health.Add(-1);
        }
        else if (_relays.TryTakeAnswered(sequence, head.Sender, out var relay))
        {
            SendAnswer(SwimMessageKind.Ack, relay, effects);
        }
    }

    /// <summary>A member answered over TCP. It is there, so it is not suspected; that packets do not get through is reported.</summary>
    /// <param name="now">Now.</param>
    /// <param name="number">That of the effect.</param>
    /// <param name="effects">Gets what is to be done.</param>
    public void TcpPinged(Instant now, uint number, SwimEffects effects)
    {
        now = Lived(now);
        if (_probe.Target is { } target && _probe.Sequence == number)
        {
            _probe.End();
            if (_packetsLost.IsDue(now))
            {
                effects.Happened(new SwimEvent.PacketsLost(target.Node));
            }
        }
    }

    private void HearPingRequest(Instant now, in SwimMessage message, Placement.Endpoint from, SwimEffects effects)
    {
        if (!_relays.HasRoom)
        {
            return;
        }

        var wait = message.NackAfter > NackAfterMax ? NackAfterMax : message.NackAfter;
        var relay = new Relay(message.Node, from, message.Sequence, now + wait, now + (wait * RelayNackTimes));
        if (message.Node == _self.Node)
        {
            SendAnswer(SwimMessageKind.Ack, relay, effects);
            return;
        }

        if (_table.Find(message.Node) is not { Facts: { } facts })
        {
            SendAnswer(SwimMessageKind.Nack, relay, effects);
            return;
        }

        _relays.Add(++_sequence, relay);
        var packet = BeginPacket(effects);
        packet.U8((byte)SwimMessageKind.Ping);
        packet.U32(_sequence);
        packet.Var(message.Node.Value);
        FillAndSend(ref packet, facts.PeerEndpoint, message.Node, effects);
    }

    private void NackRelays(Instant now, SwimEffects effects)
    {
        while (_relays.TakeDue(now, out var relay))
        {
            SendAnswer(SwimMessageKind.Nack, relay, effects);
        }
    }

    private void SendAnswer(SwimMessageKind kind, in Relay relay, SwimEffects effects)
    {
        var packet = BeginPacket(effects);
        packet.U8((byte)kind);
        packet.U32(relay.AskedSequence);
        FillAndSend(ref packet, relay.AskedFrom, default, effects);
    }
}
