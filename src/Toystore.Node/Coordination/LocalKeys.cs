using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>This node's part of a listing.</summary>
internal sealed class LocalKeys(IStore store, Replica replica, TimeProvider time)
{
    private const int PageRecords = 1000;
    private const int PageBytes = 4 << 20;

    /// <summary>The next keys with the prefix, or as far as half the time that is left allows.</summary>
    public async ValueTask<PeerReply> ScanAsync(PeerRequest.ScanKeys request, Deadline deadline, CancellationToken cancellationToken)
    {
        var stop = Deadline.After(deadline.Remaining(time) / 2, time);
        var found = new List<HeldKey>();
        var (slot, after) = (request.First, request.After);
        if (replica.Known?.KnowsFrom(slot) == false)
        {
            return new PeerReply.Failed("it may have lost some of its keys, and does not know which until other owners have given them back");
        }

        while (true)
        {
            StorePage page;
            try
            {
                page = await store.ScanAsync(StoreArea.Data, slot, after, new Slot(Slot.Count - 1), PageRecords, PageBytes, cancellationToken);
            }
            catch (StoreException problem)
            {
                return new PeerReply.Failed(problem.Message);
            }

            foreach (var record in page.Records)
            {
                (slot, after) = (record.Key.Slot, record.Key.Key);
                if (!record.Key.Key.Span.StartsWith(request.Prefix.Span))
                {
                    continue;
                }

                var held = replica.Decode(record);
                found.Add(new HeldKey(record.Key.Key, held.Container.WithoutValues(), held.Unknowing));
                if (found.Count >= request.Limit)
                {
                    return new PeerReply.Keys(found, new ScanPosition(slot, record.Key.Key));
                }
            }

            if (page.Complete)
            {
                return new PeerReply.Keys(found, null);
            }

            if (deadline.HasPassed(time) || (stop.HasPassed(time) && after is not null))
            {
                return new PeerReply.Keys(found, new ScanPosition(slot, after!.Value));
            }
        }
    }
}
