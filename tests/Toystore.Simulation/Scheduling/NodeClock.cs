namespace Toystore.Simulation.Scheduling;

/// <summary>
/// The clocks of one machine: both run at a rate that may be a little wrong, and its wall clock is off besides and may jump. Timers never fire early by this machine's own clock. Outlives the lives on the machine.
/// </summary>
internal sealed class NodeClock(EventLoop loop) : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly long _anchor = TimeSpan.TicksPerHour;

    /// <summary>How many of its seconds pass in a second: 1 by default. Set it before the first life.</summary>
    public double Rate { get; init; } = 1;

    /// <summary>How far its wall clock is ahead, beside what its rate makes of it. May change at any time.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>Whose timers it makes now.</summary>
    public Life Life { get; set; } = loop.World;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp()
    {
        loop.RequireOwnThread();
        return _anchor + (long)(loop.Now * Rate);
    }

    public override DateTimeOffset GetUtcNow() => Beginning.AddTicks(GetTimestamp()) + Ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, Life, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SimulatedTimer(NodeClock clock, Life life, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private long _arming;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            var arming = ++_arming;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Arm(dueTime, arming);
            }

            return true;
        }

        public void Dispose() => _arming++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(TimeSpan due, long arming) =>
            life.Loop.After(TimeSpan.FromTicks((long)Math.Ceiling(due.Ticks / clock.Rate) + (clock.Rate == 1 ? 0 : 1)), life, () => Fire(arming));

        private void Fire(long arming)
        {
            if (_arming != arming)
            {
                return;
            }

            if (_period != Timeout.InfiniteTimeSpan && _period > TimeSpan.Zero)
            {
                Arm(_period, arming);
            }

            callback(state);
        }
    }
}
