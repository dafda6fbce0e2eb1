namespace Toystore.Node.Timing;

/// <summary>Bounds the wait for something that knows of no deadline, such as a disk.</summary>
internal sealed class Alarm : WheelEntry
{
    private readonly TaskCompletionSource _rung = new();

    /// <summary>Waits for a task until the deadline; false if it has not ended by then. It goes on all the same.</summary>
    public static async ValueTask<bool> EndsBeforeAsync(Task task, Deadline deadline, TimerWheel wheel)
    {
        var alarm = new Alarm();
        wheel.Schedule(alarm, deadline);
        await Task.WhenAny(task, alarm._rung.Task);
        wheel.Cancel(alarm);
        return task.IsCompleted;
    }

    protected internal override void OnDue() => _rung.TrySetResult();
}
