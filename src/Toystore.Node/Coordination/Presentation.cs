using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Replication;

namespace Toystore.Node.Coordination;

/// <summary>What clients are shown of a container, judged by one reading of one clock.</summary>
internal static class Presentation
{
    /// <summary>The values that show: all live ones, or the last write alone. A write that was sent twice under one request id shows once.</summary>
    public static Value[] Values(Container container, ConflictPolicy policy, UnixTime now)
    {
        if (policy == ConflictPolicy.LastWriteWins)
        {
            return container.LastWrite is { } last && last.IsVisible(now) ? [ValueOf(last)] : [];
        }

        var siblings = container.Siblings;
        var count = 0;
        for (var i = 0; i < siblings.Length; i++)
        {
            count += Shows(siblings, i, now) ? 1 : 0;
        }

        var values = count == 0 ? [] : new Value[count];
        for (int i = 0, at = 0; at < count; i++)
        {
            if (Shows(siblings, i, now))
            {
                values[at++] = ValueOf(siblings[i]);
            }
        }

        return values;
    }

    /// <summary>True if a live value was written under this request id.</summary>
    public static bool Holds(Container container, Guid requestId)
    {
        foreach (var sibling in container.Siblings)
        {
            if (sibling.RequestId == requestId)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a key is as a precondition asks; <paramref name="since"/> is what <see cref="Precondition.Unchanged"/> names.</summary>
    public static bool Meets(Container container, Precondition precondition, VersionVector since, UnixTime now)
    {
        var visible = false;
        var unseen = false;
        foreach (var sibling in container.Siblings)
        {
            visible |= sibling.IsVisible(now);
            unseen |= !since.Covers(sibling.Dot);
        }

        return precondition switch
        {
            Precondition.Absent => !visible,
            Precondition.Present => visible,
            Precondition.Unchanged => visible && !unseen,
            _ => throw new InvalidOperationException($"unknown precondition {precondition}"),
        };
    }

    /// <summary>
    /// The context that a writer gets back: what it had seen, and its write. A version vector cannot say "this dot but not the earlier one of the same actor", so where an earlier one still lives beside it, unseen by the writer,
    /// its own write is left out: better that its next write stands beside this one than that it erases a value nobody has read.
    /// </summary>
    public static VersionVector SeenByWriter(ClientWrite write, LocalWrite local)
    {
        if (write.IsLastWrite)
        {
            return local.Result.Context;
        }

        foreach (var sibling in local.Result.Siblings)
        {
            if (sibling.Dot.Actor == local.Newest.Actor && sibling.Dot != local.Newest && !write.Seen.Covers(sibling.Dot))
            {
                return write.Seen;
            }
        }

        return local.Newest == default ? write.Seen : write.Seen.With(local.Newest);
    }

    private static bool Shows(ReadOnlySpan<Sibling> siblings, int index, UnixTime now)
    {
        if (!siblings[index].IsVisible(now))
        {
            return false;
        }

        for (var later = index + 1; siblings[index].RequestId is { } request && later < siblings.Length; later++)
        {
            if (siblings[later].RequestId == request)
            {
                return false;
            }
        }

        return true;
    }

    private static Value ValueOf(Sibling sibling) => new(sibling.Value, sibling.ContentType, sibling.ExpiresAt?.ToDateTimeOffset());
}
