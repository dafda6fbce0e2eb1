using System.Threading.Tasks.Sources;

namespace Toystore.Node.Timing;

/// <summary>
/// Something that several answers and a clock come together in, and that one waits for: an auto-reset signal without allocation. The waiter is resumed on the thread that signals, so signal outside of locks.
/// </summary>
internal abstract class Gathering : WheelEntry, IValueTaskSource
{
    private const int Quiet = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>Completes at the next signal, or at once if there was one since the last wait. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Quiet) == Quiet)
        {
            return new ValueTask(this, _source.Version);
        }

        Volatile.Write(ref _state, Quiet);
        return default;
    }

    /// <summary>The time has come: the waiter goes on elsewhere, since the timer that says so has others to wake.</summary>
    protected void SignalElsewhere() => Signal(elsewhere: true);

    /// <summary>Something has come.</summary>
    protected void Signal() => Signal(elsewhere: false);

    private void Signal(bool elsewhere)
    {
        if (Interlocked.CompareExchange(ref _state, Signalled, Quiet) == Waiting && Interlocked.CompareExchange(ref _state, Quiet, Waiting) == Waiting)
        {
            _source.RunContinuationsAsynchronously = elsewhere;
            _source.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _source.OnCompleted(continuation, state, token, flags);
}
