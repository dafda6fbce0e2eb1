namespace Toystore.Tests.Node.Worlds;

/// <summary>A clock that stands still until the next timer is fired, one at a time, in the order in which they are due.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<(VirtualTimer Timer, long Arming), (long Due, long Arming)> _armed = new();
    private long _now = TimeSpan.TicksPerHour;
    private long _armings;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(_now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, period);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the moment of the next timer and fires it; false if none is armed.</summary>
    public bool FireNext()
    {
        while (_armed.TryDequeue(out var next, out var when))
        {
            if (next.Timer.Arming == next.Arming)
            {
                _now = Math.Max(_now, when.Due);
                next.Timer.Fire();
                return true;
            }
        }

        return false;
    }

    /// <summary>Lets time pass without firing what falls due: as on a machine that was suspended.</summary>
    public void Skip(TimeSpan span) => _now += span.Ticks;

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        public long Arming { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Arming = ++time._armings;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                time._armed.Enqueue((this, Arming), (time._now + dueTime.Ticks, Arming));
            }

            return true;
        }

        public void Fire()
        {
            Arming = 0;
            callback(state);
        }

        public void Dispose() => Arming = 0;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
