using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Healing;
using Toystore.Node.Hints;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node;

/// <summary>
/// What this node does for others: gives and takes copies of the keys it owns, keeps copies for owners that cannot be reached, and coordinates for nodes that do not own a key. Fenced by the
/// lineage of the topology: who belongs to another is sent away.
/// </summary>
internal sealed class PeerService(
    Func<ClusterSnapshot> cluster, Replica replica, HintBook book, HintRoom room, Coordinator coordinator, LocalKeys local, IStore store, MembershipLoop? membership, Func<NodeStatus> status,
    Marks marks, RoundsService rounds, RepairDesk repairs, HealingPace pace, NodeCounters counters)
    : IPeerHandler
{
    /// <inheritdoc/>
    public ValueTask<PeerReply> HandleAsync(PeerCall call, CancellationToken cancellationToken)
    {
        var snapshot = cluster();
        if (call.Request is PeerRequest.HowAreYou)
        {
            return new ValueTask<PeerReply>(new PeerReply.Status(status()));
        }

        if (call.Request is PeerRequest.Probe)
        {
            return new ValueTask<PeerReply>(PeerReply.Here.Instance);
        }

        if (call.Request is PeerRequest.ExchangeMembers exchange)
        {
            return new ValueTask<PeerReply>(membership?.Exchange(call.From, exchange.Table.Span) ?? new PeerReply.Failed($"{snapshot.Self} has no membership."));
        }

        if (call.Request is PeerRequest.KeyLetter letter)
        {
            return membership?.Keys.AnswerAsync(call.From, letter.Letter, cancellationToken) ?? new ValueTask<PeerReply>(new PeerReply.Failed($"{snapshot.Self} has no membership."));
        }

        // Of one lineage all have the same owners so far, whatever else has changed (NodeEngine.Follow).
        if (call.Epoch.Lineage != snapshot.Epoch.Lineage)
        {
            return new ValueTask<PeerReply>(new PeerReply.Failed($"{snapshot.Self} is at topology {snapshot.Epoch} and was asked under {call.Epoch}"));
        }

        return call.Request switch
        {
            PeerRequest.ReadContainer read => Owns(snapshot, Slot.Of(read.Key)) ?? ReadContainerAsync(read, cancellationToken),
            PeerRequest.ReadDigest read => Owns(snapshot, Slot.Of(read.Key)) ?? ReadDigestAsync(read, cancellationToken),
            PeerRequest.Store { For: var target } write when target != default => KeepAsync(snapshot, write),
            PeerRequest.Store write => Owns(snapshot, Slot.Of(write.Key)) ?? StoreAsync(write),
            PeerRequest.CoordinateRead read => CoordinateAsync(snapshot, read, call.Deadline, cancellationToken),
            PeerRequest.CoordinateWrite write => OwnsIfStrict(snapshot, write) ?? CoordinateAsync(snapshot, write, call.Deadline),
            PeerRequest.ReadKept read => ReadKeptAsync(read, cancellationToken),
            PeerRequest.Rounds asked => AnswerRoundsAsync(snapshot, call.From, asked.Message, cancellationToken),
            PeerRequest.Repair asked => new ValueTask<PeerReply>(new PeerReply.Repair(repairs.Look(asked.Slot, asked.Begins))),
            PeerRequest.AskRoom ask => new ValueTask<PeerReply>(room.Ask(ask)),
            PeerRequest.ScanKeys scan => local.ScanAsync(scan, call.Deadline, cancellationToken),
            _ => throw new InvalidOperationException($"unknown request {call.Request.GetType().Name}"),
        };
    }

    // Null if this node owns the slot.
    private static ValueTask<PeerReply>? Owns(ClusterSnapshot snapshot, Slot slot) =>
        snapshot.PositionOfSelf(slot) >= 0 ? null : new ValueTask<PeerReply>(new PeerReply.Failed($"{snapshot.Self} does not own slot {slot}"));

    // Any member may stand in for owners that cannot be reached, but not where owners alone count.
    private static ValueTask<PeerReply>? OwnsIfStrict(ClusterSnapshot snapshot, PeerRequest.CoordinateWrite write) =>
        write.Options.Precondition is null && write.Options.Sloppy != false ? null : Owns(snapshot, Slot.Of(write.Key));

    private ValueTask<PeerReply> ReadContainerAsync(PeerRequest.ReadContainer read, CancellationToken cancellationToken)
    {
        var reading = replica.ReadAsync(read.Key, cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<PeerReply>(Held(reading.Result)) : FinishAsync(reading);

        static async ValueTask<PeerReply> FinishAsync(ValueTask<HeldContainer> reading) => Held(await reading);

        static PeerReply Held(HeldContainer held) => held.Trouble == RecordTrouble.Unreadable ? new PeerReply.Failed(HeldContainer.CannotBeRead) : new PeerReply.Held(held.Container, held.Unknowing);
    }

    private ValueTask<PeerReply> ReadDigestAsync(PeerRequest.ReadDigest read, CancellationToken cancellationToken)
    {
        var reading = replica.ReadAsync(read.Key, cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<PeerReply>(Digest(reading.Result)) : FinishAsync(reading);

        static async ValueTask<PeerReply> FinishAsync(ValueTask<HeldContainer> reading) => Digest(await reading);

        static PeerReply Digest(HeldContainer held) => held.Trouble == RecordTrouble.Unreadable ? new PeerReply.Failed(HeldContainer.CannotBeRead) : new PeerReply.HeldDigest(held.Container.Digest, held.Unknowing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PeerReply> StoreAsync(PeerRequest.Store write)
    {
        var local = await replica.MergeAsync(write.Key, write.Container, write.Durability, write.Completes, new Arrival(IsForeign: true, write.Newest, write.Stamp));
        var stored = await local.Stored;
        if (local.Refusal != LocalRefusal.None)
        {
            return local.Refusal switch
            {
                LocalRefusal.TooLow => NotAdmitted(LocalAdmission.TooLow),
                LocalRefusal.Stale => NotAdmitted(LocalAdmission.Stale),
                _ => NotAdmitted(LocalAdmission.NotHeard),
            };
        }

        if (stored != StoreWrite.Done)
        {
            return new PeerReply.Refused(stored, store.State.Problem ?? "its store did not write");
        }

        var highest = local.Result.LastWrite;
        var isHigher = write.TellHigher && highest is not null && !write.Container.Context.Covers(highest.Dot);
        return new PeerReply.Stored(isHigher ? highest!.Dot.Time : default);
    }

    // Whoever asks is held up while clients would notice what the answer takes.
    private async ValueTask<PeerReply> AnswerRoundsAsync(ClusterSnapshot snapshot, NodeId from, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var reply = await rounds.AnswerAsync(snapshot, from, message, cancellationToken);
        await pace.SpendAsync(message.Length + ((reply as PeerReply.Rounds)?.Message.Length ?? 0), cancellationToken);
        return reply;
    }

    private PeerReply NotAdmitted(LocalAdmission admission)
    {
        if (admission == LocalAdmission.Stale)
        {
            counters.CountStale();
        }

        return ReplyTo(admission);
    }

    private PeerReply ReplyTo(LocalAdmission admission) => admission switch
    {
        LocalAdmission.TooLow => new PeerReply.TooLow(marks.Mark),
        LocalAdmission.Stale => new PeerReply.Stale(marks.Stamp),
        _ => new PeerReply.Refused(StoreWrite.Overloaded, "it has just started, and takes no new write before it has heard from another member"),
    };

    // Nobody keeps a copy for an owner who is one, or it would be on fewer machines than it counts for.
    private async ValueTask<PeerReply> KeepAsync(ClusterSnapshot snapshot, PeerRequest.Store write)
    {
        var slot = Slot.Of(write.Key);
        if (snapshot.PositionOfSelf(slot) >= 0 || !snapshot.Ring.IsOwner(slot, write.For))
        {
            return new PeerReply.Refused(StoreWrite.ReadOnly, $"{snapshot.Self} does not stand in for {write.For} in slot {slot}");
        }

        var kept = await book.KeepAsync(write.For, write.Key, write.Container, write.Durability, write.Counts, new Arrival(IsForeign: true, write.Newest, write.Stamp));
        var (outcome, container, detail) = kept;
        if (outcome != StoreWrite.Done)
        {
            return kept.Admission == LocalAdmission.Taken ? new PeerReply.Refused(outcome, detail) : NotAdmitted(kept.Admission);
        }

        var highest = container.LastWrite;
        var isHigher = write.TellHigher && highest is not null && !write.Container.Context.Covers(highest.Dot);
        return new PeerReply.Stored(isHigher ? highest!.Dot.Time : default);
    }

    private async ValueTask<PeerReply> ReadKeptAsync(PeerRequest.ReadKept read, CancellationToken cancellationToken) => new PeerReply.Held(await book.ReadAsync(read.Key, cancellationToken), Unknowing: false);

    private async ValueTask<PeerReply> CoordinateAsync(ClusterSnapshot snapshot, PeerRequest.CoordinateRead read, Deadline deadline, CancellationToken cancellationToken) =>
        new PeerReply.Read(await coordinator.ReadAsync(snapshot, read.Key, read.Options, deadline, cancellationToken));

    private async ValueTask<PeerReply> CoordinateAsync(ClusterSnapshot snapshot, PeerRequest.CoordinateWrite write, Deadline deadline) =>
        new PeerReply.Written(coordinator.CanStore(write.Value)
            ? await coordinator.WriteAsync(snapshot, write.Key, write.Value, write.Options, deadline)
            : coordinator.Unwritable());
}
