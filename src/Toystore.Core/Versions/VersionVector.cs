namespace Toystore.Core.Versions;

/// <summary>
/// A set of dots closed downwards per actor, kept as a floor, up to which it has every dot of every actor, and the highest reading of each actor that has one above that: sorted by actor, immutable. Says of any write whether
/// its holder has seen it. <c>default</c> is empty.
/// </summary>
/// <remarks>
/// Without the floor it would gain an entry with every process that ever wrote the key. Where a floor comes from says docs/decisions/0009.
/// </remarks>
public readonly struct VersionVector : IEquatable<VersionVector>
{
    private const int LinearMax = 8; // healthy vectors have a handful of entries; the search by halves is for hostile ones

    private readonly Dot[]? _entries;

    private VersionVector(HybridTime floor, Dot[]? entries) => (Floor, _entries) = (floor, entries);

    /// <summary>Every dot up to and including this reading is covered, whoever minted it.</summary>
    public HybridTime Floor { get; }

    /// <summary>The highest dot of each actor that has one above the floor, sorted by actor.</summary>
    public ReadOnlySpan<Dot> Entries => _entries;

    /// <summary>True if it covers nothing.</summary>
    public bool IsEmpty => Floor.Value == 0 && Entries.IsEmpty;

    /// <summary>The highest dot above the floor, by <see cref="Dot.CompareTo"/>; <c>default</c> if there is none.</summary>
    public Dot Highest
    {
        get
        {
            var highest = default(Dot);
            foreach (var entry in Entries)
            {
                highest = entry.CompareTo(highest) > 0 ? entry : highest;
            }

            return highest;
        }
    }

    /// <summary>Covers exactly one actor up to <paramref name="dot"/>.</summary>
    public static VersionVector Of(Dot dot) => new(default, [dot]);

    /// <summary>Covers every dot up to and including <paramref name="floor"/>.</summary>
    public static VersionVector UpTo(HybridTime floor) => new(floor, null);

    /// <summary>Takes the entries as they are, without a copy. False unless strictly ascending by actor and all above the floor.</summary>
    internal static bool TryFromSorted(HybridTime floor, Dot[] entries, out VersionVector vector)
    {
        vector = default;
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Time <= floor || (i > 0 && entries[i - 1].Actor.CompareTo(entries[i].Actor) >= 0))
            {
                return false;
            }
        }

        vector = new VersionVector(floor, entries.Length == 0 ? null : entries);
        return true;
    }

    /// <summary>Up to which reading every dot of <paramref name="actor"/> is covered: at least the floor.</summary>
    public HybridTime this[ActorId actor] => IndexOf(actor) is >= 0 and var at ? _entries![at].Time : Floor;

    /// <summary>True if the write named <paramref name="dot"/> has been seen.</summary>
    public bool Covers(Dot dot) => dot.Time <= Floor || this[dot.Actor] >= dot.Time;

    /// <summary>True if everything <paramref name="other"/> has seen has been seen.</summary>
    public bool Covers(VersionVector other) => Floor >= other.Floor && CoversEntriesOf(other);

    /// <summary>True if everything <paramref name="other"/> has seen above its floor has been seen.</summary>
    public bool CoversEntriesOf(VersionVector other)
    {
        foreach (var entry in other.Entries)
        {
            if (!Covers(entry))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>This, and <paramref name="dot"/>. Returns itself when already covered.</summary>
    public VersionVector With(Dot dot) => Covers(dot) ? this : Join(Of(dot));

    /// <summary>What either has seen. Returns one of the two, without allocating, when it covers the other.</summary>
    public VersionVector Join(VersionVector other)
    {
        if (Covers(other))
        {
            return this;
        }

        if (other.Covers(this))
        {
            return other;
        }

        if (Floor != other.Floor)
        {
            return Floor > other.Floor ? Join(other.Under(Floor)) : Under(other.Floor).Join(other);
        }

        ReadOnlySpan<Dot> left = Entries, right = other.Entries;
        var joined = new Dot[CountDistinctActors(left, right)];
        int l = 0, r = 0;
        for (var i = 0; i < joined.Length; i++)
        {
            var order = l == left.Length ? 1 : r == right.Length ? -1 : left[l].Actor.CompareTo(right[r].Actor);
            joined[i] = order < 0 ? left[l] : order > 0 ? right[r] : left[l].Time >= right[r].Time ? left[l] : right[r];
            l += order <= 0 ? 1 : 0;
            r += order >= 0 ? 1 : 0;
        }

        return new VersionVector(Floor, joined);
    }

    /// <summary>This, and every dot up to and including <paramref name="floor"/>. Returns itself when already covered.</summary>
    public VersionVector Under(HybridTime floor)
    {
        if (floor <= Floor)
        {
            return this;
        }

        var above = 0;
        foreach (var entry in Entries)
        {
            above += entry.Time > floor ? 1 : 0;
        }

        return new VersionVector(floor, above == 0 ? null : above == Entries.Length ? _entries : Array.FindAll(_entries!, entry => entry.Time > floor));
    }

    /// <inheritdoc/>
    public bool Equals(VersionVector other) => Floor == other.Floor && Entries.SequenceEqual(other.Entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VersionVector other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Floor, Highest);

    /// <summary>Same floor and entries.</summary>
    public static bool operator ==(VersionVector left, VersionVector right) => left.Equals(right);

    /// <summary>Another floor or other entries.</summary>
    public static bool operator !=(VersionVector left, VersionVector right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => "{" + (Floor.Value == 0 ? "" : $"all to {Floor}{(Entries.IsEmpty ? "" : ", ")}") + string.Join(", ", _entries ?? []) + "}";

    /// <summary>Where in <see cref="Entries"/> the actor stands; negative if nowhere.</summary>
    internal int IndexOf(ActorId actor)
    {
        var entries = Entries;
        int low = 0, high = entries.Length - 1;
        while (high - low >= LinearMax)
        {
            var middle = (low + high) >>> 1;
            var order = entries[middle].Actor.CompareTo(actor);
            low = order < 0 ? middle + 1 : low;
            high = order < 0 ? high : middle;
        }

        for (var i = low; i <= high; i++)
        {
            if (entries[i].Actor == actor)
            {
                return i;
            }
        }

        return -1;
    }

    private static int CountDistinctActors(ReadOnlySpan<Dot> left, ReadOnlySpan<Dot> right)
    {
        int l = 0, r = 0, count = 0;
        while (l < left.Length && r < right.Length)
        {
            var order = left[l].Actor.CompareTo(right[r].Actor);
            l += order <= 0 ? 1 : 0;
            r += order >= 0 ? 1 : 0;
            count++;
        }

        return count + (left.Length - l) + (right.Length - r);
    }
}
