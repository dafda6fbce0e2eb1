using Toystore.Node;
using Toystore.Node.Timing;

namespace Toystore.Tests.Node.Timing;

public sealed class TimerWheelTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(TimerWheel.TickMilliseconds);

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(2047.9)]
    [InlineData(2048)]
    [InlineData(2050)]
    [InlineData(60_000)]
    public void An_entry_wakes_never_early_and_at_most_a_tick_late(double milliseconds)
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        time.Skip(TimeSpan.FromTicks(12_345));
        var entry = new Entry(time);
        var due = time.GetTimestamp() + TimeSpan.FromMilliseconds(milliseconds).Ticks;
        wheel.Schedule(entry, new Deadline(due));
        Drain(time);
        Assert.InRange(Assert.Single(entry.Woken), due, due + Tick.Ticks);
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void A_deadline_that_has_passed_wakes_at_the_next_tick()
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        var entry = new Entry(time);
        wheel.Schedule(entry, new Deadline(time.GetTimestamp() - TimeSpan.TicksPerMinute));
        var now = time.GetTimestamp();
        Drain(time);
        Assert.InRange(Assert.Single(entry.Woken), now, now + Tick.Ticks);
    }

    [Fact]
    public void An_entry_that_was_cancelled_does_not_wake_and_no_timer_stays_armed_for_ever()
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        var entry = new Entry(time);
        wheel.Schedule(entry, Deadline.After(TimeSpan.FromSeconds(1), time));
        wheel.Cancel(entry);
        wheel.Cancel(entry);
        Assert.Equal(0, wheel.Count);
        Drain(time);
        Assert.Empty(entry.Woken);
    }

    [Fact]
    public void Scheduling_again_moves_the_moment_either_way()
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        Entry later = new(time), sooner = new(time);
        var now = time.GetTimestamp();
        wheel.Schedule(later, Deadline.After(TimeSpan.FromMilliseconds(10), time));
        wheel.Schedule(later, Deadline.After(TimeSpan.FromMilliseconds(500), time));
        wheel.Schedule(sooner, Deadline.After(TimeSpan.FromMilliseconds(500), time));
        wheel.Schedule(sooner, Deadline.After(TimeSpan.FromMilliseconds(10), time));
        Drain(time);
        Assert.InRange(Assert.Single(later.Woken) - now, TimeSpan.FromMilliseconds(500).Ticks, TimeSpan.FromMilliseconds(500).Ticks + Tick.Ticks);
        Assert.InRange(Assert.Single(sooner.Woken) - now, TimeSpan.FromMilliseconds(10).Ticks, TimeSpan.FromMilliseconds(10).Ticks + Tick.Ticks);
    }

    [Fact]
    public void An_entry_can_schedule_itself_again_when_it_wakes()
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        var entry = new Entry(time);
        entry.OnWake = () =>
        {
            if (entry.Woken.Count < 5)
            {
                wheel.Schedule(entry, Deadline.After(TimeSpan.FromMilliseconds(entry.Woken.Count * 700), time));
            }
        };
        wheel.Schedule(entry, Deadline.After(TimeSpan.FromMilliseconds(1), time));
        Drain(time);
        Assert.Equal(5, entry.Woken.Count);
        for (var i = 1; i < 5; i++)
        {
            Assert.InRange(entry.Woken[i] - entry.Woken[i - 1], TimeSpan.FromMilliseconds(i * 700).Ticks, TimeSpan.FromMilliseconds(i * 700).Ticks + Tick.Ticks);
        }
    }

    [Fact]
    public void An_entry_that_another_one_cancels_at_the_same_moment_does_not_wake_after_that()
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        Entry one = new(time), other = new(time);
        one.OnWake = () => wheel.Cancel(other);
        other.OnWake = () => wheel.Cancel(one);
        wheel.Schedule(one, Deadline.After(TimeSpan.FromMilliseconds(5), time));
        wheel.Schedule(other, Deadline.After(TimeSpan.FromMilliseconds(5), time));
        Drain(time);
        Assert.Equal(1, one.Woken.Count + other.Woken.Count);
    }

    [Fact]
    public void After_a_machine_was_suspended_everything_due_wakes_once()
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        var entries = Enumerable.Range(0, 50).Select(_ => new Entry(time)).ToList();
        for (var i = 0; i < 50; i++)
        {
            wheel.Schedule(entries[i], Deadline.After(TimeSpan.FromMilliseconds(100 * i), time));
        }

        time.Skip(TimeSpan.FromHours(2));
        Drain(time);
        Assert.All(entries, entry => Assert.Single(entry.Woken));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ten_thousand_random_entries_behave_as_a_sorted_list_would(int seed)
    {
        var time = new ManualTime();
        using var wheel = new TimerWheel(time);
        var random = new Random(seed);
        var entries = new List<(Entry Entry, long Due)>();
        var cancelled = new HashSet<Entry>();
        for (var i = 0; i < 10_000; i++)
        {
            var entry = new Entry(time);
            var due = Deadline.After(TimeSpan.FromMicroseconds(Math.Pow(10, random.NextDouble() * 7)), time);
            wheel.Schedule(entry, due);
            entries.Add((entry, due.Timestamp));
            var victim = random.Next(entries.Count);
            switch (random.Next(4))
            {
                case 0 when entries[victim].Entry.Woken.Count == 0:
                    wheel.Cancel(entries[victim].Entry);
                    cancelled.Add(entries[victim].Entry);
                    break;
                case 1 when entries[victim].Entry.Woken.Count == 0:
                    var again = Deadline.After(TimeSpan.FromMilliseconds(random.Next(5000)), time);
                    wheel.Schedule(entries[victim].Entry, again);
                    cancelled.Remove(entries[victim].Entry);
                    entries[victim] = (entries[victim].Entry, again.Timestamp);
                    break;
                case 2:
                    time.FireNext();
                    break;
                default:
                    break;
            }
        }

        Drain(time);
        foreach (var (entry, due) in entries)
        {
            if (cancelled.Contains(entry))
            {
                Assert.Empty(entry.Woken);
            }
            else
            {
                Assert.InRange(Assert.Single(entry.Woken), due, due + Tick.Ticks);
            }
        }

        Assert.Equal(0, wheel.Count);
    }

    private static void Drain(ManualTime time)
    {
        for (var fired = 0; time.FireNext(); fired++)
        {
            Assert.True(fired < 1_000_000);
        }
    }

    private sealed class Entry(ManualTime time) : WheelEntry
    {
        public List<long> Woken { get; } = [];

        public Action? OnWake { get; set; }

        protected internal override void OnDue()
        {
            Woken.Add(time.GetTimestamp());
            OnWake?.Invoke();
        }
    }
}
