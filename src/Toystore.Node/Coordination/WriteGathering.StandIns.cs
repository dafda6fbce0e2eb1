using Toystore.Core;
using Toystore.Core.Quorum;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>The shares of owners that do not take them: who takes them instead, and who keeps them.</summary>
internal sealed partial class WriteGathering
{
    // An owner cannot be reached: somebody else takes its share.
    private void PassOver(int owner, bool mayHold)
    {
        NodeId standIn;
        lock (_lock)
        {
            if (_shares != Shares.StandIn || owner == _ownStandIn)
            {
                standIn = default;
            }
            else if ((standIn = NextStandIn()) != default)
            {
                _fold.AddStandInAsked(owner);
            }

            _fold.AddUnreachable(owner);
            if (mayHold)
            {
                _fold.AddLost(owner);
            }

            _detail ??= $"{_cluster.Ring.Owners(_slot)[owner]} cannot be reached";
        }

        if (standIn != default)
        {
            _ = AskStandInAsync(owner, standIn);
        }
        else if (owner != _ownStandIn)
        {
            Miss(owner);
        }
    }

    private async Task AskStandInAsync(int owner, NodeId standIn)
    {
        var request = _request with { For = _cluster.Ring.Owners(_slot)[owner], Counts = true };
        while (standIn != default)
        {
            var reply = await _parts.Peers.CallAsync(standIn, _cluster.Epoch, request, _deadline, CancellationToken.None);
            lock (_lock)
            {
                switch (reply)
                {
                    case PeerReply.Stored stored:
                        _parts.Counters.CountStandIn();
                        AddStandIn(owner, StoreWrite.Done, "");
                        _higher = stored.Higher > _higher ? stored.Higher : _higher;
                        standIn = default;
                        break;
                    case PeerReply.TooLow(var mark):
                        AddStandIn(owner, StoreWrite.Full, $"{standIn}, which stands in, takes no write from before {mark.Physical}");
                        _tooLow = mark > _tooLow ? mark : _tooLow;
                        standIn = NextStandIn();
                        break;
                    case PeerReply.Lost or PeerReply.Failed:
                        AddStandIn(owner, StoreWrite.Failed, $"{standIn}, which stands in, did not say whether it holds it");
                        standIn = NextStandIn();
                        break;
                    default:
                        AddStandIn(owner, StoreWrite.Full, $"{standIn}, which stands in, did not take it");
                        standIn = NextStandIn();
                        break;
                }

                if (standIn != default)
                {
                    _fold.AddStandInAsked(owner);
                }
            }

            if (standIn == default && reply is not PeerReply.Stored)
            {
                Miss(owner);
            }

            Signal();
        }
    }

    // The next member that may stand in, each of them for one owner only: a copy must be on a machine of its own to count. Called with the lock.
    private NodeId NextStandIn()
    {
        if (_deadline.HasPassed(_parts.Time))
        {
            return default;
        }

        var passed = 0;
        foreach (var node in _cluster.Ring.PreferenceList(_slot).StandIns)
        {
            if (passed++ < _standInsTried)
            {
                continue;
            }

            _standInsTried++;
            if (node != _cluster.Self && _parts.Peers.Health(node).State != PeerState.Refusing)
            {
                return node;
            }
        }

        return default;
    }

    private void Miss(int owner)
    {
        if (_shares == Shares.Leave)
        {
            return;
        }

        lock (_lock)
        {
            // What did not happen must not happen later.
            if (!_isDecided || !_mayBeThere)
            {
                _missed.Add(owner);
                return;
            }
        }

        var missed = default(OwnerSet);
        missed.Add(owner);
        KeepFor(missed);
    }

    private void KeepFor(OwnerSet missed)
    {
        for (var owner = 0; owner < _cluster.Ring.Owners(_slot).Length; owner++)
        {
            if (missed.Has(owner))
            {
                _parts.Hints.Keep(_cluster, _request, _cluster.Ring.Owners(_slot)[owner]);
            }
        }
    }

    private void AddStandIn(int owner, StoreWrite written, string detail)
    {
        switch (written)
        {
            case StoreWrite.Done:
                _fold.AddStandInStored(owner);
                return;
            case StoreWrite.Failed:
                _fold.AddStandInLost(owner);
                break;
            default:
                _fold.AddStandInRefused(owner);
                break;
        }

        _detail ??= detail;
    }
}
