using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Replication;

/// <summary>What the writes that this node coordinates make of its copy of a key. Whoever calls holds the copy's turn, so that every dot of ours builds on all earlier ones of the key.</summary>
internal sealed class OwnWrites(DotMint mint, SiblingLimits limits, ILogger logger)
{
    /// <summary>A client's write on top of a copy, with a dot of ours. A write that is there already (by its request id) is the same write. Refused if there are too many siblings.</summary>
    public LocalWrite Apply(Container current, ClientWrite write)
    {
        var done = new ValueTask<StoreWrite>(StoreWrite.Done);
        // A last write that is there, and that another one outdoes which may have been acknowledged before, is minted anew.
        if (write.RequestId is { } request && SiblingOf(request, current) is { } same && same.Dot.Time > write.Above && (!write.IsLastWrite || same == current.LastWrite))
        {
            return new LocalWrite(LocalRefusal.None, current, same.Dot, done);
        }

        if (write.Replaces != default && (!Holds(current, write.Replaces) || (!write.IsLastWrite && CoversOthers(current, write))))
        {
            return LocalWrite.Refused(LocalRefusal.Superseded);
        }

        var seen = write.IsLastWrite ? write.Seen.Join(current.Context) : write.Replaces == default ? write.Seen : write.Seen.With(write.Replaces);
        if (!limits.Admit(current, seen, write.Value?.Bytes.Length ?? 0, out var siblings))
        {
            return LocalWrite.Refused(LocalRefusal.TooManySiblings);
        }

        if (siblings == limits.CountWarn)
        {
            Log.ManySiblings(logger, siblings);
        }

        mint.Observe(current.Context);
        mint.Observe(seen);
        mint.Observe(write.Above);
        var dot = mint.Mint();
        var sibling = write.Value is { } value
            ? new Sibling(dot, value.Bytes, value.ContentType, value.ExpiresAt is { } at ? UnixTime.From(at) : null, write.RequestId)
            : new Sibling(dot, default, requestId: write.RequestId, kind: ValueKind.Tombstone);
        return new LocalWrite(LocalRefusal.None, current.Put(sibling, seen), dot, done);
    }

    /// <summary>
    /// Goes on under another actor if <paramref name="seen"/> has dots of ours that <paramref name="current"/> has not: the next dot of an actor covers all its earlier ones for the key, so if others know one that is lost
    /// here, it must not be this actor's, or it erases theirs.
    /// </summary>
    public void RequireIn(Container current, VersionVector seen)
    {
        var actor = mint.Actor;
        if (seen[actor] > seen.Floor && seen[actor] > current.Context[actor])
        {
            mint.Abandon(actor, "another node holds a write of ours that this node does not: its disk was rolled back, or lost it");
        }
    }

    private static bool Holds(Container container, Dot dot)
    {
        foreach (var sibling in container.Siblings)
        {
            if (sibling.Dot == dot)
            {
                return true;
            }
        }

        return false;
    }

    // A context cannot say "this dot and none before it of the same actor": what stands beside the first try, and its client has not seen, would be gone.
    private static bool CoversOthers(Container current, ClientWrite write)
    {
        foreach (var sibling in current.Siblings)
        {
            if (sibling.Dot.Actor == write.Replaces.Actor && sibling.Dot.Time < write.Replaces.Time && !write.Seen.Covers(sibling.Dot))
            {
                return true;
            }
        }

        return false;
    }

    private static Sibling? SiblingOf(Guid request, Container container)
    {
        foreach (var sibling in container.Siblings)
        {
            if (sibling.RequestId == request)
            {
                return sibling;
            }
        }

        return null;
    }
}
