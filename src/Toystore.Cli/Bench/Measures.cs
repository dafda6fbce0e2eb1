using HdrHistogram;

namespace Toystore.Cli.Bench;

/// <summary>What one connection has measured. Written by its thread; the counters may be read by others while it runs, the rest after.</summary>
internal sealed class Measures
{
    /// <summary>Longest latency told apart: an hour.</summary>
    private const long NanosecondsMax = 3_600_000_000_000;

    private long _ended;
    private long _failed;

    /// <summary>Latencies of what was done, in nanoseconds, to three digits.</summary>
    public LongHistogram Reads { get; } = new(NanosecondsMax, 3);

    /// <summary>As <see cref="Reads"/>.</summary>
    public LongHistogram Writes { get; } = new(NanosecondsMax, 3);

    /// <summary>How late requests of an open loop began because the generator itself woke late.</summary>
    public LongHistogram Lateness { get; } = new(NanosecondsMax, 3);

    /// <summary>Failures by kind: <c>429</c>, <c>timeout</c>, <c>connect</c> …</summary>
    public Dictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>Requests sent again.</summary>
    public long Retries { get; set; }

    /// <summary>Reads that found no value.</summary>
    public long Misses { get; set; }

    /// <summary>Requests of an open loop that were due but not begun when the time was up. They stand in the histograms with the time they had waited.</summary>
    public long NeverBegun { get; private set; }

    /// <summary>Requests that were done.</summary>
    public long Ended => Volatile.Read(ref _ended);

    /// <summary>Requests that were not.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>A request was done.</summary>
    public void Done(bool read, TimeSpan latency)
    {
        (read ? Reads : Writes).RecordValue(Nanoseconds(latency));
        Volatile.Write(ref _ended, _ended + 1);
    }

    /// <summary>A request was due and had waited so long when the time was up.</summary>
    public void NotBegun(bool read, TimeSpan waited)
    {
        (read ? Reads : Writes).RecordValue(Nanoseconds(waited));
        NeverBegun++;
    }

    /// <summary>A request failed, all tries included.</summary>
    public void Fail(string kind)
    {
        Errors[kind] = Errors.GetValueOrDefault(kind) + 1;
        Volatile.Write(ref _failed, _failed + 1);
    }

    /// <summary>Adds what another has measured.</summary>
    public void Add(Measures other)
    {
        Reads.Add(other.Reads);
        Writes.Add(other.Writes);
        Lateness.Add(other.Lateness);
        Retries += other.Retries;
        Misses += other.Misses;
        NeverBegun += other.NeverBegun;
        _ended += other.Ended;
        _failed += other.Failed;
        foreach (var (kind, count) in other.Errors)
        {
            Errors[kind] = Errors.GetValueOrDefault(kind) + count;
        }
    }

    /// <summary>In the unit of the histograms, within their range.</summary>
    public static long Nanoseconds(TimeSpan span) => Math.Clamp((long)span.TotalNanoseconds, 1, NanosecondsMax);
}
