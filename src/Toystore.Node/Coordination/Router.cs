using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;

namespace Toystore.Node.Coordination;

/// <summary>
/// Takes any request at any node: checks it, and has an owner of the key coordinate it: this node if it is one, otherwise the one that answers fastest (Dynamo §6.4). A request is forwarded once. If no owner can be reached, a member
/// that stands in for them coordinates it (§4.6): a read this node itself, a write the first of them that can be reached, so that those who read find it.
/// </summary>
internal sealed class Router(Func<ClusterSnapshot> cluster, CoordinationParts parts, Coordinator coordinator, KeyLister lister) : IToystore
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(10);
    private static readonly ReadOptions DefaultRead = new();
    private static readonly WriteOptions DefaultWrite = new();
    private static readonly ListOptions DefaultList = new();
    private int _underway;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= DefaultRead;
        if ((Problem(key) ?? Problem(options.Timeout)) is { } problem)
        {
            return new ReadOutcome.Invalid(problem);
        }

        if (!TryEnter())
        {
            return new ReadOutcome.Overloaded(RetryAfter);
        }

        try
        {
            parts.Counters.CountRead();
            var began = parts.Time.GetTimestamp();
            var deadline = Deadline.After(options.Timeout ?? parts.Limits.Timeout, parts.Time);
            var snapshot = cluster();
            var outcome = snapshot.PositionOfSelf(Slot.Of(key)) >= 0
                ? await coordinator.ReadAsync(snapshot, key, options, deadline, cancellationToken)
                : await ForwardReadAsync(snapshot, key, options, deadline, cancellationToken);
            parts.Foreground.Observe(began);
            if (outcome is ReadOutcome.Unavailable or ReadOutcome.Overloaded)
            {
                parts.Counters.CountFailure();
            }

            cancellationToken.ThrowIfCancellationRequested();
            return outcome;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default) => WriteAsync(key, value, options ?? DefaultWrite);

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default) => WriteAsync(key, null, options ?? DefaultWrite);

    /// <inheritdoc/>
    public async ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= DefaultList;
        if (options.Limit is < 1 or > ListOptions.LimitMax)
        {
            return new ListOutcome.Invalid($"A page has 1 to {ListOptions.LimitMax} keys; {options.Limit} were asked for.");
        }

        if (options.Prefix.Length > Key.BytesMax || Problem(options.Timeout) is not null)
        {
            return new ListOutcome.Invalid(Problem(options.Timeout) ?? $"A prefix has at most {Key.BytesMax} bytes, as a key has; this one has {options.Prefix.Length}.");
        }

        if (!TryEnter())
        {
            return new ListOutcome.Overloaded(RetryAfter);
        }

        try
        {
            return await lister.ListAsync(cluster(), options, Deadline.After(options.Timeout ?? ListTimeout, parts.Time), cancellationToken);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Requests that have not ended.</summary>
    public int Underway => Volatile.Read(ref _underway);

    /// <summary>How much is under way here.</summary>
    public IEnumerable<QueueReading> Queues() => [new("requests of clients", Underway, parts.Limits.RequestsMax), .. coordinator.Queues()];

    /// <summary>Waits until no request is under way any more, or for so long.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        var deadline = Deadline.After(patience, parts.Time);
        while (Underway > 0 && !deadline.HasPassed(parts.Time))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), parts.Time);
        }
    }

    // A write is not taken back: who stops waiting for it does not know how it ends, and nobody else stops.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteOutcome> WriteAsync(Key key, Value? value, WriteOptions options)
    {
        if ((Problem(key) ?? Problem(options.Timeout) ?? Problem(value)) is { } problem)
        {
            return new WriteOutcome.Invalid(problem);
        }

        if (value?.Bytes.Length > parts.Limits.ValueBytesMax)
        {
            return new WriteOutcome.NotDone(NotDoneReason.TooLarge, $"The value has {value.Value.Bytes.Length} bytes; this cluster takes {parts.Limits.ValueBytesMax}.");
        }

        if (!TryEnter())
        {
            return new WriteOutcome.NotDone(NotDoneReason.Overloaded, $"{parts.Limits.RequestsMax} requests are under way at this node already.");
        }

        try
        {
            parts.Counters.CountWrite();
            var began = parts.Time.GetTimestamp();
            var deadline = Deadline.After(options.Timeout ?? parts.Limits.Timeout, parts.Time);
            var snapshot = cluster();
            var outcome = await WriteAsync(snapshot, key, value, options, deadline);
            parts.Foreground.Observe(began);
            if (outcome is WriteOutcome.NotDone or WriteOutcome.Unknown)
            {
                parts.Counters.CountFailure();
            }

            return outcome;
        }
        finally
        {
            Leave();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteOutcome> WriteAsync(ClusterSnapshot snapshot, Key key, Value? value, WriteOptions options, Deadline deadline)
    {
        var slot = Slot.Of(key);
        if (options.Precondition is not null)
        {
            return await WriteAtFirstOwnerAsync(snapshot, slot, key, value, options, deadline);
        }

        WriteOutcome? refused = null;
        if (snapshot.PositionOfSelf(slot) >= 0 && (coordinator.CanStore(value) || snapshot.Ring.Owners(slot).Length == 1))
        {
            refused = await coordinator.WriteAsync(snapshot, key, value, options, deadline);
            if (!IsUnwritable(refused) || deadline.HasPassed(parts.Time))
            {
                return refused;
            }
        }

        // An owner whose own store takes no writes lets another one coordinate: they may well have room.
        return await ForwardWriteAsync(snapshot, slot, key, value, options, deadline, refused);
    }

    private static bool IsUnwritable(WriteOutcome outcome) => outcome is WriteOutcome.NotDone { Reason: NotDoneReason.DiskFull or NotDoneReason.ReadOnly or NotDoneReason.Overloaded };

    private async ValueTask<ReadOutcome> ForwardReadAsync(ClusterSnapshot snapshot, Key key, ReadOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        var slot = Slot.Of(key);
        var owners = snapshot.Ring.Owners(slot).Length;
        var asked = default(OwnerSet);
        var detail = "";
        while (asked.Count < owners && !deadline.HasPassed(parts.Time))
        {
            var owner = parts.Choice.Pick(snapshot.Ring.Owners(slot), asked);
            asked.Add(owner);
            var node = snapshot.Ring.Owners(slot)[owner];

            // As long as there is another one to ask, half of the time is kept for it: an owner that hangs must not take it all.
            var until = asked.Count < owners ? Deadline.After(deadline.Remaining(parts.Time) / 2, parts.Time) : deadline;
            var reply = await parts.Peers.CallAsync(node, snapshot.Epoch, new PeerRequest.CoordinateRead(key, options), until, cancellationToken);
            if (reply is PeerReply.Read { Outcome: not ReadOutcome.Overloaded } read)
            {
                return read.Outcome;
            }

            detail = $"{node}: {Describe(reply)}";
        }

        if ((options.Sloppy ?? true) && !deadline.HasPassed(parts.Time))
        {
            return await coordinator.ReadAsync(snapshot, key, options, deadline, cancellationToken);
        }

        return new ReadOutcome.Unavailable(options.R ?? snapshot.Ring.QuorumsOf(slot).Reads, 0, $"No owner of the key could coordinate the read. {detail}");
    }

    private async ValueTask<WriteOutcome> ForwardWriteAsync(ClusterSnapshot snapshot, Slot slot, Key key, Value? value, WriteOptions options, Deadline deadline, WriteOutcome? refused)
    {
        var owners = snapshot.Ring.Owners(slot).Length;
        var asked = default(OwnerSet);
        var anyReached = false;
        if (snapshot.PositionOfSelf(slot) is >= 0 and var self)
        {
            asked.Add(self);
            anyReached = true;
        }

        while (asked.Count < owners && (refused is null || !deadline.HasPassed(parts.Time)))
        {
            var owner = parts.Choice.Pick(snapshot.Ring.Owners(slot), asked);
            asked.Add(owner);
            var (outcome, wasReached) = await AskToWriteAsync(snapshot, snapshot.Ring.Owners(slot)[owner], key, value, options, deadline);
            if (!IsUnwritable(outcome) && outcome is not WriteOutcome.NotDone { Reason: NotDoneReason.Unavailable })
            {
                return outcome;
            }

            refused = outcome;
            anyReached |= wasReached;
        }

        return anyReached || options.Sloppy == false ? refused ?? coordinator.Unwritable() : await WriteAtStandInAsync(snapshot, slot, key, value, options, deadline, refused);
    }

    private async ValueTask<WriteOutcome> WriteAtStandInAsync(ClusterSnapshot snapshot, Slot slot, Key key, Value? value, WriteOptions options, Deadline deadline, WriteOutcome? refused)
    {
        foreach (var standIn in snapshot.Ring.PreferenceList(slot).StandIns)
        {
            if (deadline.HasPassed(parts.Time))
            {
                break;
            }

            WriteOutcome outcome;
            if (standIn == snapshot.Self)
            {
                outcome = coordinator.CanStore(value) ? await coordinator.WriteAsync(snapshot, key, value, options, deadline) : coordinator.Unwritable();
            }
            else if (parts.Peers.Health(standIn).State == PeerState.Refusing)
            {
                continue;
            }
            else
            {
                (outcome, _) = await AskToWriteAsync(snapshot, standIn, key, value, options, deadline);
            }

            if (!IsUnwritable(outcome) && outcome is not WriteOutcome.NotDone { Reason: NotDoneReason.Unavailable })
            {
                return outcome;
            }

            refused = outcome;
        }

        return refused ?? coordinator.Unwritable();
    }

    // Dynamo has no read-modify-write; here it goes to the first owner that does not refuse connections, whichever node was asked, so that in a healthy cluster all of them meet at one. An owner that only does not
    // answer, or that was reached and could not hear the others in time, is not passed over: it may be at work for somebody else, and the next one might not see what is still on its way, and then two have won.
    private async ValueTask<WriteOutcome> WriteAtFirstOwnerAsync(ClusterSnapshot snapshot, Slot slot, Key key, Value? value, WriteOptions options, Deadline deadline)
    {
        WriteOutcome? refused = null;
        for (var owner = 0; owner < snapshot.Ring.Owners(slot).Length && (refused is null || !deadline.HasPassed(parts.Time)); owner++)
        {
            var node = snapshot.Ring.Owners(slot)[owner];
            var (outcome, mayBeAlive) = node == snapshot.Self
                ? (await coordinator.WriteAsync(snapshot, key, value, options, deadline), true)
                : await CallToWriteAsync(snapshot, node, key, value, options, deadline);
            if (mayBeAlive)
            {
                return outcome;
            }

            refused = outcome;
        }

        return refused ?? coordinator.Unwritable();
    }

    // MayBeAlive: it does not refuse connections.
    private async ValueTask<(WriteOutcome Outcome, bool MayBeAlive)> CallToWriteAsync(ClusterSnapshot snapshot, NodeId node, Key key, Value? value, WriteOptions options, Deadline deadline)
    {
        var (outcome, wasReached) = await AskToWriteAsync(snapshot, node, key, value, options, deadline);
        return (outcome, wasReached || parts.Peers.Health(node).State != PeerState.Refusing);
    }

    // WasReached: it was sent the request.
    private async ValueTask<(WriteOutcome Outcome, bool WasReached)> AskToWriteAsync(ClusterSnapshot snapshot, NodeId node, Key key, Value? value, WriteOptions options, Deadline deadline)
    {
        var reply = await parts.Peers.CallAsync(node, snapshot.Epoch, new PeerRequest.CoordinateWrite(key, value, options), deadline, CancellationToken.None);
        WriteOutcome outcome = reply switch
        {
            PeerReply.Written written => written.Outcome,
            PeerReply.Unreachable or PeerReply.StaleEpoch => new WriteOutcome.NotDone(NotDoneReason.Unavailable, $"{node}: {Describe(reply)}"),
            PeerReply.Overloaded => new WriteOutcome.NotDone(NotDoneReason.Overloaded, $"{node} is overloaded."),
            PeerReply.Lost or PeerReply.Failed => new WriteOutcome.Unknown(options.W ?? snapshot.Ring.QuorumsOf(Slot.Of(key)).Writes, 0, $"{node} was asked to coordinate it: {Describe(reply)}"),
            _ => throw new InvalidOperationException($"a coordinated write is not answered by {reply.GetType().Name}"),
        };
        return (outcome, reply is not PeerReply.Unreachable);
    }

    private static string Describe(PeerReply reply) => reply switch
    {
        PeerReply.Unreachable unreachable => unreachable.Detail,
        PeerReply.Lost lost => lost.Detail,
        PeerReply.Failed failed => failed.Detail,
        PeerReply.StaleEpoch stale => $"is at topology {stale.Mine} already",
        _ => "is overloaded",
    };

    private static string? Problem(Key key) => key.Length > 0 ? null : $"A key has 1 to {Key.BytesMax} bytes; this one is empty.";

    private static string? Problem(TimeSpan? timeout) =>
        timeout is not { } span || (span >= TimeSpan.FromMilliseconds(1) && span <= TimeoutMax) ? null : $"A timeout is 1 ms to {TimeoutMax.TotalSeconds:0} s.";

    private static string? Problem(Value? value) =>
        value?.ContentType is { } type && System.Text.Encoding.UTF8.GetByteCount(type) > Sibling.ContentTypeBytesMax ? $"A content type has at most {Sibling.ContentTypeBytesMax} bytes." : null;

    private bool TryEnter()
    {
        if (Interlocked.Increment(ref _underway) <= parts.Limits.RequestsMax)
        {
            return true;
        }

        Interlocked.Decrement(ref _underway);
        return false;
    }

    private void Leave() => Interlocked.Decrement(ref _underway);
}
