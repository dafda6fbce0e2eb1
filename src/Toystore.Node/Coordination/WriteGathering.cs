using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Node.Timing;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>One container on its way to the owners of a key, and to those who stand in for them. What it means is for <see cref="WriteQuorum"/> to say; this sends and waits.</summary>
internal sealed partial class WriteGathering : Gathering
{
    private readonly CoordinationParts _parts;
    private readonly ClusterSnapshot _cluster;
    private readonly Slot _slot;
    private readonly PeerRequest.Store _request;
    private readonly Deadline _deadline;
    private readonly Shares _shares;
    private Task? _following;

    // Guards the fields below.
    private readonly Lock _lock = new();
    private WriteQuorum _fold;
    private HybridTime _higher;
    private HybridTime _tooLow;
    private StoreWrite _refusal;
    private string? _detail;
    private bool _expired;
    private int _standInsTried;
    private int _ownStandIn = -1;
    private OwnerSet _missed;
    private bool _isDecided;
    private bool _mayBeThere;

    public WriteGathering(CoordinationParts parts, ClusterSnapshot cluster, PeerRequest.Store request, int needed, Deadline deadline, Shares shares)
    {
        _parts = parts;
        _cluster = cluster;
        _slot = Slot.Of(request.Key);
        _request = request;
        _deadline = deadline;
        _shares = shares;
        _fold = new WriteQuorum(cluster.Ring.Owners(_slot).Length, needed);
    }

    /// <summary>Counts an owner that holds the container already.</summary>
    public void Holds(int owner)
    {
        lock (_lock)
        {
            _fold.AddStored(owner);
        }
    }

    /// <summary>Counts an owner that will not be asked.</summary>
    public void Skip(int owner)
    {
        lock (_lock)
        {
            _fold.AddRefused(owner);
        }
    }

    /// <summary>Follows the write to this node's own copy.</summary>
    public void Follow(int owner, ValueTask<StoreWrite> storing) => _following = FollowAsync(owner, storing);

    /// <summary>Follows the write to what this node, which does not own the key, keeps of it in the place of an owner.</summary>
    public void FollowInPlaceOf(int owner, ValueTask<StoreWrite> storing)
    {
        lock (_lock)
        {
            _ownStandIn = owner;
            _fold.AddStandInAsked(owner);
        }

        _ = FollowInPlaceAsync(owner, storing);
    }

    /// <summary>Sends the container to an owner, or, if that is known to be out of reach, to who stands in for it. <paramref name="completes"/>: as one that did not know, it knows again with it.</summary>
    public void Send(int owner, bool completes = false) => _ = SendAsync(owner, completes ? _request with { Completes = true } : _request);

    /// <summary>Waits until it is decided, or the deadline. Whoever is still under way goes on.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<QuorumWriting> DecideAsync()
    {
        if (State() == WriteState.Pending)
        {
            _parts.Wheel.Schedule(this, _deadline);
            while (State() == WriteState.Pending)
            {
                await WaitAsync();
            }

            _parts.Wheel.Cancel(this);
        }

        QuorumWriting writing;
        OwnerSet missed;
        lock (_lock)
        {
            var state = _fold.State;
            writing = new QuorumWriting(state == WriteState.Pending ? WriteState.Unknown : state, _fold.Stored, _fold.StandIns, _higher, _refusal, _detail ?? "no answer came in time") { TooLow = _tooLow };
            _isDecided = true;
            _mayBeThere = writing.State != WriteState.NotDone;
            missed = _missed;
        }

        if (missed.Count > 0 && _mayBeThere)
        {
            KeepFor(missed);
        }

        return writing;
    }

    protected internal override void OnDue()
    {
        lock (_lock)
        {
            _expired = true;
        }

        SignalElsewhere();
    }

    private WriteState State()
    {
        lock (_lock)
        {
            return _expired && _fold.State == WriteState.Pending ? WriteState.Unknown : _fold.State;
        }
    }

    private async Task FollowAsync(int owner, ValueTask<StoreWrite> storing)
    {
        var written = await storing;
        lock (_lock)
        {
            AddWritten(owner, written, "this node's store failed to write");
        }

        Signal();
    }

