namespace Toystore.Tests;

/// <summary>A clock that stands still until it is told to go on; timers fire on the thread that says so, in order.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _now = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now.Ticks;
        }
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>How many timers are armed.</summary>
    public int Armed
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Lets time pass; what falls due meanwhile fires when it is due.</summary>
    public void Advance(TimeSpan span)
    {
        while (Pass(ref span) is { } due)
        {
            due.Fire();
        }
    }

    /// <summary>Lets time pass without firing what falls due: as on a machine that was suspended.</summary>
    public void Skip(TimeSpan span)
    {
        lock (_gate)
        {
            _now += span;
        }
    }

    /// <summary>Moves to the moment of the next timer and fires it; false if none is armed.</summary>
    public bool FireNext()
    {
        ManualTimer? next;
        lock (_gate)
        {
            next = _timers.MinBy(timer => timer.Due);
            if (next is null)
            {
                return false;
            }

            _now = next.Due > _now ? next.Due : _now;
            _timers.Remove(next);
        }

        next.Fire();
        return true;
    }

    // Goes on to the next timer that is due within the span, or to its end.
    private ManualTimer? Pass(ref TimeSpan left)
    {
        lock (_gate)
        {
            var end = _now + left;
            var due = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            _now = due is null ? end : due.Due > _now ? due.Due : _now;
            left = end - _now;
            if (due is not null)
            {
                _timers.Remove(due);
            }

            return due;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
