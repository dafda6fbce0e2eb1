using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Node.Timing;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>
/// Runs requests for keys that this node owns (Dynamo §4.5): reads from R owners, writes to W. Where owners cannot be reached, other members stand in for them (§4.6); where none can, this node coordinates as one of those. Options
/// were checked, apart from what needs the key's owners.
/// </summary>
internal sealed class Coordinator(CoordinationParts parts)
{
    // A last write that is told of a higher one is minted anew above it; who is told so this often in a row has a hopeless clock.
    private const int RemintsMax = 3;

    private readonly QuorumReader _reader = new(parts);
    private readonly KeyLocks _locks = new(parts.Wheel);

    /// <summary>Reads a key.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOutcome> ReadAsync(ClusterSnapshot cluster, Key key, ReadOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        var slot = Slot.Of(key);
        var quorums = cluster.Ring.QuorumsOf(slot);
        var needed = options.R ?? quorums.Reads;
        if (Quorum(needed, "R", quorums, cluster) is { } problem)
        {
            return new ReadOutcome.Invalid(problem);
        }

        var reading = await _reader.ReadAsync(cluster, key, needed, options.Sloppy ?? true, deadline, cancellationToken);
        if (reading.Container is not { } container)
        {
            return new ReadOutcome.Unavailable(needed, reading.Answers, reading.Detail);
        }

        var policy = options.Policy ?? cluster.Topology.PolicyFor(key);
        var values = Presentation.Values(container, policy, UnixTime.From(parts.Time.GetUtcNow()));
        if (values.Length > 0)
        {
            return new ReadOutcome.Found(values, Token(cluster, slot, container.Context)) { StandIns = reading.StandIns };
        }

