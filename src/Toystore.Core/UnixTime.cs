namespace Toystore.Core;

/// <summary>A moment by a wall clock: milliseconds since 1970-01-01 UTC. For expiry and for the physical part of <see cref="Versions.HybridTime"/>; never for measuring how long something took.</summary>
public readonly record struct UnixTime(long Milliseconds) : IComparable<UnixTime>
{
    /// <summary>The moment of <paramref name="time"/>, whole milliseconds.</summary>
    public static UnixTime From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <summary>The same moment as a <see cref="DateTimeOffset"/>, UTC; the nearest one that type has (years 1 to 9999) for moments beyond it, which an expiry read from a disk may be.</summary>
    public DateTimeOffset ToDateTimeOffset() =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <inheritdoc/>
    public int CompareTo(UnixTime other) => Milliseconds.CompareTo(other.Milliseconds);

    /// <summary>True if <paramref name="left"/> is earlier.</summary>
    public static bool operator <(UnixTime left, UnixTime right) => left.Milliseconds < right.Milliseconds;

    /// <summary>True if <paramref name="left"/> is later.</summary>
    public static bool operator >(UnixTime left, UnixTime right) => left.Milliseconds > right.Milliseconds;

    /// <summary>True if <paramref name="left"/> is not later.</summary>
    public static bool operator <=(UnixTime left, UnixTime right) => left.Milliseconds <= right.Milliseconds;

    /// <summary>True if <paramref name="left"/> is not earlier.</summary>
    public static bool operator >=(UnixTime left, UnixTime right) => left.Milliseconds >= right.Milliseconds;

    /// <summary>The moment that much later, whole milliseconds.</summary>
    public static UnixTime operator +(UnixTime time, TimeSpan span) => new(time.Milliseconds + (span.Ticks / TimeSpan.TicksPerMillisecond));

    /// <summary>How long after <paramref name="right"/> <paramref name="left"/> is.</summary>
    public static TimeSpan operator -(UnixTime left, UnixTime right) => TimeSpan.FromMilliseconds(left.Milliseconds - right.Milliseconds);
}
