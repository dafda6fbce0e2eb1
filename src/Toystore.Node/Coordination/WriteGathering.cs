using System.Runtime.CompilerServices;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Node.Timing;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>One container on its way to the owners of a key. What it means is for <see cref="WriteQuorum"/> to say; this sends and waits.</summary>
internal sealed class WriteGathering : Gathering
{
    private readonly CoordinationParts _parts;
    private readonly ClusterSnapshot _cluster;
    private readonly Slot _slot;
    private readonly PeerRequest.Store _request;
    private readonly Deadline _deadline;

    // Guards the fields below.
    private readonly Lock _lock = new();
    private WriteQuorum _fold;
    private HybridTime _higher;
    private StoreWrite _refusal;
    private string? _detail;
    private bool _expired;

    public WriteGathering(CoordinationParts parts, ClusterSnapshot cluster, PeerRequest.Store request, int needed, Deadline deadline)
    {
        _parts = parts;
        _cluster = cluster;
        _slot = Slot.Of(request.Key);
        _request = request;
        _deadline = deadline;
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
    public void Follow(int owner, ValueTask<StoreWrite> storing) => _ = FollowAsync(owner, storing);

    /// <summary>Sends the container to an owner. <paramref name="completes"/>: as one that did not know, it knows again with it.</summary>
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

        lock (_lock)
        {
            var state = _fold.State;
            return new QuorumWriting(state == WriteState.Pending ? WriteState.Unknown : state, _fold.Stored, _higher, _refusal, _detail ?? "no answer came in time");
        }
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

    private async Task SendAsync(int owner, PeerRequest.Store request)
    {
        var node = _cluster.Ring.Owners(_slot)[owner];
        var reply = await _parts.Peers.CallAsync(node, _cluster.Epoch, request, _deadline, CancellationToken.None);
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
                    break;
                case PeerReply.Overloaded:
                    AddWritten(owner, StoreWrite.Overloaded, $"{node} is overloaded");
                    break;
                case PeerReply.StaleEpoch stale:
                    _fold.AddRefused(owner);
                    _detail ??= $"{node} is at topology {stale.Mine} already";
                    break;
                case PeerReply.Unreachable unreachable:
                    _fold.AddRefused(owner);
                    _detail ??= $"{node} cannot be reached: {unreachable.Detail}";
                    break;
                case PeerReply.Lost lost:
                    _fold.AddLost(owner);
                    _detail ??= $"{node}: {lost.Detail}";
                    break;
                case PeerReply.Failed failed:
                    _fold.AddLost(owner);
                    _detail ??= $"{node}: {failed.Detail}";
                    break;
                default:
                    throw new InvalidOperationException($"a store is not answered by {reply.GetType().Name}");
            }
        }

        Signal();
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

/// <summary>Where a container's way to its owners ended.</summary>
/// <param name="State">Done, not done or unknown.</param>
/// <param name="Stored">Owners known to hold it.</param>
/// <param name="Higher">The highest live reading that an owner holds and the container does not cover.</param>
/// <param name="Refusal">Why the first owner's store that refused did so; Done if none did.</param>
/// <param name="Detail">What went wrong first.</param>
internal readonly record struct QuorumWriting(WriteState State, int Stored, HybridTime Higher, StoreWrite Refusal, string Detail);
