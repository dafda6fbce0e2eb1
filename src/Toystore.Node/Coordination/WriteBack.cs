using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>Gives owners what a read found that they lack (Dynamo §5, read repair).</summary>
internal static class WriteBack
{
    /// <summary>
    /// Sends what the read merged to those who answered and lack some of it and to <paramref name="also"/>, or, if not <paramref name="onlyStale"/>, to everybody not known to hold it. <paramref name="completes"/>: who said that it does not know the key
    /// knows it again. Nobody else does: a record may be garbled, and a write in it lost, between an owner's answer and this.
    /// </summary>
    public static WriteGathering Begin(
        CoordinationParts parts, ClusterSnapshot cluster, Key key, ReadQuorum read, int needed, bool completes, Deadline deadline, bool onlyStale, OwnerSet also = default, Shares shares = Shares.Leave)
    {
        var slot = Slot.Of(key);
        var self = cluster.PositionOfSelf(slot);
        var owners = cluster.Ring.Owners(slot).Length;
        var durability = parts.Limits.Durability.ToStore();
        var request = new PeerRequest.Store(key, read.Merged, durability, TellHigher: false, Completes: false);
        var gathering = new WriteGathering(parts, cluster, request, needed, deadline, shares);
        for (var owner = 0; owner < owners; owner++)
        {
            var restores = completes && (read.IsUnknowing(owner) || also.Has(owner));
            if (read.HoldsMerged(owner))
            {
                gathering.Holds(owner);
            }
            else if (onlyStale && !read.IsStale(owner) && !also.Has(owner))
            {
                gathering.Skip(owner);
            }
            else if (owner == self)
            {
                gathering.Follow(owner, MergeHereAsync(parts, key, read.Merged, durability, restores));
            }
            else
            {
                gathering.Send(owner, restores);
            }
        }

        return gathering;
    }

    private static async ValueTask<StoreWrite> MergeHereAsync(CoordinationParts parts, Key key, Container container, Durability durability, bool completes) =>
        await (await parts.Replica.MergeAsync(key, container, durability, completes)).Stored;
}