        return new ReadOutcome.NotFound(container.IsEmpty ? null : Token(cluster, slot, container.Context)) { StandIns = reading.StandIns };
    }

    /// <summary>Writes a key, or deletes it if there is no value.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteOutcome> WriteAsync(ClusterSnapshot cluster, Key key, Value? value, WriteOptions options, Deadline deadline)
    {
        var slot = Slot.Of(key);
        var quorums = cluster.Ring.QuorumsOf(slot);
        var needed = options.W ?? quorums.Writes;
        if (Quorum(needed, "W", quorums, cluster) is { } problem)
        {
            return new WriteOutcome.Invalid(problem);
        }

        var seen = default(VersionVector);
        if (options.Context is { } token)
        {
            if (ReadToken(cluster, slot, token, out seen) is { } contextProblem)
            {
                return new WriteOutcome.Invalid(contextProblem);
            }
        }

        var sloppy = (options.Sloppy ?? true) && options.Precondition is null;
        var reachable = CountReachable(cluster, slot);
        if (reachable < needed && reachable + (sloppy ? CountStandIns(cluster, slot, needed - reachable) : 0) is var found && found < needed)
        {
            return new WriteOutcome.NotDone(NotDoneReason.Unavailable, $"W = {needed} {(sloppy ? "members" : "owners")} have to store it, and {found} can be reached. Try again when more nodes are up, or write with a smaller W.");
        }

        var isLastWrite = (options.Policy ?? cluster.Topology.PolicyFor(key)) == ConflictPolicy.LastWriteWins;
        var request = new CoordinatedWrite(cluster, key, slot, value, isLastWrite, options, needed, quorums, sloppy, deadline);
        if (options.Precondition is not null)
        {
            return await WriteConditionallyAsync(request, seen);
        }

        if (value is null && options.Context is null && !isLastWrite)
        {
            var asked = Math.Max(quorums.Reads, needed);
            var reading = await _reader.ReadAsync(cluster, key, asked, sloppy, deadline, CancellationToken.None);
            if (reading.Container is not { } current)
            {
                return new WriteOutcome.NotDone(NotDoneReason.Unavailable, $"A delete without a context removes what R = {asked} owners hold now, and {reading.Answers} answered. {reading.Detail}");
            }

            seen = current.Context;
            if (current.IsEmpty)
            {
                // W owners say that there is nothing: that is as good as a tombstone at each, and leaves none.
                return new WriteOutcome.Done(Token(cluster, slot, seen), reading.Answers, options.Durability ?? parts.Limits.Durability);
            }
        }

        return await SpreadAsync(request, new ClientWrite(value, seen, isLastWrite, options.RequestId, default));
    }

    /// <summary>True if this node's store takes such a write now: a full one takes deletes, so that it can be emptied.</summary>
    public bool CanStore(Value? value) => parts.Store.Writable is var writable && (writable == StoreWrite.Done || (writable == StoreWrite.Full && value is null));

    /// <summary>What a write gets that no owner's store would take.</summary>
    public WriteOutcome.NotDone Unwritable() => new(ReasonOf(parts.Store.State.Writable), parts.Store.State.Problem ?? "No owner of the key could coordinate the write.");

    /// <summary>How much is under way here.</summary>
    public IEnumerable<QueueReading> Queues() => [new("conditional writes", _locks.Count, null), new("keys being healed", _reader.Healing, null), parts.Hints.Queue, .. parts.Book.Queues()];

    private async ValueTask<WriteOutcome> WriteConditionallyAsync(CoordinatedWrite request, VersionVector seen)
    {
        var (cluster, key, slot) = (request.Cluster, request.Key, request.Slot);
        var since = default(VersionVector);
        if (request.Options.Precondition is Precondition.Unchanged unchanged)
        {
            if (ReadToken(cluster, slot, unchanged.Since, out since) is { } problem)
            {
                return new WriteOutcome.Invalid(problem);
            }
        }

        if (!await _locks.AcquireAsync(key, request.Deadline))
        {
            return new WriteOutcome.NotDone(NotDoneReason.Overloaded, "Other conditional writes of this key were before it, and its time was up.");
        }

        try
        {
            var reading = await _reader.ReadAsync(cluster, key, request.Quorums.Strict.Reads, sloppy: false, request.Deadline, CancellationToken.None);
            if (reading.Container is not { } current)
            {
                return new WriteOutcome.NotDone(NotDoneReason.Unavailable, $"A conditional write has to read {request.Quorums.Strict.Reads} owners first, and {reading.Answers} answered. {reading.Detail}");
            }

            var isRetry = request.Options.RequestId is { } id && Presentation.Holds(current, id);
            if (!isRetry && !Presentation.Meets(current, request.Options.Precondition!, since, UnixTime.From(parts.Time.GetUtcNow())))
            {
                return new WriteOutcome.PreconditionFailed(current.IsEmpty ? null : Token(cluster, slot, current.Context));
            }

            var strict = request with { Needed = Math.Max(request.Needed, request.Quorums.Strict.Writes) };

            // The retry of a write that is there already must replace no more than that did: what has come beside it since passed no check.
            var replaced = seen.Join(isRetry ? since : current.Context);
            return await SpreadAsync(strict, new ClientWrite(request.Value, replaced, request.IsLastWrite, request.Options.RequestId, default));
        }
        finally
        {
            _locks.Release(key);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteOutcome> SpreadAsync(CoordinatedWrite request, ClientWrite write)
    {
        for (var attempt = 0; ; attempt++)
        {
            var durability = request.Options.Durability ?? parts.Limits.Durability;
            var local = await WriteHereAsync(request, write, durability.ToStore());
            if (local.Refusal != LocalRefusal.None)
            {
                var refused = Refused(local.Refusal, await local.Stored);
                return attempt == 0 ? refused : Superseded(request, refused.Detail);
            }

            var store = new PeerRequest.Store(request.Key, local.Result, durability.ToStore(), write.IsLastWrite, Completes: false) { Newest = local.Newest };
            var gathering = new WriteGathering(parts, request.Cluster, store, request.Needed, request.Deadline, request.Sloppy ? Shares.StandIn : Shares.Keep);
            var self = request.Cluster.PositionOfSelf(request.Slot);
            if (self < 0)
            {
                gathering.FollowInPlaceOf(0, local.Stored);
            }

            for (var owner = 0; owner < request.Quorums.Copies; owner++)
            {
                if (owner != self)
                {
                    gathering.Send(owner);
                }
            }

            if (self >= 0)
            {
                gathering.Follow(self, local.Stored);
            }

            var written = await gathering.DecideAsync();
            if (written.State == WriteState.Done && written.Higher != default && written.Higher >= local.Newest.Time && write.IsLastWrite && attempt < RemintsMax)
            {
                // The same reading is not enough to win: then the actors decide.
                write = write with { Above = written.Higher };
                continue;
            }

            if (written.TooLow.Value > 0 && written.State != WriteState.Done && attempt < RemintsMax && !request.Deadline.HasPassed(parts.Time))
            {
                // This clock is behind. The second try covers the first, which may be here and there by now; if that was replaced already, it has taken effect, and is not repeated.
                parts.Replica.Adopt(written.TooLow);
                write = write with { Above = written.TooLow, Replaces = local.Newest };
                continue;
            }

            return written.State == WriteState.NotDone && attempt > 0 ? Superseded(request, written.Detail) : Outcome(request, write, local, written, durability);
        }
    }

    // An earlier round was stored, below a higher dot; it is there, whatever became of the next one.
    private static WriteOutcome.Unknown Superseded(CoordinatedWrite request, string detail) =>
        new(request.Needed, 0, $"It was stored, but below what others have already, and it could not be written again above that: {detail}");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<LocalWrite> WriteHereAsync(CoordinatedWrite request, ClientWrite write, Durability durability)
    {
        var permit = new WritePermit();
        var writing = request.Cluster.PositionOfSelf(request.Slot) >= 0
            ? parts.Replica.WriteAsync(request.Key, write, durability, permit)
            : parts.Book.WriteAsync(request.Cluster.Ring.Owners(request.Slot)[0], request.Key, write, durability, permit);
        if (writing.IsCompleted)
        {
            return await writing;
        }

        var task = writing.AsTask();
        return !await Alarm.EndsBeforeAsync(task, request.Deadline, parts.Wheel) && permit.TryWithdraw() ? LocalWrite.Refused(LocalRefusal.TooLate) : await task;
    }

    private static WriteOutcome Outcome(CoordinatedWrite request, ClientWrite write, LocalWrite local, QuorumWriting written, WriteDurability durability) => written.State switch
    {
        WriteState.Done => new WriteOutcome.Done(Token(request.Cluster, request.Slot, Presentation.SeenByWriter(write, local)), written.Stored, durability) { StandIns = written.StandIns },
        WriteState.NotDone => new WriteOutcome.NotDone(ReasonOf(written.Refusal), $"Nobody stored it. {written.Detail}"),
        WriteState.Unknown => new WriteOutcome.Unknown(request.Needed, written.Stored, $"{written.Stored} of W = {request.Needed} {(request.Sloppy ? "members" : "owners")} are known to hold it: {written.Detail}"),
        _ => throw new InvalidOperationException($"a write was decided as {written.State}"),
    };

    private WriteOutcome.NotDone Refused(LocalRefusal refusal, StoreWrite reason) => refusal switch
    {
        LocalRefusal.TooManySiblings => new WriteOutcome.NotDone(NotDoneReason.TooManySiblings, "The key has too many concurrent values. Read it, decide what it should be, and write that with the context of the read."),
        LocalRefusal.NotHeard => new WriteOutcome.NotDone(NotDoneReason.Unavailable, "This node has just started, and takes no write before it has heard from another member; nothing was written."),
        LocalRefusal.Superseded => new WriteOutcome.NotDone(NotDoneReason.Unavailable, "What it had stored at first was read and replaced before all owners had it, or cannot be told from other values that nobody has replaced."),
        LocalRefusal.NotWritable when reason != StoreWrite.Failed => new(ReasonOf(reason), parts.Store.State.Problem ?? "The store of the owner that coordinated it did not take it."),
        LocalRefusal.NotWritable => Unwritable(),
        LocalRefusal.Unreadable => new(NotDoneReason.ReadOnly, "The disk of the owner that coordinated it did not give what the key holds; nothing was written."),
        LocalRefusal.TooLate => new(NotDoneReason.Unavailable, "The disk of the owner that coordinated it did not answer in time; nothing was written."),
        _ => throw new InvalidOperationException($"unknown refusal {refusal}"),
    };

    private static NotDoneReason ReasonOf(StoreWrite refusal) => refusal switch
    {
        StoreWrite.Full => NotDoneReason.DiskFull,
        StoreWrite.ReadOnly => NotDoneReason.ReadOnly,
        StoreWrite.Overloaded => NotDoneReason.Overloaded,
        _ => NotDoneReason.Unavailable,
    };

    private int CountReachable(ClusterSnapshot cluster, Slot slot)
    {
        var reachable = 0;
        foreach (var owner in cluster.Ring.Owners(slot))
        {
            reachable += owner == cluster.Self || parts.Peers.Health(owner).State != PeerState.Refusing ? 1 : 0;
        }

        return reachable;
    }

    // How many members can stand in, this node too if it is no owner, as far as so many are needed.
    private int CountStandIns(ClusterSnapshot cluster, Slot slot, int needed)
    {
        var count = 0;
        foreach (var member in cluster.Ring.PreferenceList(slot).StandIns)
        {
            count += member == cluster.Self || parts.Peers.Health(member).State != PeerState.Refusing ? 1 : 0;
            if (count == needed)
            {
                break;
            }
        }

        return count;
    }

    private static string? Quorum(int asked, string name, Quorums quorums, ClusterSnapshot cluster)
    {
        if (asked >= 1 && asked <= quorums.Copies)
        {
            return null;
        }

        var kept = quorums.Copies < cluster.Topology.Quorums.Copies
            ? $"the cluster has {quorums.Copies} members and therefore keeps {quorums.Copies} copies instead of {cluster.Topology.Quorums.Copies}"
            : $"the cluster keeps {quorums.Copies} copies";
        return $"{name} = {asked} cannot be had: {kept}. Ask for 1 to {quorums.Copies}.";
    }

    private string? ReadToken(ClusterSnapshot cluster, Slot slot, ContextToken token, out VersionVector seen)
    {
        _ = CausalContext.TryParse(token.Text, cluster.ClusterId, slot, out var context, out var problem);
        seen = context.Seen;
        return problem ?? (seen.Floor <= parts.Replica.Clock ? null : $"The context was made at {seen.Floor.Physical}, which is still to come for this node's clock. Set the clocks of the cluster right, or send a context that was returned by this cluster.");
    }

    private static ContextToken Token(ClusterSnapshot cluster, Slot slot, VersionVector seen) => new(new CausalContext(slot, seen).ToToken(cluster.ClusterId));

    private readonly record struct CoordinatedWrite(
        ClusterSnapshot Cluster, Key Key, Slot Slot, Value? Value, bool IsLastWrite, WriteOptions Options, int Needed, Quorums Quorums, bool Sloppy, Deadline Deadline);
}
