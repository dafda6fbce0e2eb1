namespace Toystore.Node.Healing;

/// <summary>
/// How fast healing goes: so many bytes a second, a little more with every answer, half as many when a member does not answer or has too much to do (additive increase, multiplicative decrease, as TCP). Starts at 4 MiB/s, and stays between
/// 256 KiB/s and 64 MiB/s. Of that it takes the share that clients leave it (<see cref="Foreground"/>), and 256 KiB/s in any case.
/// </summary>
internal sealed class HealingPace(TimeProvider time, Foreground foreground)
{
    private const double Least = 256 << 10;
    private const double Most = 64 << 20;
    private const double More = 128 << 10;

    private readonly Lock _lock = new(); // guards all fields
    private double _bytesPerSecond = 4 << 20;
    private double _share = 1;
    private long _free;

    /// <summary>Bytes a second now.</summary>
    public double BytesPerSecond
    {
        get
        {
            lock (_lock)
            {
                return Math.Max(Least, _bytesPerSecond * _share);
            }
        }
    }

    /// <summary>Something did not go through: half as fast.</summary>
    public void Slow()
    {
        lock (_lock)
        {
            _bytesPerSecond = Math.Max(Least, _bytesPerSecond / 2);
        }
    }

    /// <summary>So many bytes went through: waits until the next may go.</summary>
    public async ValueTask SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        var share = foreground.Spend(bytes);
        TimeSpan wait;
        lock (_lock)
        {
            _share = share;
            var now = time.GetTimestamp();
            _free = Math.Max(_free, now) + (long)(bytes / Math.Max(Least, _bytesPerSecond * share) * time.TimestampFrequency);
            _bytesPerSecond = Math.Min(Most, _bytesPerSecond + More);
            wait = time.GetElapsedTime(now, _free);
        }

        // What is less than a timer's tick is not worth one: it adds up.
        if (wait >= TimeSpan.FromMilliseconds(10))
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
