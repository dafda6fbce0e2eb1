namespace Toystore.Node.Timing;

/// <summary>Something that is to be woken at a moment unless it is done before.</summary>
internal abstract class WheelEntry
{
    internal WheelEntry? Before;
    internal WheelEntry? After;
    internal long DueTick = TimerWheel.Idle;

    /// <summary>Called once when the moment has come, on the timer's thread, outside every lock of the wheel: be quick.</summary>
    protected internal abstract void OnDue();
}

/// <summary>
/// Wakes many short-lived entries at little cost: nearly all of them are cancelled long before they are due (a request that is answered), so both adding and cancelling are a link in a list and no timer is
/// touched. One <see cref="TimeProvider"/> timer, armed only while entries wait; precision <see cref="TickMilliseconds"/>. A hashed wheel (Varghese and Lauck 1987): an entry further ahead than the wheel is
/// round is looked at again each time round.
/// </summary>
internal sealed class TimerWheel : IDisposable
{
    /// <summary>How exact it is, in milliseconds: never early, late by up to this.</summary>
    public const int TickMilliseconds = 2;

    /// <summary>The tick of an entry that does not wait.</summary>
    internal const long Idle = -1;

    private const long Waking = -2;
    private const int Buckets = 1024;

    // Guards every field below and the links of all entries.
    private readonly Lock _lock = new();
    private readonly WheelEntry?[] _heads = new WheelEntry?[Buckets];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _ticksPerTick;
    private long _tick;
    private long _armedFor = long.MaxValue;
    private int _count;

    public TimerWheel(TimeProvider time)
    {
        _time = time;
        _ticksPerTick = Math.Max(1, time.TimestampFrequency * TickMilliseconds / 1000);
        _tick = Now();
        _timer = time.CreateTimer(static wheel => ((TimerWheel)wheel!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many entries wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Has the entry woken at the deadline, instead of when it was to be woken before.</summary>
    public void Schedule(WheelEntry entry, Deadline due)
    {
        lock (_lock)
        {
            Unlink(entry);
            if (_count == 0)
            {
                _tick = Now();
            }

            entry.DueTick = Math.Max(_tick + 1, (due.Timestamp / _ticksPerTick) + 1);
            Link(entry);
            if (entry.DueTick < _armedFor)
            {
                Arm(entry.DueTick);
            }
        }
    }

    /// <summary>The entry is not woken any more; no harm if it was, or was never scheduled.</summary>
    public void Cancel(WheelEntry entry)
    {
        lock (_lock)
        {
            Unlink(entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Turn()
    {
        List<WheelEntry>? due = null;
        lock (_lock)
        {
            _armedFor = long.MaxValue;
            var now = Now();
            for (; _tick < now && _count > 0; _tick++)
            {
                TakeDue(_tick + 1, ref due);
            }

            _tick = Math.Max(_tick, now);
            if (_count > 0)
            {
                Arm(NextDue());
            }
        }

        foreach (var entry in due ?? [])
        {
            if (TryWake(entry))
            {
                entry.OnDue();
            }
        }
    }

    // Those that fall due together may cancel or put off one another.
    private bool TryWake(WheelEntry entry)
    {
        lock (_lock)
        {
            if (entry.DueTick != Waking)
            {
                return false;
            }

            entry.DueTick = Idle;
            return true;
        }
    }

    private void TakeDue(long tick, ref List<WheelEntry>? due)
    {
        for (var entry = _heads[tick % Buckets]; entry is not null;)
        {
            var next = entry.After;
            if (entry.DueTick <= tick)
            {
                Unlink(entry);
                entry.DueTick = Waking;
                (due ??= []).Add(entry);
            }

            entry = next;
        }
    }

    private long NextDue()
    {
        for (var tick = _tick + 1; tick < _tick + Buckets; tick++)
        {
            if (_heads[tick % Buckets] is not null)
            {
                return tick;
            }
        }

        return _tick + Buckets;
    }

    private void Arm(long tick)
    {
        _armedFor = tick;
        var wait = Math.Max(0, (tick * _ticksPerTick) - _time.GetTimestamp());
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait * 1000.0 / _time.TimestampFrequency)), Timeout.InfiniteTimeSpan);
    }

    private void Link(WheelEntry entry)
    {
        ref var head = ref _heads[entry.DueTick % Buckets];
        entry.Before = null;
        entry.After = head;
        if (head is not null)
        {
            head.Before = entry;
        }

        head = entry;
        _count++;
    }

    private void Unlink(WheelEntry entry)
    {
        if (entry.DueTick < 0)
        {
            entry.DueTick = Idle;
            return;
        }

        if (entry.Before is null)
        {
            _heads[entry.DueTick % Buckets] = entry.After;
        }
        else
        {
            entry.Before.After = entry.After;
        }

        if (entry.After is not null)
        {
            entry.After.Before = entry.Before;
        }

        entry.Before = entry.After = null;
        entry.DueTick = Idle;
        _count--;
    }

    private long Now() => _time.GetTimestamp() / _ticksPerTick;
}
