using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>What a quorum read came to.</summary>
/// <param name="Container">What R owners know together; null if they could not be heard.</param>
/// <param name="Answers">How many owners answered.</param>
/// <param name="Detail">What went wrong first.</param>
internal readonly record struct QuorumReading(Container? Container, int Answers, string Detail);

/// <summary>
/// Quorum reads by an owner. Where owners differ, what they know together is written back before it is given out, so that no later quorum read knows less (monotonic reads). Where R + W &lt;= N promises nothing of the
/// kind, the write-back is not waited for.
/// </summary>
internal sealed class QuorumReader(CoordinationParts parts)
{
    /// <summary>Reads a key of which this node is an owner.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<QuorumReading> ReadAsync(ClusterSnapshot cluster, Key key, int needed, Deadline deadline, CancellationToken cancellationToken)
    {
        if (needed == 1 && await parts.Replica.ReadAsync(key, cancellationToken) is { Unknowing: false } held)
        {
            return new QuorumReading(held.Container, 1, "");
        }

        var gathering = new ReadGathering(parts, cluster, key, needed, deadline, cancellationToken);
        return await gathering.DecideAsync() switch
        {
            ReadState.Agreed => gathering.Reading(),
            ReadState.NeedsRepair => await RepairAsync(cluster, key, gathering.Fold(), needed, deadline),
            _ => gathering.Reading() with { Container = null, Detail = gathering.Detail },
        };
    }

    private async ValueTask<QuorumReading> RepairAsync(ClusterSnapshot cluster, Key key, ReadQuorum read, int needed, Deadline deadline)
    {
        parts.Counters.CountReadRepair();
        var slot = Slot.Of(key);
        var quorums = cluster.Ring.QuorumsOf(slot);
        var promised = needed + quorums.Writes > quorums.Copies;
        var knowing = promised && read.CanRestore;
        var repair = Begin(cluster, key, read, promised ? quorums.Writes : 1, knowing, deadline, onlyStale: true);
        if (!promised)
        {
            return new QuorumReading(read.Merged, read.Answers, "");
        }

        var written = await repair.DecideAsync();
        if (written.State != WriteState.Done)
        {
            // Those that were stale could not all be mended: anybody else will do.
            written = await Begin(cluster, key, read, quorums.Writes, knowing, deadline, onlyStale: false).DecideAsync();
        }

        return written.State == WriteState.Done
            ? new QuorumReading(read.Merged, read.Answers, "")
            : new QuorumReading(null, read.Answers, $"the owners differ, and what they know together could not be written back: {written.Detail}");
    }

    private WriteGathering Begin(ClusterSnapshot cluster, Key key, ReadQuorum read, int needed, bool completes, Deadline deadline, bool onlyStale)
    {
        var slot = Slot.Of(key);
        var self = cluster.PositionOfSelf(slot);
        var owners = cluster.Ring.Owners(slot).Length;
        var durability = parts.Limits.Durability.ToStore();
        var request = new PeerRequest.Store(key, read.Merged, durability, TellHigher: false, completes);
        var gathering = new WriteGathering(parts, cluster, request, needed, deadline);
        for (var owner = 0; owner < owners; owner++)
        {
            if (read.HoldsMerged(owner))
            {
                gathering.Holds(owner);
            }
            else if (onlyStale && !read.IsStale(owner))
            {
                gathering.Skip(owner);
            }
            else if (owner == self)
            {
                gathering.Follow(owner, MergeHereAsync(key, read.Merged, durability, completes));
            }
            else
            {
                gathering.Send(owner);
            }
        }

        return gathering;
    }

    private async ValueTask<StoreWrite> MergeHereAsync(Key key, Container container, Durability durability, bool completes) =>
        await (await parts.Replica.MergeAsync(key, container, durability, completes)).Stored;
}
