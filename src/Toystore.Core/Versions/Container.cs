namespace Toystore.Core.Versions;

/// <summary>
/// All that is known of one key: a dotted causal container (Gonçalves et al., DottedDB).
/// </summary>
/// <remarks>
/// <para>
/// The live values, each with the dot of its write, and a context: every write that this container has seen, whether its value still lives or was replaced. A value is dropped when, and only when, somebody
/// who had seen it wrote or deleted:
/// </para>
/// <code>
/// A: {x@a1} ctx{a1}         a client reads x, writes y with that context through A:  {y@a5}       ctx{a5}
///                           another writes z without having read, through B:         {x@a1, z@b3} ctx{a1,b3}
/// merge                     x is in the context of the left and not alive there, so it goes; y and z had not seen each other:  {y@a5, z@b3} ctx{a5,b3}
/// </code>
/// <para>
/// A delete is a write too: it puts a <see cref="ValueKind.Tombstone"/> in the place of what it has seen, with a dot that has its place in the order of writes and shows in digests. Dots of one key
/// are not contiguous (an actor has one clock for all its keys), which is why they are kept explicitly: the compact DVVSet, which counts backwards from a length, would be wrong here. Rejected too: version
/// vectors with client ids (they grow for ever) and with server ids alone (two writers through one server look ordered).
/// </para>
/// <para>
/// The context's floor says of all writes up to a reading that they live here or were replaced, without listing them. When it has passed all that a container lists, tombstones say nothing more, and are swept.
/// </para>
/// <para>Invariant: the context covers every live dot. Siblings are sorted by dot, ascending. Immutable.</para>
/// </remarks>
public sealed class Container
{
    /// <summary>Nothing is known of the key.</summary>
    public static readonly Container Empty = new([], default);

    private readonly Sibling[] _siblings;

    private Container(Sibling[] siblings, VersionVector context)
    {
        _siblings = siblings;
        Context = context;
    }

    /// <summary>The live values, ascending by dot: the last one wins where one must.</summary>
    public ReadOnlySpan<Sibling> Siblings => _siblings;

    /// <summary>Every write this container has seen.</summary>
    public VersionVector Context { get; }

    /// <summary>True if nothing is here: nothing was written above the floor, as far as this container knows, and nothing below it lives.</summary>
    public bool IsEmpty => _siblings.Length == 0 && Context.Entries.IsEmpty;

    /// <summary>True if something was written, and all of it deleted.</summary>
    public bool IsTombstone
    {
        get
        {
            foreach (var sibling in _siblings)
            {
                if (sibling.Kind != ValueKind.Tombstone)
                {
                    return false;
                }
            }

            return !IsEmpty;
        }
    }

    /// <summary>
    /// A hash of the live dots, tombstones' among them, in no order: equal for two containers that hold the same siblings (to 2^-64), whatever their contexts. 0 without any, so that a key that was deleted and one that nobody
    /// ever wrote differ.
    /// </summary>
    public ulong Digest
    {
        get
        {
            var digest = 0UL;
            foreach (var sibling in _siblings)
            {
                digest ^= DotHash.Of(sibling.Dot);
            }

            return digest;
        }
    }

    /// <summary>What is known of a key that has no record, in a slot with this floor.</summary>
    public static Container Absent(HybridTime floor) => floor.Value == 0 ? Empty : new Container([], VersionVector.UpTo(floor));

    /// <summary>Takes parts as they are, without a copy. False if they break the invariant.</summary>
    internal static bool TryCreate(Sibling[] siblings, VersionVector context, out Container container)
    {
        container = Empty;
        for (var i = 0; i < siblings.Length; i++)
        {
            if (siblings[i].Dot.Time.Value == 0 || !context.Covers(siblings[i].Dot) || (i > 0 && siblings[i - 1].Dot.CompareTo(siblings[i].Dot) >= 0))
            {
                return false;
            }
        }

        container = context.IsEmpty ? Empty : new Container(siblings, context);
        return true;
    }

    /// <summary>
    /// The same, with the knowledge that a slot's floor adds: every write up to <paramref name="floor"/> lives here or was replaced. Returns itself if that is known already.
    /// </summary>
    public Container Under(HybridTime floor) => floor <= Context.Floor ? this : new Container(_siblings, Context.Under(floor));

    /// <summary>
    /// The least container that knows what both know: commutative, associative, idempotent. A value lives on if both hold it, or if the one that lacks it has not seen it. Returns one of
    /// the two, without allocating, when that one already knows all.
    /// </summary>
    public Container Merge(Container other)
    {
        if (ReferenceEquals(this, other))
        {
            return this;
        }

        var (shared, onlyHere, onlyThere) = Unite(other, default);
        if (shared + onlyHere == _siblings.Length && onlyThere == 0 && Context.Covers(other.Context))
        {
            return this;
        }

        if (shared + onlyThere == other._siblings.Length && onlyHere == 0 && other.Context.Covers(Context))
        {
            return other;
        }

        var count = shared + onlyHere + onlyThere;
        Sibling[] merged = count == 0 ? [] : new Sibling[count];
        Unite(other, merged);
        return new Container(merged, Context.Join(other.Context));
    }

