using Toystore.Simulation.Chances;

namespace Toystore.Simulation.Scheduling;

/// <summary>
/// The one thread and the one clock of a world. What is ready runs, one piece at a time, in an order that the seed decides; when nothing is, time jumps to the next event. So nothing sleeps, and the same seed runs the same way.
/// </summary>
internal sealed class EventLoop
{
    private readonly PriorityQueue<(Life Life, Action Run), (long Due, long Sequence)> _timed = new();
    private readonly List<(Life Life, SendOrPostCallback Run, object? State)> _ready = [];
    private readonly Queue<TaskCompletionSource> _settling = new();
    private readonly Chance _chance;
    private readonly bool _shuffles;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private string? _escape;
    private int _first;
    private long _sequence;

    /// <param name="chance">Decides the order.</param>
    /// <param name="shuffles">True: of what is ready at one moment anything may come first, as on a thread pool; false: first come, first served.</param>
    public EventLoop(Chance chance, bool shuffles)
    {
        (_chance, _shuffles) = (chance, shuffles);
        World = new Life(this, "world");
    }

    /// <summary>The life of what is not a node: clients, faults, wires.</summary>
    public Life World { get; }

    /// <summary>Time since the beginning, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>How many pieces of work may be run; 20 million by default.</summary>
    public long StepsMax { get; init; } = 20_000_000;

    /// <summary>How many pieces of work have been run.</summary>
    public long Steps { get; private set; }

    /// <summary>A hash of the order and the moments of all that has been run.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    /// <summary>Runs something after a while, in the context of a life, unless that is over by then.</summary>
    public void After(TimeSpan delay, Life life, Action run) => At(Now + Math.Max(0, delay.Ticks), life, run);

    /// <summary>Runs something at a moment (<see cref="Now"/>), in the context of a life, unless that is over by then.</summary>
    public void At(long moment, Life life, Action run)
    {
        RequireOwnThread();
        _timed.Enqueue((life, run), (Math.Max(Now, moment), ++_sequence));
    }

    /// <summary>Runs something as soon as its turn comes, in the context of a life.</summary>
    public void Post(Life life, SendOrPostCallback run, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _escape = $"something of {life.Name} ran on another thread and came back:\n{Environment.StackTrace}";
            return;
        }

        _ready.Add((life, run, state));
    }

    /// <summary>Throws unless called by the thread of this loop: something has escaped from the world.</summary>
    public void RequireOwnThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _escape = $"something ran on another thread:\n{Environment.StackTrace}";
            throw new EscapedException(_escape);
        }
    }

    /// <summary>
    /// Runs everything until the task has ended, or until <paramref name="endsEarly"/> says that enough was seen. Throws what the task throws, and <see cref="EscapedException"/> or <see cref="StuckException"/>.
    /// </summary>
    public void Run(Func<Task> scenario, Func<bool>? endsEarly = null)
    {
        var before = SynchronizationContext.Current;
        try
        {
            SynchronizationContext.SetSynchronizationContext(World);
            var task = scenario();
            while (!task.IsCompleted)
            {
                if (endsEarly?.Invoke() ?? false)
                {
                    return;
                }

                if (_escape is { } escape)
                {
                    throw new EscapedException(escape);
                }

                if (!RunOne())
                {
                    throw new StuckException("The scenario waits for something that will never come.");
                }

                if (Steps > StepsMax)
                {
                    throw new StuckException($"The scenario has not ended after {StepsMax} steps and {TimeSpan.FromTicks(Now).TotalSeconds:0} s: something goes round in circles.");
                }
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>A task that ends after a while of the world's time.</summary>
    public Task PassAsync(TimeSpan span)
    {
        var passed = new TaskCompletionSource();
        After(span, World, () => Outside(passed.SetResult));
        return passed.Task;
    }

    /// <summary>A task that ends when nothing more happens unless time passes.</summary>
    public Task SettleAsync()
    {
        RequireOwnThread();
        var settled = new TaskCompletionSource();
        _settling.Enqueue(settled);
        return settled.Task;
    }

    /// <summary>
    /// Ends a task so that whoever awaits it goes on in the context it awaits in, as one more step, and whatever is joined to it (<see cref="Task.WhenAll(Task[])"/>) is joined here. A task source that runs its continuations
    /// asynchronously would have the framework join on the thread pool.
    /// </summary>
    public static void Outside(Action end)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            end();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private bool RunOne()
    {
        if (_first < _ready.Count)
        {
            if (_shuffles)
            {
                var other = _first + _chance.Next(_ready.Count - _first);
                (_ready[_first], _ready[other]) = (_ready[other], _ready[_first]);
            }

            var (life, run, state) = _ready[_first];
            _ready[_first++] = default;
            if (_first == _ready.Count)
            {
                _ready.Clear();
                _first = 0;
            }
            else if (_first >= 1024)
            {
                _ready.RemoveRange(0, _first);
                _first = 0;
            }

            if (!life.IsOver)
            {
                Begin(life);
                run(state);
            }

            return true;
        }

        if (_settling.Count > 0 && !(_timed.TryPeek(out _, out var next) && next.Due == Now))
        {
            Begin(World);
            Outside(_settling.Dequeue().SetResult);
            return true;
        }

        if (_timed.TryDequeue(out var timed, out var when))
        {
            Now = when.Due;
            if (!timed.Life.IsOver)
            {
                Begin(timed.Life);
                timed.Run();
            }

            return true;
        }

        return false;
    }

    private void Begin(Life life)
    {
        Steps++;
        Hash = ((Hash ^ (ulong)Now) * 1099511628211 ^ (uint)life.Name.Length ^ life.Name[^1]) * 1099511628211;
        SynchronizationContext.SetSynchronizationContext(life);
    }
}

/// <summary>Code of a node ran outside of the world's thread.</summary>
internal sealed class EscapedException(string message) : Exception(message);

/// <summary>Nothing will ever happen any more.</summary>
internal sealed class StuckException(string message) : Exception(message);
