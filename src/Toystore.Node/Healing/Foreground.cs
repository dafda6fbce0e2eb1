using System.Numerics;
using Toystore.Core.Healing;

namespace Toystore.Node.Healing;

/// <summary>
/// What clients' requests take here, and how much background work that leaves room for (<see cref="BackgroundShare"/>). Whoever does such work says how many bytes, and is told its share: a window is judged when somebody asks and it has
/// lasted long enough, so that it costs nothing while there is nothing to do.
/// </summary>
/// <remarks>Latencies are counted in buckets of an eighth of a power of two microseconds: one counter goes up for each request, without a lock.</remarks>
internal sealed class Foreground(TimeProvider time)
{
    private const int BucketsOfAnOctave = 8;
    private const int RequestsWanted = 400; // so that the percentile is not the whim of one or two
    private const long MicrosecondsMax = (1L << 36) - 1;
    private const double BusyBytesPerSecond = 4 << 10;
    private static readonly TimeSpan WindowLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WindowMost = TimeSpan.FromSeconds(5);

    private readonly int[] _counts = new int[BucketOf(MicrosecondsMax) + 1];
    private readonly Lock _lock = new(); // guards all below
    private readonly BackgroundShare _share = new();
    private long _windowBegan = time.GetTimestamp();
    private long _spent;
    private TimeSpan _latest;

    /// <summary>A client's request that began at <paramref name="began"/> (<see cref="TimeProvider.GetTimestamp"/>) has ended.</summary>
    public void Observe(long began) => Interlocked.Increment(ref _counts[BucketOf((long)time.GetElapsedTime(began).TotalMicroseconds)]);

    /// <summary>Background work moves so many bytes now: its share of its pace, <see cref="BackgroundShare.Least"/> to 1.</summary>
    public double Spend(long bytes)
    {
        lock (_lock)
        {
            Judge();
            _spent += bytes;
            return _share.Share;
        }
    }

    /// <summary>The share of background work now; the 99th percentile of the last window that was judged, and without background work, zero where that is not known.</summary>
    public (double Share, TimeSpan Latest, TimeSpan Idle) Look()
    {
        lock (_lock)
        {
            return (_share.Share, _latest, _share.Idle ?? TimeSpan.Zero);
        }
    }

    private static int BucketOf(long microseconds)
    {
        microseconds = Math.Clamp(microseconds, 0, MicrosecondsMax);
        var shift = Math.Max(0, BitOperations.Log2((ulong)microseconds) - BitOperations.Log2(BucketsOfAnOctave));
        return (shift * BucketsOfAnOctave) + (int)(microseconds >> shift);
    }

    // The highest number of microseconds that is counted there.
    private static long TopOf(int bucket)
    {
        var shift = Math.Max(0, (bucket / BucketsOfAnOctave) - 1);
        return ((bucket - (shift * BucketsOfAnOctave) + 1L) << shift) - 1;
    }

    private void Judge()
    {
        var now = time.GetTimestamp();
        var lasted = time.GetElapsedTime(_windowBegan, now);
        if (lasted < WindowLeast)
        {
            return;
        }

        var requests = 0L;
        foreach (var count in _counts)
        {
            requests += count;
        }

        if (requests is > 0 and < RequestsWanted && lasted < WindowMost)
        {
            return;
        }

        _latest = TakePercentile99(requests);
        _share.Judge((int)Math.Min(int.MaxValue, requests), _latest, _spent / lasted.TotalSeconds > BusyBytesPerSecond);
        (_windowBegan, _spent) = (now, 0);
    }

    private TimeSpan TakePercentile99(long requests)
    {
        var above = requests / 100;
        var percentile = -1;
        for (var bucket = _counts.Length - 1; bucket >= 0; bucket--)
        {
            above -= Interlocked.Exchange(ref _counts[bucket], 0);
            percentile = above < 0 && percentile < 0 ? bucket : percentile;
        }

        return percentile < 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(TopOf(percentile));
    }
}