    private async Task FollowInPlaceAsync(int owner, ValueTask<StoreWrite> storing)
    {
        var written = await storing;
        lock (_lock)
        {
            AddStandIn(owner, written, "this node's store failed to write");
        }

        Signal();
    }

    private async Task SendAsync(int owner, PeerRequest.Store request)
    {
        var node = _cluster.Ring.Owners(_slot)[owner];
        var reply = await _parts.Peers.CallAsync(node, _cluster.Epoch, request, _deadline, CancellationToken.None);
        var wasLost = reply is PeerReply.Lost && !_deadline.HasPassed(_parts.Time);
        if (wasLost)
        {
            // The connection broke. Whether the owner is gone, the next attempt to connect will show; sent twice it is the same.
            reply = await _parts.Peers.CallAsync(node, _cluster.Epoch, request, _deadline, CancellationToken.None);
        }

        if (reply is PeerReply.Stale stale)
        {
            reply = await SendAgainAsync(node, request, stale.Stamp);
        }

        var isAway = false;
        var isMissed = false;
        lock (_lock)
        {
            switch (reply)
            {
                case PeerReply.Stored stored:
                    _fold.AddStored(owner);
                    _higher = stored.Higher > _higher ? stored.Higher : _higher;
                    break;
                case PeerReply.Refused refused:
                    AddWritten(owner, refused.Reason, $"{node}: {refused.Detail}");
                    isMissed = true;
                    break;
                case PeerReply.Overloaded:
                    AddWritten(owner, StoreWrite.Overloaded, $"{node} is overloaded");
                    isMissed = true;
                    break;
                case PeerReply.StaleEpoch newer:
                    _fold.AddRefused(owner);
                    _detail ??= $"{node} is at topology {newer.Mine} already";
                    break;
                case PeerReply.TooLow tooLow:
                    _fold.AddRefused(owner);
                    _tooLow = tooLow.Mark > _tooLow ? tooLow.Mark : _tooLow;
                    _detail ??= $"{node} takes no write from before {tooLow.Mark.Physical}";
                    isMissed = true;
                    break;
                case PeerReply.Stale:
                    _fold.AddRefused(owner);
                    _detail ??= $"{node} does not take what is so old from memory";
                    isMissed = true;
                    break;
                case PeerReply.Unreachable unreachable:
                    _detail ??= $"{node} cannot be reached: {unreachable.Detail}";
                    isAway = true;
                    break;
                case PeerReply.Lost or PeerReply.Failed:
                    _fold.AddLost(owner);
                    _detail ??= $"{node}: {(reply as PeerReply.Lost)?.Detail ?? ((PeerReply.Failed)reply).Detail}";
                    isMissed = true;
                    break;
                default:
                    throw new InvalidOperationException($"a store is not answered by {reply.GetType().Name}");
            }

            if (wasLost && !isAway)
            {
                _fold.AddLost(owner);
            }
        }

        if (isAway)
        {
            PassOver(owner, wasLost);
        }
        else if (isMissed)
        {
            Miss(owner);
        }

        Signal();
    }

    // Not from memory: what this node holds now, if that is all that was to be sent.
    private async ValueTask<PeerReply> SendAgainAsync(NodeId node, PeerRequest.Store request, ulong stamp)
    {
        if (_following is { } following)
        {
            await following;
        }

        var held = await _parts.Replica.ReadRecordAsync(request.Key, CancellationToken.None);
        return _cluster.PositionOfSelf(_slot) < 0 || held.Unknowing || !held.Container.Context.Covers(request.Container.Context)
            ? new PeerReply.Stale(stamp)
            : await _parts.Peers.CallAsync(node, _cluster.Epoch, request with { Container = held.Container, Stamp = stamp }, _deadline, CancellationToken.None);
    }

    private void AddWritten(int owner, StoreWrite written, string detail)
    {
        switch (written)
        {
            case StoreWrite.Done:
                _fold.AddStored(owner);
                break;
            case StoreWrite.Failed:
                _fold.AddLost(owner);
                _detail ??= detail;
                break;
            default:
                _fold.AddRefused(owner);
                _refusal = _refusal == StoreWrite.Done ? written : _refusal;
                _detail ??= detail;
                break;
        }
    }
}
