using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Node.Timing;

namespace Toystore.Node.Coordination;

/// <summary>One quorum read under way. What the answers mean is for <see cref="ReadQuorum"/> to say; this asks, waits, and asks on.</summary>
internal sealed class ReadGathering : Gathering
{
    private readonly CoordinationParts _parts;
    private readonly ClusterSnapshot _cluster;
    private readonly Key _key;
    private readonly Slot _slot;
    private readonly int _self;
    private readonly int _needed;
    private readonly int _owners;
    private readonly int _standIns;
    private readonly Deadline _deadline;
    private readonly bool _containersOnly;
    private readonly Task<HeldContainer>? _own;
    private readonly CancellationToken _cancellation;

    // Guards the fields below.
    private readonly Lock _lock = new();
    private ReadQuorum _fold;
    private OwnerSet _asked;
    private OwnerSet _askedContainer;
    private int _underway;
    private bool _hedged;
    private bool _hedgeDue;
    private bool _expired;
    private bool _decided;
    private string? _detail;

    /// <summary>A read by R = <paramref name="needed"/> owners; <paramref name="sloppy"/>: or by those who stand in for them, where owners cannot be reached. <paramref name="containersOnly"/>: nobody is asked for a digest. <paramref name="own"/>: what this node's own disk was asked for already.</summary>
    public ReadGathering(CoordinationParts parts, ClusterSnapshot cluster, Key key, int needed, bool sloppy, Deadline deadline, bool containersOnly, Task<HeldContainer>? own, CancellationToken cancellation)
    {
        _parts = parts;
        _cluster = cluster;
        _key = key;
        _slot = Slot.Of(key);
        _self = cluster.PositionOfSelf(_slot);
        _needed = needed;
        _deadline = deadline;
        _containersOnly = containersOnly;
        _own = own;
        _cancellation = cancellation;
        _owners = cluster.Ring.Owners(_slot).Length;
        _standIns = sloppy ? Math.Min(cluster.Topology.Members.Length, OwnerSet.OwnersMax) - _owners : 0;
        _fold = new ReadQuorum(_owners, needed, _standIns);
    }

    /// <summary>Reads until the owners agree, or differ with all containers here, or too few can answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadState> DecideAsync()
    {
        _parts.Hedging.Earn();
        if (_self >= 0)
        {
            Ask(_self, container: true);
        }

        var state = Step();
        if (state is ReadState.Pending or ReadState.NeedsContainers)
        {
            _parts.Wheel.Schedule(this, HedgeMoment());
            while (state is ReadState.Pending or ReadState.NeedsContainers)
            {
                await WaitAsync();
                state = Step();
            }

            _parts.Wheel.Cancel(this);
        }

        return state;
    }

    /// <summary>What the answers came to. Changes no more once it is decided.</summary>
    public ReadQuorum Fold()
    {
        lock (_lock)
        {
            return _fold;
        }
    }

    /// <summary>The owners that said that they do not know.</summary>
    public OwnerSet Unknowing()
    {
        var unknowing = default(OwnerSet);
        lock (_lock)
        {
            for (var owner = 0; owner < _owners; owner++)
            {
                if (_fold.IsUnknowing(owner))
                {
                    unknowing.Add(owner);
                }
            }
        }

        return unknowing;
    }

    /// <summary>All that was received, merged, and how many answers counted.</summary>
    public QuorumReading Reading()
    {
        lock (_lock)
        {
            return new QuorumReading(_fold.Merged, _fold.Answers, _fold.StandIns, "");
        }
    }

    /// <summary>What went wrong first.</summary>
    public string Detail => _detail ?? "no answer came in time";

    protected internal override void OnDue()
    {
        lock (_lock)
        {
            _expired = _deadline.HasPassed(_parts.Time);
            _hedgeDue = !_hedged;
            _hedged = true;
            if (!_expired && !_decided)
            {
                _parts.Wheel.Schedule(this, _deadline);
            }
        }

        SignalElsewhere();
    }

    private Deadline HedgeMoment()
    {
        var hedge = Deadline.After(_parts.Hedging.Delay, _parts.Time);
        return hedge.Timestamp < _deadline.Timestamp ? hedge : _deadline;
    }

    // Looks where the read stands, and asks whoever has to be asked for it to move on.
    private ReadState Step()
    {
        while (true)
        {
            int owner;
            bool container;
            lock (_lock)
            {
                var state = _fold.State;
                if (_expired && state is (ReadState.Pending or ReadState.NeedsContainers))
                {
                    _decided = true;
                    return ReadState.Hopeless;
                }

                owner = state switch
                {
                    ReadState.Pending => NextOwner(),
                    ReadState.NeedsContainers => NextContainer(),
                    _ => -1,
                };
                if (owner < 0)
                {
                    // Stand-ins that are known to be out of reach have failed meanwhile.
                    state = _fold.State;
                    _decided = state is not (ReadState.Pending or ReadState.NeedsContainers);
                    return state;
                }

                container = _containersOnly || state == ReadState.NeedsContainers || _askedContainer.Count == 0;
            }

            Ask(owner, container);
        }
    }

    private int NextOwner()
    {
        var enough = _fold.Answers + _underway >= _needed;
        if (enough && _hedgeDue)
        {
            _hedgeDue = false;
            enough = !_parts.Hedging.TrySpend();
            if (!enough)
            {
                _parts.Counters.CountHedge();
            }
        }

        // An owner that did not answer lately may not answer now either: what is kept for it is asked for before the time is up.
        enough = enough && (!_hedged || _standIns == 0 || _fold.Answers + _underway - CountSuspects() >= _needed);
        return enough ? -1 : _parts.Choice.Pick(_cluster.Ring.Owners(_slot), _asked) is >= 0 and var owner ? owner : NextStandIn();
    }

