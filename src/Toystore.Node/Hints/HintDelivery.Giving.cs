using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Hints;

/// <summary>What becomes of a page of hints, and of one.</summary>
internal sealed partial class HintDelivery
{
    private bool IsUnreadableForLong(ref long since)
    {
        since = since == 0 ? time.GetTimestamp() : since;
        return time.GetElapsedTime(since) > UnreadableMax;
    }

    // Drops what is too old, unless it counts.
    private async Task<PageEnd> SweepAsync(NodeId target, Course course, IReadOnlyList<StoreRecord> page)
    {
        foreach (var record in page)
        {
            await DropIfTooOldAsync(record);
        }

        return PageEnd.Done;
    }

    private async Task<bool> DropIfTooOldAsync(StoreRecord record)
    {
        var (target, slot) = (record.Key.Target, record.Key.Slot);
        if (HintFormat.Decode(record.Key, record.Bytes) is not { } hint)
        {
            await book.LoseAsync(record);
            return true;
        }

        if (hint.Counts || UnixTime.From(time.GetUtcNow()) - hint.Since <= limits.AgeMax)
        {
            return false;
        }

        if (await book.RemoveAsync(record))
        {
            logger.TooOld(1, target, slot);
            book.Miss(target, slot, 1);
        }

        return true;
    }

    private async Task<PageEnd> DeliverAsync(NodeId target, Course course, IReadOnlyList<StoreRecord> page)
    {
        var snapshot = cluster();
        if (!await HaveRoomAsync(snapshot, target, page))
        {
            return PageEnd.Stop;
        }

        var ends = await Task.WhenAll(page.Select(record => DeliverAsync(snapshot, record)).ToList());
        course.Delivered += ends.Count(end => end == PageEnd.Done);
        return ends.Max();
    }

    private async Task<PageEnd> DeliverAsync(ClusterSnapshot snapshot, StoreRecord record)
    {
        var target = record.Key.Target;
        if (HintFormat.Decode(record.Key, record.Bytes) is not { } hint)
        {
            await DropIfTooOldAsync(record);
            return PageEnd.Done;
        }

        var store = new PeerRequest.Store(record.Key.Key, hint.Container, Durability.Fsync, TellHigher: false, Completes: false);
        PageEnd end;
        if (snapshot.Ring.IsOwner(record.Key.Slot, target))
        {
            end = await GiveAsync(snapshot, target, store, record);
        }
        else
        {
            end = await RerouteAsync(snapshot, store, hint, record);
        }

        if (end == PageEnd.Done && await book.RemoveAsync(record))
        {
            counters.CountDeliveredHint();
        }

        return end;
    }

    // Every owner gets it; for one that does not take it now it is kept under its own name.
    private async Task<PageEnd> RerouteAsync(ClusterSnapshot snapshot, PeerRequest.Store store, HintRecord hint, StoreRecord record)
    {
        var end = PageEnd.Done;
        var owners = snapshot.Ring.Owners(Slot.Of(store.Key)).ToArray();
        foreach (var owner in owners)
        {
            if (await GiveAsync(snapshot, owner, store, record) != PageEnd.Done
                && (owner == snapshot.Self || await book.KeepAsync(owner, store.Key, hint.Container, Durability.Fsync, hint.Counts) is not { Outcome: StoreWrite.Done }))
            {
                end = PageEnd.Failed;
            }
        }

        return end;
    }

    private async Task<PageEnd> GiveAsync(ClusterSnapshot snapshot, NodeId owner, PeerRequest.Store store, StoreRecord record)
    {
        if (owner == snapshot.Self)
        {
            var local = await replica.MergeAsync(store.Key, store.Container, Durability.Fsync, completes: false);
            return await local.Stored == StoreWrite.Done ? PageEnd.Done : PageEnd.Failed;
        }

        var reply = await links.CallAsync(owner, snapshot.Epoch, store, Deadline.After(CallTimeout, time), _stopping.Token);
        if (reply is PeerReply.Stale(var stamp))
        {
            // What was read before the owner was last asked to report may be held by nobody any more; what is still here is held.
            if (await book.RecordAsync(record.Key, _stopping.Token) is not { } now || !now.Bytes.Span.SequenceEqual(record.Bytes.Span))
            {
                return PageEnd.Failed;
            }

            reply = await links.CallAsync(owner, snapshot.Epoch, store with { Stamp = stamp }, Deadline.After(CallTimeout, time), _stopping.Token);
        }

        return reply switch
        {
            PeerReply.Stale => PageEnd.Failed,
            PeerReply.Stored => PageEnd.Done,
            PeerReply.Refused { Reason: not StoreWrite.Overloaded } => PageEnd.Failed,
            _ => PageEnd.Stop,
        };
    }

    // Waits until the receiver is ready. A page for an owner that is no member any more goes to several: each is asked for all of it.
    private async Task<bool> HaveRoomAsync(ClusterSnapshot snapshot, NodeId target, IReadOnlyList<StoreRecord> page)
    {
        var receivers = snapshot.Ring.Member(target) is not null ? [target] : page.SelectMany(record => snapshot.Ring.Owners(record.Key.Slot).ToArray()).Distinct().Order().ToList();
        var bytes = page.Sum(record => (long)record.Bytes.Length);
        var ask = new PeerRequest.AskRoom(page.Count, bytes, (byte)Math.Ceiling(foreground.Spend(bytes) * 64));
        foreach (var receiver in receivers.Where(receiver => receiver != snapshot.Self))
        {
            if (!await HasRoomAsync(snapshot, receiver, ask) && receiver == target)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> HasRoomAsync(ClusterSnapshot snapshot, NodeId receiver, PeerRequest.AskRoom ask)
    {
        while (await links.CallAsync(receiver, snapshot.Epoch, ask, Deadline.After(CallTimeout, time), _stopping.Token) is PeerReply.Room room)
        {
            var wait = room.Wait < CallTimeout ? room.Wait : CallTimeout;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, _stopping.Token);
            }

            if (room.Granted)
            {
                return true;
            }
        }

        return false;
    }
}
