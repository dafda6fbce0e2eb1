using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>What it tells.</summary>
public sealed partial class Swim
{
    private const int PacketsAtOnceMax = 3;

    private Instant _gossipsAt = Instant.Never;

    private bool HasListeners => _rumours.Count > 0 && (_table.Live.Count > 0 || _recentlyDead.Count > 0);

    private void Tell(Instant now, Contact contact)
    {
        KeepBeat(now);
        _rumours.Tell(contact);
    }

    /// <summary>To be called before there is something to tell, or somebody to tell it to: if it was quiet, the next packets go out at the next beat of the same clock, so that members do not fall into step.</summary>
    private void KeepBeat(Instant now)
    {
        if (!HasListeners && _gossipsAt < now)
        {
            _gossipsAt += _options.GossipInterval * (((now - _gossipsAt).Ticks / _options.GossipInterval.Ticks) + 1);
        }
    }

    private void Gossip(Instant now, SwimEffects effects)
    {
        if (now < _gossipsAt || !HasListeners)
        {
            return;
        }

        _gossipsAt = now - _gossipsAt > _options.GossipInterval ? now : _gossipsAt;
        _gossipsAt += _options.GossipInterval;
        _recentlyDead.RemoveAll(dead => dead.Until <= now || dead.Contact.State != MemberState.Dead);
        _table.PickLive(_options.GossipTargets, except: null, onlyAlive: false, _picked);
        for (var i = 0; i < _options.GossipTargets; i++)
        {
            var (live, dead) = (_table.Live.Count, _recentlyDead.Count);
            var isForTheDead = dead > 0 && _random.Next(live + dead) < dead;
            var target = isForTheDead ? _recentlyDead[_random.Next(dead)].Contact : i < _picked.Count ? _picked[i] : null;
            if (target is not null && !TryGossipTo(target, effects))
            {
                return;
            }
        }
    }

    /// <summary>Usually one packet. When many join or die at once, what does not fit the first follows in a few more, so that the last of it need not wait until the first has been told often enough; nothing twice.</summary>
    private bool TryGossipTo(Contact target, SwimEffects effects)
    {
        var left = _rumours.Count;
        for (var i = 0; i < PacketsAtOnceMax && left > 0; i++)
        {
            var packet = BeginPacket(effects);
            var told = _rumours.Fill(ref packet, _options.TellMax(LiveCount), left);
            if (told == 0)
            {
                return i > 0;
            }

            Send(ref packet, target.Facts!.PeerEndpoint, target.Node, effects);
            left -= told;
        }

        return true;
    }

    private WireWriter BeginPacket(SwimEffects effects)
    {
        var room = effects.Reserve(_options.PacketBytesMax);
        var packet = new WireWriter(room.Slice(Seal.BodyStart, room.Length - Seal.Overhead));
        Head.Write(ref packet, Seal.Cluster);
        return packet;
    }

    private PacketHead Head => new(_self.Node, _self.Standing.Incarnation, Topology);

    private void FillAndSend(ref WireWriter packet, Endpoint to, NodeId node, SwimEffects effects)
    {
        _ = _rumours.Fill(ref packet, _options.TellMax(LiveCount));
        Send(ref packet, to, node, effects);
    }

    private void Send(ref WireWriter packet, Endpoint to, NodeId node, SwimEffects effects)
    {
        var length = packet.Length + Seal.Overhead;
        Seal.SealInPlace(effects.Reserve(length)[..length]);
        effects.Send(to, node, length);
    }
}
