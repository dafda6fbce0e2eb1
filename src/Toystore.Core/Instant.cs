namespace Toystore.Core;

/// <summary>A moment by a clock that never goes back: ticks of 100 ns since a beginning that only its process knows. For deadlines and for measuring; never stored, never sent.</summary>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than anything that happens.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    /// <summary>The earlier of the two.</summary>
    public static Instant Min(Instant left, Instant right) => left.Ticks <= right.Ticks ? left : right;

    /// <summary>The later of the two.</summary>
    public static Instant Max(Instant left, Instant right) => left.Ticks >= right.Ticks ? left : right;

    /// <summary>True if <paramref name="left"/> is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;

    /// <summary>True if <paramref name="left"/> is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;

    /// <summary>True if <paramref name="left"/> is not later.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;

    /// <summary>True if <paramref name="left"/> is not earlier.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;

    /// <summary>The moment that much later; <see cref="Never"/> stays never.</summary>
    public static Instant operator +(Instant moment, TimeSpan span) => moment == Never ? Never : new(moment.Ticks + span.Ticks);

    /// <summary>The moment that much earlier; <see cref="Never"/> stays never.</summary>
    public static Instant operator -(Instant moment, TimeSpan span) => moment == Never ? Never : new(moment.Ticks - span.Ticks);

    /// <summary>How long after <paramref name="right"/> <paramref name="left"/> is.</summary>
    public static TimeSpan operator -(Instant left, Instant right) => new(left.Ticks - right.Ticks);
}
