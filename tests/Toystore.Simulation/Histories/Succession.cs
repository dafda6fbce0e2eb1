using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>
/// What has come in the place of a value. A write of which its client does not know how it ended may have replaced what it was to replace; but then it is there itself, or something that replaced it in turn. Where neither shows, the value has
/// vanished, and nobody has deleted it: half a write has happened.
/// </summary>
/// <remarks>Silent about keys that somebody deletes, or lets expire: then nothing may be what has come in its place. And about those where a coordinator looks for itself what it replaces.</remarks>
internal static class Succession
{
    /// <summary>Settled values of a key of which, among what is shown, there is neither the value nor anything that may have come in its place; each with all dots of these.</summary>
    public static IEnumerable<(WriteOp Value, IReadOnlyList<Dot> Dots)> Vanished(KeyHistory key, IReadOnlyCollection<WriteOp> shown)
    {
        if (key.IsLastWrite || key.Writes.Exists(write => write.SeesForItself && write.MayHaveHappened))
        {
            yield break;
        }

        // Who may have seen a write began after it did.
        var isThere = new HashSet<WriteOp>(shown);
        for (var i = key.Writes.Count - 1; i >= 0; i--)
        {
            var write = key.Writes[i];
            if (IsOutOfSight(write) || SuccessorsOf(key, write).Any(isThere.Contains))
            {
                isThere.Add(write);
            }
        }

        foreach (var value in key.Settled)
        {
            if (!isThere.Contains(value))
            {
                yield return (value, DotsOf(key, value));
            }
        }
    }

    private static bool IsOutOfSight(WriteOp write) => write.MayHaveHappened && (write.IsDelete || write.ExpiresAt is not null);

    private static IEnumerable<WriteOp> SuccessorsOf(KeyHistory key, WriteOp write) => key.Successors.TryGetValue(write.Name, out var successors) ? successors.Where(other => other.MayHaveHappened) : [];

    private static List<Dot> DotsOf(KeyHistory key, WriteOp value)
    {
        var found = new HashSet<WriteOp> { value };
        var next = new Queue<WriteOp>(found);
        var dots = new List<Dot>();
        while (next.TryDequeue(out var write))
        {
            dots.AddRange(write.Dots);
            foreach (var successor in SuccessorsOf(key, write).Where(found.Add))
            {
                next.Enqueue(successor);
            }
        }

        return dots;
    }
}
