namespace Toystore.Simulation.Scheduling;

/// <summary>
/// One life of a process, from its start until it ends or is killed: all code of a node runs in the context of its life, and when that is over none of it runs any more, in the middle of whatever it was doing.
/// </summary>
internal sealed class Life(EventLoop loop, string name) : SynchronizationContext
{
    private readonly LinkedList<Action> _waiting = new();

    /// <summary>Whose life it is, for the trace.</summary>
    public string Name => name;

    public EventLoop Loop => loop;

    /// <summary>True when nothing of it runs any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Called once, at the end, outside of this life: connections break, disks lose power.</summary>
    public event Action? Ended;

    /// <summary>Kills it.</summary>
    public void End()
    {
        if (IsOver)
        {
            return;
        }

        IsOver = true;
        Ended?.Invoke();
        foreach (var gone in _waiting.ToArray())
        {
            gone();
        }
    }

    /// <summary>Runs something in this life, from outside of it. If the life ends first, the result is <paramref name="whenGone"/>.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> run, T whenGone)
    {
        var ended = new TaskCompletionSource<T>();
        if (IsOver)
        {
            ended.SetResult(whenGone);
            return ended.Task;
        }

        void Gone() => EventLoop.Outside(() => ended.TrySetResult(whenGone));
        _waiting.AddLast(Gone);
        Post(async _ =>
        {
            try
            {
                var result = await run();
                EventLoop.Outside(() => ended.TrySetResult(result));
            }
            catch (Exception e)
            {
                EventLoop.Outside(() => ended.TrySetException(e));
            }

            _waiting.Remove(Gone);
        }, null);
        return ended.Task;
    }

    public override SynchronizationContext CreateCopy() => this;

    public override void Post(SendOrPostCallback d, object? state) => loop.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => d(state);
}
