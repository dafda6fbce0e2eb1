using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Node.Peers;
using Toystore.Node.Replication;

namespace Toystore.Node.Coordination;

/// <summary>
/// Gives a key back to owners whose disk garbled it. They know again once they hold what N - W + 1 others hold together that know: every write that W owners acknowledged is with one of those. Or what all others hold, whatever they
/// know: then nobody has more to give; but not if none of them knows, and none has anything: that it was lost is better said than hidden. Otherwise owners that lost something at the same time would wait for each other for ever.
/// </summary>
internal sealed class RecordHealing(CoordinationParts parts)
{
    // Guards itself: the keys being healed in the background, at most one per read under way.
    private readonly HashSet<Key> _underway = [];

    /// <summary>Keys being healed in the background.</summary>
    public int Count
    {
        get
        {
            lock (_underway)
            {
                return _underway.Count;
            }
        }
    }

    /// <summary>Heals a key in the background, unless that is under way.</summary>
    public async Task BeginAsync(ClusterSnapshot cluster, Key key, OwnerSet unknowing)
    {
        lock (_underway)
        {
            if (!_underway.Add(key))
            {
                return;
            }
        }

        parts.Counters.CountReadRepair();
        await HealAsync(cluster, key, unknowing, Deadline.After(parts.Limits.Timeout, parts.Time));
        lock (_underway)
        {
            _underway.Remove(key);
        }
    }

    /// <summary>Gives the key back to the owners that said that they do not know.</summary>
    public async ValueTask<HealingEnd> HealAsync(ClusterSnapshot cluster, Key key, OwnerSet unknowing, Deadline deadline)
    {
        var quorums = cluster.Ring.QuorumsOf(Slot.Of(key));
        var others = quorums.Copies - quorums.Writes + 1;
        if (others >= quorums.Copies)
        {
            return HealingEnd.Open;
        }

        if ((await ReadSomeAsync(cluster, key, others, deadline) ?? await ReadAllAsync(cluster, key, deadline)) is not { } read)
        {
            return HealingEnd.Open;
        }

        if (read.Answers == 0 && read.Merged.IsEmpty)
        {
            return HealingEnd.NobodyHasAny;
        }

        var holders = 0;
        for (var owner = 0; owner < quorums.Copies; owner++)
        {
            holders += read.HoldsMerged(owner) || read.IsStale(owner) || unknowing.Has(owner) ? 1 : 0;
        }

        var written = await WriteBack.Begin(parts, cluster, key, read, holders, completes: true, deadline, onlyStale: true, unknowing).DecideAsync();
        return written.State == WriteState.Done ? HealingEnd.Whole : HealingEnd.Open;
    }

    private async ValueTask<ReadQuorum?> ReadSomeAsync(ClusterSnapshot cluster, Key key, int needed, Deadline deadline)
    {
        var gathering = new ReadGathering(parts, cluster, key, needed, sloppy: false, deadline, containersOnly: true, own: null, CancellationToken.None);
        var state = await gathering.DecideAsync();
        return state is ReadState.Agreed or ReadState.NeedsRepair && gathering.Fold() is { CanRestore: true } read ? read : null;
    }

    private async ValueTask<ReadQuorum?> ReadAllAsync(ClusterSnapshot cluster, Key key, Deadline deadline)
    {
        var owners = cluster.Ring.Owners(Slot.Of(key)).ToArray();
        var answers = await Task.WhenAll(owners.Select(owner => AskAsync(cluster, owner, key, deadline)));
        var read = new ReadQuorum(owners.Length, needed: 1);
        for (var owner = 0; owner < owners.Length; owner++)
        {
            if (answers[owner] is not { } held)
            {
                return null;
            }

            if (held.Unknowing)
            {
                read.AddUnknowing(owner, held.Container);
            }
            else
            {
                read.AddContainer(owner, held.Container);
            }
        }

        return read;
    }

    private async Task<PeerReply.Held?> AskAsync(ClusterSnapshot cluster, NodeId owner, Key key, Deadline deadline)
    {
        if (owner != cluster.Self)
        {
            return await parts.Peers.CallAsync(owner, cluster.Epoch, new PeerRequest.ReadContainer(key), deadline, CancellationToken.None) as PeerReply.Held;
        }

        try
        {
            var own = await parts.Replica.ReadAsync(key, CancellationToken.None).AsTask().WaitAsync(deadline.Remaining(parts.Time), parts.Time);
            return own.Trouble == RecordTrouble.Unreadable ? null : new PeerReply.Held(own.Container, own.Unknowing);
        }
        catch (TimeoutException)
        {
            return null; // a slow disk
        }
    }
}

/// <summary>How giving a key back ended.</summary>
internal enum HealingEnd : byte
{
    /// <summary>Too few could be heard, or could store it: to be tried again.</summary>
    Open,

    /// <summary>All of them know the key again.</summary>
    Whole,

    /// <summary>All owners have answered: none of them knows the key, and none has anything of it.</summary>
    NobodyHasAny,
}
