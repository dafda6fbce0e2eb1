using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>What packets bring.</summary>
public sealed partial class Swim
{
    private Seldom _foreign = new(TimeSpan.FromSeconds(10));
    private Seldom _unreadable = new(TimeSpan.FromSeconds(10));
    private byte[] _room = new byte[2048];

    /// <summary>A packet has come. Those that wait are best handed over before <see cref="Advance"/> is called: there may be acks among them.</summary>
    /// <param name="now">Now.</param>
    /// <param name="from">Where it came from; answers go there.</param>
    /// <param name="packet">What has come: anything.</param>
    /// <param name="effects">Gets what is to be done.</param>
    public void Receive(Instant now, Endpoint from, ReadOnlySpan<byte> packet, SwimEffects effects)
    {
        now = Lived(now);
        if (!_isStarted || !TryOpen(now, from, packet, out var body, effects))
        {
            return;
        }

        var reader = new WireReader(body);
        if (!PacketHead.TryRead(ref reader, Seal.Cluster, out var head))
        {
            Refuse(now, SealVerdict.Malformed, from, effects);
            return;
        }

        if (head.Sender == _self.Node || !Admits(now, head.Sender, from, effects))
        {
            return;
        }

        HearHead(now, head, effects);
        _hasRefuted = false;
        uint? pinged = null;
        while (!reader.IsAtEnd)
        {
            if (!SwimMessage.TryRead(ref reader, out var message))
            {
                Refuse(now, SealVerdict.Malformed, from, effects);
                break;
            }

            switch (message.Kind)
            {
                case SwimMessageKind.Ping:
                    // One for somebody else is dropped: the address was his before.
                    pinged = message.Node == _self.Node ? message.Sequence : pinged;
                    break;
                case SwimMessageKind.Ack:
                    HearAck(message.Sequence, head, effects);
                    break;
                case SwimMessageKind.Nack:
                    _probe.Nacked(message.Sequence, head.Sender);
                    break;
                case SwimMessageKind.PingRequest:
                    HearPingRequest(now, message, from, effects);
                    break;
                default:
                    Hear(now, message, tells: true, effects);
                    break;
            }
        }

        Answer(now, head, from, pinged, effects);
    }

    /// <summary>That a packet comes from a member says that it is alive in this incarnation. Who is not known yet becomes known by its facts only.</summary>
    private void HearHead(Instant now, PacketHead head, SwimEffects effects)
    {
        var sender = _table.Find(head.Sender);
        if (sender is not null && head.Incarnation > sender.Standing.Incarnation)
        {
            Hear(now, new SwimMessage { Node = head.Sender, Standing = new Standing(head.Incarnation, MemberState.Alive) }, tells: true, effects);
        }

        NoteEpoch(head, sender, effects);
    }

    /// <summary>
    /// Answers who sent the packet: its ping; and what is held against it, if anything is, so that it can refute that; and that this node has just refuted something. What one is accused of, one must hear: rumours of it may have
    /// been told out long ago, and then nobody else would say it. A ping is always answered, the rest at most once per probe interval.
    /// </summary>
    private void Answer(Instant now, PacketHead head, Endpoint from, uint? pinged, SwimEffects effects)
    {
        var sender = _table.Find(head.Sender);
        var isAccused = sender is { State: not MemberState.Alive } && sender.Standing.Incarnation >= head.Incarnation;
        if (pinged is null && !_hasRefuted && !(isAccused && now - sender!.AccusedAt >= _options.ProbeInterval))
        {
            return;
        }

        var packet = BeginPacket(effects);
        if (pinged is { } sequence)
        {
            packet.U8((byte)SwimMessageKind.Ack);
            packet.U32(sequence);
        }

        if (isAccused && sender!.TryWriteRumour(ref packet))
        {
            sender.AccusedAt = now;
        }

        if (_hasRefuted)
        {
            _ = _self.TryWriteRumour(ref packet);
        }

        FillAndSend(ref packet, from, head.Sender, effects);
    }

    private bool TryOpen(Instant now, Endpoint from, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> body, SwimEffects effects)
    {
        if (_room.Length < packet.Length && packet.Length <= TableBytesMax)
        {
            _room = new byte[Math.Min(TableBytesMax, packet.Length * 2)];
        }

        body = default;
        var cluster = Seal.Cluster;
        var verdict = packet.Length > _room.Length ? SealVerdict.Malformed : Seal.Open(packet, _room, out body, out cluster);
        if (verdict == SealVerdict.ForeignCluster)
        {
            Counts.Refuse(verdict);
            if (_foreign.IsDue(now))
            {
                effects.Happened(new SwimEvent.ForeignCluster(Seal.Cluster, cluster, from));
            }
        }
        else if (verdict != SealVerdict.Opened)
        {
            Refuse(now, verdict, from, effects);
        }

        return verdict == SealVerdict.Opened;
    }

    private void Refuse(Instant now, SealVerdict verdict, Endpoint from, SwimEffects effects)
    {
        Counts.Refuse(verdict);
        if (_unreadable.IsDue(now))
        {
            effects.Happened(new SwimEvent.Unreadable(verdict, from));
        }
    }
}