    private int CountSuspects()
    {
        var suspects = 0;
        for (var owner = 0; owner < _owners; owner++)
        {
            suspects += owner != _self && _asked.Has(owner) && _fold.IsAwaited(owner) && _parts.Peers.Health(MemberAt(owner)).State == PeerState.Suspect ? 1 : 0;
        }

        return suspects;
    }

    private int NextStandIn()
    {
        for (var member = _owners; member < _owners + _standIns; member++)
        {
            if (!_asked.Has(member) && _fold.IsAwaited(member))
            {
                var node = MemberAt(member);
                if (node == _cluster.Self || _parts.Peers.Health(node).State != PeerState.Refusing)
                {
                    return member;
                }

                _fold.AddFailure(member);
            }
        }

        return -1;
    }

    // Owners come first, then those who stand in for them.
    private NodeId MemberAt(int position)
    {
        if (position < _owners)
        {
            return _cluster.Ring.Owners(_slot)[position];
        }

        var standIns = _cluster.Ring.PreferenceList(_slot).StandIns.GetEnumerator();
        for (var at = _owners; at <= position; at++)
        {
            Invariant.Require(standIns.MoveNext(), "a stand-in is a member");
        }

        return standIns.Current;
    }

    private int NextContainer()
    {
        for (var owner = 0; owner < _owners; owner++)
        {
            if (_fold.NeedsContainer(owner) && !_askedContainer.Has(owner))
            {
                return owner;
            }
        }

        return -1;
    }

    private void Ask(int owner, bool container)
    {
        lock (_lock)
        {
            _asked.Add(owner);
            _underway++;
            if (container)
            {
                _askedContainer.Add(owner);
            }
        }

        _ = owner == _self ? AskSelfAsync() : owner >= _owners ? AskStandInAsync(owner) : AskPeerAsync(owner, container ? new PeerRequest.ReadContainer(_key) : new PeerRequest.ReadDigest(_key));
    }

    private async Task AskSelfAsync()
    {
        var held = _own is not null ? await _own : await _parts.Replica.ReadAsync(_key, CancellationToken.None);
        lock (_lock)
        {
            _underway--;
            if (_decided)
            {
                // what comes now is no part of it
            }
            else if (held.Trouble == RecordTrouble.Unreadable)
            {
                _fold.AddFailure(_self);
                _detail ??= $"{_cluster.Self}: {HeldContainer.CannotBeRead}";
            }
            else
            {
                AddContainer(_self, held.Container, held.Unknowing);
            }
        }

        Signal();
    }

    private async Task AskStandInAsync(int standIn)
    {
        var node = MemberAt(standIn);
        PeerReply reply = node == _cluster.Self
            ? new PeerReply.Held(await _parts.Book.ReadAsync(_key, _cancellation), Unknowing: false)
            : await _parts.Peers.CallAsync(node, _cluster.Epoch, new PeerRequest.ReadKept(_key), _deadline, _cancellation);
        lock (_lock)
        {
            _underway--;
            if (!_decided)
            {
                _fold.AddStandIn(standIn, reply is PeerReply.Held held ? held.Container : Container.Empty);
            }
        }

        Signal();
    }

    private async Task AskPeerAsync(int owner, PeerRequest request)
    {
        var sent = _parts.Time.GetTimestamp();
        var node = _cluster.Ring.Owners(_slot)[owner];
        var reply = await _parts.Peers.CallAsync(node, _cluster.Epoch, request, _deadline, _cancellation);
        lock (_lock)
        {
            _underway--;

            // What comes after the decision is no part of it: it would be given out without being written back.
            switch (reply)
            {
                case PeerReply when _decided:
                    break;
                case PeerReply.Held held:
                    AddContainer(owner, held.Container, held.Unknowing);
                    break;
                case PeerReply.HeldDigest { Unknowing: false } digest:
                    _fold.AddDigest(owner, digest.Digest);
                    break;
                case PeerReply.HeldDigest:
                    _fold.AddUnknowing(owner, Container.Empty);
                    break;
                default:
                    _fold.AddFailure(owner);
                    _detail ??= $"{node}: {Describe(reply)}";
                    break;
            }
        }

        if (reply is PeerReply.Held or PeerReply.HeldDigest)
        {
            _parts.Hedging.Observe(sent);
        }

        if (reply is PeerReply.Held { Unknowing: true } or PeerReply.HeldDigest { Unknowing: true })
        {
            _parts.Choice.Laggards.SaidUnknowing(node);
        }

        Signal();
    }

    private void AddContainer(int owner, Container container, bool unknowing)
    {
        if (unknowing)
        {
            _fold.AddUnknowing(owner, container);
        }
        else
        {
            _fold.AddContainer(owner, container);
        }
    }

    private static string Describe(PeerReply reply) => reply switch
    {
        PeerReply.Unreachable unreachable => $"cannot be reached: {unreachable.Detail}",
        PeerReply.Lost lost => lost.Detail,
        PeerReply.Failed failed => failed.Detail,
        PeerReply.Overloaded => "is overloaded",
        PeerReply.StaleEpoch stale => $"is at topology {stale.Mine} already",
        _ => throw new InvalidOperationException($"a read is not answered by {reply.GetType().Name}"),
    };
}
