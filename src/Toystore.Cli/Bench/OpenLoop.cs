namespace Toystore.Cli.Bench;

/// <summary>
/// When requests are due in an open loop: at even distances, whatever the answers do. A request's latency counts from the moment it was due, so that one slow answer also weighs on those that had to wait
/// behind it (otherwise the generator would politely stop asking exactly while the server is slow: coordinated omission).
/// </summary>
/// <param name="rate">Requests a second, above 0.</param>
/// <param name="length">How long requests fall due.</param>
internal sealed class OpenLoop(double rate, TimeSpan length)
{
    private long _next = -1;

    /// <summary>How many requests fall due in all: those at 0, 1/rate, 2/rate … before the end.</summary>
    public long Count { get; } = (long)Math.Ceiling(length.TotalSeconds * rate);

    /// <summary>Takes the next request, whoever asks; false when none is left. <paramref name="due"/> counts from the start.</summary>
    public bool TryTake(out TimeSpan due)
    {
        var number = Interlocked.Increment(ref _next);
        due = DueAt(number);
        return number < Count;
    }

    /// <summary>When the request with this number, from 0, is due.</summary>
    public TimeSpan DueAt(long number) => TimeSpan.FromTicks((long)(number * (TimeSpan.TicksPerSecond / rate)));

    /// <summary>Latency of a request that was due then and ended now.</summary>
    public static TimeSpan Latency(TimeSpan due, TimeSpan ended) => ended > due ? ended - due : TimeSpan.Zero;
}
