using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;

namespace Toystore.Node.Coordination;

/// <summary>
/// Gives a key back to owners whose disk garbled it. They know again once they hold what N - W + 1 others hold together: every write that W owners acknowledged is with one of those.
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

    /// <summary>Gives the key back to the owners that said that they do not know; true if all of them know again.</summary>
    public async ValueTask<bool> HealAsync(ClusterSnapshot cluster, Key key, OwnerSet unknowing, Deadline deadline)
    {
        var quorums = cluster.Ring.QuorumsOf(Slot.Of(key));
        var others = quorums.Copies - quorums.Writes + 1;
        if (others >= quorums.Copies)
        {
            return false;
        }

        var gathering = new ReadGathering(parts, cluster, key, others, sloppy: false, deadline, containersOnly: true, own: null, CancellationToken.None);
        var state = await gathering.DecideAsync();
        var read = gathering.Fold();
        if (state is not (ReadState.Agreed or ReadState.NeedsRepair) || !read.CanRestore)
        {
            return false;
        }

        var holders = 0;
        for (var owner = 0; owner < quorums.Copies; owner++)
        {
            holders += read.HoldsMerged(owner) || read.IsStale(owner) || unknowing.Has(owner) ? 1 : 0;
        }

        var written = await WriteBack.Begin(parts, cluster, key, read, holders, completes: true, deadline, onlyStale: true, unknowing).DecideAsync();
        return written.State == WriteState.Done;
    }
}
