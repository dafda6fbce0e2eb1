namespace Toystore.Node;

/// <summary>The moment after which nobody waits for an answer any more, on this machine's monotonic clock (<see cref="TimeProvider.GetTimestamp"/>). Crosses the wire as the time that is left.</summary>
public readonly record struct Deadline(long Timestamp)
{
    /// <summary>So long from now.</summary>
    public static Deadline After(TimeSpan span, TimeProvider time) => new(time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency));

    /// <summary>The time left; zero when it has passed.</summary>
    public TimeSpan Remaining(TimeProvider time)
    {
        var now = time.GetTimestamp();
        return now >= Timestamp ? TimeSpan.Zero : time.GetElapsedTime(now, Timestamp);
    }

    /// <summary>True when it has passed.</summary>
    public bool HasPassed(TimeProvider time) => time.GetTimestamp() >= Timestamp;
}
