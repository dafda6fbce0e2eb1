using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Node.Peers;

namespace Toystore.Node.Membership;

/// <summary>What goes over TCP, as requests to peers; and what is told to people.</summary>
internal sealed partial class MembershipLoop
{
    private Task Begin(SwimEffect effect)
    {
        // A seed is an address; who is there the topology knows.
        var node = effect.Node.Value != 0 ? effect.Node : _nodes.GetValueOrDefault(effect.To);
        if (!_endpoints.ContainsKey(node) || node == _setup.Self)
        {
            return Task.CompletedTask;
        }

        var call = Detached.Start(() => GuardedAsync(effect.Kind == SwimEffectKind.TcpPing ? PingAsync(node, effect) : ExchangeAsync(node, effect)), _gossip.Home);
        Keep(call);
        return call;
    }

    private async Task PingAsync(NodeId node, SwimEffect effect)
    {
        await Task.Yield();
        if (await CallAsync(node, PeerRequest.Probe.Instance, _setup.Options.ProbeInterval) is not PeerReply.Here)
        {
            return;
        }

        Aftermath after;
        lock (_gate)
        {
            _swim!.TcpPinged(Now, effect.Number, _effects);
            after = EndTurn();
        }

        Finish(after);
    }

    private async Task ExchangeAsync(NodeId node, SwimEffect effect)
    {
        await Task.Yield();
        if (!Keys.Ring.Keys.IsEmpty || _isInTheDark)
        {
            // Of two whose keys differ one has missed a change; it is made good first, because otherwise neither can read the other's table.
            _isInTheDark = false;
            await Keys.CatchUpAsync(node, ExchangeTimeout, _stopping.Token);
        }

        byte[] table;
        lock (_gate)
        {
            _tally.Exchanges++;
            table = effect.Kind == SwimEffectKind.Compare ? _swim!.TableDigest() : _swim!.Table();
        }

        var reply = await CallAsync(node, new PeerRequest.ExchangeMembers(table), ExchangeTimeout);
        Aftermath after;
        lock (_gate)
        {
            if (reply is not PeerReply.Members members)
            {
                _tally.ExchangesFailed++;
                return;
            }

            _tally.ExchangesFailed += _swim!.MergeTable(Now, effect.To, members.Table.Span, _effects, asked: effect.To) ? 0 : 1;
            after = EndTurn();
        }

        Finish(after);
    }

    private async Task<PeerReply> CallAsync(NodeId node, PeerRequest request, TimeSpan patience)
    {
        Count(node, 1);
        try
        {
            return await _links.CallAsync(node, _setup.Topology.Epoch, request, Deadline.After(patience, _time), _stopping.Token);
        }
        finally
        {
            Count(node, -1);
        }
    }

    private void Count(NodeId node, int change)
    {
        lock (_gate)
        {
            _calls[node] = _calls.GetValueOrDefault(node) + change;
        }
    }

    private void Report(SwimEvent what)
    {
        _metrics?.Report(what);
        switch (what)
        {
            case SwimEvent.Joined(var node, var incarnation):
                _logger.Joined(node, incarnation);
                _links.HeardFrom(node);
                break;
            case SwimEvent.Suspected(var node, _, var by):
                _logger.Suspected(node, by);
                break;
            case SwimEvent.Refuted(var node, _):
                _logger.Refuted(node);
                _links.HeardFrom(node);
                break;
            case SwimEvent.Died(var node, _, var by):
                _logger.Died(node, by);
                break;
            case SwimEvent.Left(var node, _):
                _logger.Left(node);
                break;
            case SwimEvent.FactsChanged(var node, _):
                _logger.FactsChanged(node);
                break;
            case SwimEvent.Accused(var state, var by, _):
                _logger.Accused(by, state);
                break;
            case SwimEvent.PacketsLost(var node):
                _logger.PacketsLost(node);
                break;
            case SwimEvent.ForeignCluster(var ours, var theirs, var from):
                _logger.ForeignCluster(from, theirs, ours);
                break;
            case SwimEvent.Unreadable(var verdict, var from):
                _isInTheDark |= verdict == SealVerdict.NoKeyOpens;
                _logger.Unreadable(from, verdict);
                break;
            case SwimEvent.Stranger(var node, var from):
                _logger.UnknownMember(from, node);
                break;
            case SwimEvent.Ghost(var node):
                _logger.Ghost(node);
                break;
            case SwimEvent.IdentityClash(var node, _, _):
                _logger.IdentityClash(node);
                break;
            case SwimEvent.Implausible(var node, var known, var said):
                _logger.Implausible(node, known, said);
                break;
            case SwimEvent.TopologyAhead(var node, var epoch):
                _logger.TopologyAhead(node, epoch);
                TopologyAhead(node, epoch);
                break;
            default:
                throw new InvariantException($"unknown event {what.GetType().Name}");
        }
    }
}