    /// <summary>
    /// A write by somebody who had seen <paramref name="seen"/>: replaces what that covers, and is concurrent with the rest. The dot must be new to both, or an acknowledged write would
    /// be born dead.
    /// </summary>
    public Container Put(Sibling sibling, VersionVector seen)
    {
        Invariant.Require(!Context.Covers(sibling.Dot) && !seen.Covers(sibling.Dot), "a dot is minted once, and above every floor");

        // Not a merge with ({sibling}, seen + dot): that vector is closed downwards, so it would claim that the writer had seen this actor's earlier writes, and drop them.
        var replaced = 0;
        foreach (var live in _siblings)
        {
            replaced += seen.Covers(live.Dot) ? 1 : 0;
        }

        var siblings = new Sibling[_siblings.Length - replaced + 1];
        var count = 0;
        foreach (var live in _siblings)
        {
            if (!seen.Covers(live.Dot))
            {
                siblings[count++] = live;
            }
        }

        for (; count > 0 && siblings[count - 1].Dot.CompareTo(sibling.Dot) > 0; count--)
        {
            siblings[count] = siblings[count - 1];
        }

        siblings[count] = sibling;
        return new Container(siblings, Context.Join(seen).With(sibling.Dot));
    }

    /// <summary>
    /// The same without what nobody will see again: tombstones, values that expired before <paramref name="expired"/> and, where the last write wins, those that lost. Nothing is swept before the floor has passed all that
    /// is listed here: then every owner has it, and no dot is needed to say that it is gone. Returns itself if there is nothing of the kind.
    /// </summary>
    /// <remarks>
    /// A tombstone or an expired value stays for as long as an earlier value stands before it: under last-write-wins that would come back. Nor is one swept alone when a write is listed above the floor: a delete by a node whose
    /// clock is behind may have a lower dot than the write it deletes, and the record would look like none while it still knows something that others do not (docs/decisions/0009).
    /// </remarks>
    public Container Swept(UnixTime expired, bool lastWriteWins)
    {
        if (!Context.Entries.IsEmpty)
        {
            return this;
        }

        var kept = new List<Sibling>(_siblings.Length);
        foreach (var sibling in _siblings)
        {
            if (lastWriteWins)
            {
                kept.Clear();
            }

            if (sibling.IsVisible(expired) || kept.Count > 0)
            {
                kept.Add(sibling);
            }
        }

        return kept.Count == _siblings.Length ? this : new Container([.. kept], Context);
    }

    /// <summary>
    /// What last-write-wins shows: the live sibling with the highest dot, which may be a tombstone or expired. Null if there is none.
    /// </summary>
    public Sibling? LastWrite => _siblings.Length > 0 ? _siblings[^1] : null;

    /// <summary>The same knowledge without the values' bytes: to be compared and merged with others of its kind, never to be stored.</summary>
    public Container WithoutValues()
    {
        var bare = new Sibling[_siblings.Length];
        for (var i = 0; i < bare.Length; i++)
        {
            bare[i] = new Sibling(_siblings[i].Dot, default, null, _siblings[i].ExpiresAt, null, _siblings[i].Kind);
        }

        return new Container(bare, Context);
    }

    /// <inheritdoc/>
    public override string ToString() => "[" + string.Join(", ", _siblings.Select(s => s.Dot)) + "] " + Context;

    /// <summary>Walks both lists of siblings, which are sorted, and counts what lives on; writes it to <paramref name="merged"/> unless that is empty.</summary>
    private (int Shared, int OnlyHere, int OnlyThere) Unite(Container other, Span<Sibling> merged)
    {
        int shared = 0, onlyHere = 0, onlyThere = 0, l = 0, r = 0;
        while (l < _siblings.Length || r < other._siblings.Length)
        {
            var order = l == _siblings.Length ? 1 : r == other._siblings.Length ? -1 : _siblings[l].Dot.CompareTo(other._siblings[r].Dot);
            var sibling = order <= 0 ? _siblings[l] : other._siblings[r];
            l += order <= 0 ? 1 : 0;
            r += order >= 0 ? 1 : 0;
            if ((order < 0 && other.Context.Covers(sibling.Dot)) || (order > 0 && Context.Covers(sibling.Dot)))
            {
                continue;
            }

            if (!merged.IsEmpty)
            {
                merged[shared + onlyHere + onlyThere] = sibling;
            }

            shared += order == 0 ? 1 : 0;
            onlyHere += order < 0 ? 1 : 0;
            onlyThere += order > 0 ? 1 : 0;
        }

        return (shared, onlyHere, onlyThere);
    }
}
