using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Node.Timing;

namespace Toystore.Node.Coordination;

/// <summary>
/// Lists keys across the cluster. Every member is asked for its next keys in the order of the store; as far as all who answered have got, the answers are merged per key, which tells what is deleted. Each
/// slot must have R owners among those who answered.
/// </summary>
internal sealed class KeyLister(CoordinationParts parts, LocalKeys local, Coordinator coordinator)
{
    // A page of nothing but deleted keys is followed by the next one within the same request, as long as the time allows.
    private const int RoundsMax = 64;

    /// <summary>One page.</summary>
    public async ValueTask<ListOutcome> ListAsync(ClusterSnapshot cluster, ListOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        var now = UnixTime.From(parts.Time.GetUtcNow());
        var keys = new List<Key>();
        var after = options.After;
        for (var round = 0; round < RoundsMax; round++)
        {
            var request = new PeerRequest.ScanKeys(options.Prefix, after is { } last ? Slot.Of(last) : default, after, options.Limit - keys.Count);
            var pages = await AskAllAsync(cluster, request, deadline, cancellationToken);
            if (Problem(cluster, pages, options.R) is { } problem)
            {
                return problem;
            }

            var covered = pages.Values.Select(page => page.Covered).Where(position => position is not null).Select(position => position!.Value).Order(ScanOrder.Positions).FirstOrDefault();
            var complete = pages.Values.All(page => page.Covered is null);
            if (await MergeAsync(cluster, pages.Values, complete ? null : covered, options with { Limit = options.Limit - keys.Count }, now, deadline, cancellationToken) is not { } merged)
            {
                return new ListOutcome.Unavailable("The record of a key is damaged at one of its owners, and too few others could be asked about it in time.");
            }

            keys.AddRange(merged.Visible);
            after = merged.Next ?? (complete ? (Key?)null : covered.Key);
            if (after is null || keys.Count == options.Limit || deadline.HasPassed(parts.Time))
            {
                break;
            }
        }

        return new ListOutcome.Page(keys, after);
    }

    private async Task<Dictionary<NodeId, PeerReply.Keys>> AskAllAsync(ClusterSnapshot cluster, PeerRequest.ScanKeys request, Deadline deadline, CancellationToken cancellationToken)
    {
        var asked = new List<(NodeId Node, Task<PeerReply> Reply)>();
        foreach (var member in cluster.Topology.Members)
        {
            var reply = member.Id == cluster.Self
                ? local.ScanAsync(request, deadline, cancellationToken)
                : parts.Peers.CallAsync(member.Id, cluster.Epoch, request, deadline, cancellationToken);
            asked.Add((member.Id, reply.AsTask()));
        }

        // Peers answer in time, whatever happens; the own disk may not.
        await Alarm.EndsBeforeAsync(Task.WhenAll(asked.Select(each => each.Reply)), deadline, parts.Wheel);

        var pages = new Dictionary<NodeId, PeerReply.Keys>();
        foreach (var (node, reply) in asked)
        {
            if (reply.IsCompleted && await reply is PeerReply.Keys page)
            {
                pages.Add(node, page);
            }
        }

        return pages;
    }

    private static ListOutcome? Problem(ClusterSnapshot cluster, Dictionary<NodeId, PeerReply.Keys> pages, int? r)
    {
        for (var index = 0; index < Slot.Count; index++)
        {
            var slot = new Slot((ushort)index);
            var quorums = cluster.Ring.QuorumsOf(slot);
            var needed = r ?? quorums.Reads;
            if (needed < 1 || needed > quorums.Copies)
            {
                return new ListOutcome.Invalid($"R = {needed} cannot be had: the cluster keeps {quorums.Copies} copies. Ask for 1 to {quorums.Copies}.");
            }

            var answered = 0;
            foreach (var owner in cluster.Ring.Owners(slot))
            {
                answered += pages.ContainsKey(owner) ? 1 : 0;
            }

            if (answered < needed)
            {
                return new ListOutcome.Unavailable($"{answered} of R = {needed} owners of slot {slot} answered in time. Try again when more nodes are up, or list with a smaller R.");
            }
        }

        return null;
    }

    // The visible keys up to where all have got, and where to go on if the page is full before; null if it cannot be told.
    private async ValueTask<(List<Key> Visible, Key? Next)?> MergeAsync(
        ClusterSnapshot cluster, IEnumerable<PeerReply.Keys> pages, ScanPosition? covered, ListOptions options, UnixTime now, Deadline deadline, CancellationToken cancellationToken)
    {
        var merged = new Dictionary<Key, HeldKey>();
        foreach (var held in pages.SelectMany(page => page.Page))
        {
            merged[held.Key] = merged.TryGetValue(held.Key, out var known)
                ? new HeldKey(held.Key, known.Container.Merge(held.Container), known.Unknowing || held.Unknowing)
                : held;
        }

        var visible = new List<Key>();
        foreach (var held in merged.Values.OrderBy(held => new ScanPosition(Slot.Of(held.Key), held.Key), ScanOrder.Positions))
        {
            if (covered is { } end && ScanOrder.Positions.Compare(new ScanPosition(Slot.Of(held.Key), held.Key), end) > 0)
            {
                break;
            }

            var isThere = held.Unknowing ? await IsThereAsync(cluster, held.Key, new ReadOptions { R = options.R }, deadline, cancellationToken) : IsVisible(cluster, held, now);
            if (isThere is null)
            {
                return null;
            }

            if (isThere.Value)
            {
                visible.Add(held.Key);
                if (visible.Count == options.Limit)
                {
                    return (visible, held.Key);
                }
            }
        }

        return (visible, null);
    }

    private static bool IsVisible(ClusterSnapshot cluster, HeldKey held, UnixTime now) => Presentation.Values(held.Container, cluster.Topology.PolicyFor(held.Key), now).Length > 0;

    // An owner's record of it is garbled: a proper read asks the others, and mends it. Null if that cannot tell either.
    private async ValueTask<bool?> IsThereAsync(ClusterSnapshot cluster, Key key, ReadOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cluster.PositionOfSelf(Slot.Of(key)) >= 0)
        {
            return IsFound(await coordinator.ReadAsync(cluster, key, options, deadline, cancellationToken));
        }

        for (var owner = 0; owner < cluster.Ring.Owners(Slot.Of(key)).Length; owner++)
        {
            var node = cluster.Ring.Owners(Slot.Of(key))[owner];
            if (await parts.Peers.CallAsync(node, cluster.Epoch, new PeerRequest.CoordinateRead(key, options), deadline, cancellationToken) is PeerReply.Read read && IsFound(read.Outcome) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static bool? IsFound(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Found => true,
        ReadOutcome.NotFound => false,
        _ => null,
    };
}
