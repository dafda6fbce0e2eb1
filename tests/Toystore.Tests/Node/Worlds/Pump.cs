namespace Toystore.Tests.Node.Worlds;

/// <summary>
/// The one thread of an imaginary world: continuations run here in the order in which they became ready, and time moves to the next timer when nothing is left to do at this moment. So nothing sleeps, and the same
/// scenario runs the same way each time.
/// </summary>
internal sealed class Pump : SynchronizationContext
{
    // Guards itself.
    private readonly Queue<(SendOrPostCallback Run, object? State)> _ready = new();
    private readonly Queue<TaskCompletionSource> _settling = new();

    /// <summary>Runs a scenario to its end.</summary>
    public static void Run(Func<VirtualTime, Task> scenario)
    {
        var before = Current;
        var pump = new Pump();
        var time = new VirtualTime();
        SetSynchronizationContext(pump);
        try
        {
            var task = scenario(time);
            while (!task.IsCompleted)
            {
                if (!pump.RunOne() && !pump.SettleOne() && !time.FireNext())
                {
                    Assert.Fail("The scenario waits for something that will never come.");
                }
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Goes on when nothing more happens without time passing.</summary>
    public static Task SettleAsync()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ((Pump)Current!)._settling.Enqueue(settled);
        return settled.Task;
    }

    public override SynchronizationContext CreateCopy() => this;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_ready)
        {
            _ready.Enqueue((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    private bool RunOne()
    {
        (SendOrPostCallback Run, object? State) next;
        lock (_ready)
        {
            if (!_ready.TryDequeue(out next))
            {
                return false;
            }
        }

        next.Run(next.State);
        return true;
    }

    private bool SettleOne()
    {
        if (!_settling.TryDequeue(out var settled))
        {
            return false;
        }

        settled.SetResult();
        return true;
    }
}
