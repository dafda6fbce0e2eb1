using System.Threading.Tasks.Sources;

namespace Toystore.Node.Timing;

/// <summary>
/// Something that several answers and a clock come together in, and that one waits for: an auto-reset signal without allocation. The waiter is resumed on the thread that signals, so signal outside of locks.
/// </summary>
internal abstract class Gathering : WheelEntry, IValueTaskSource
{
    // Guards _signalled and _waiting. What the derived class gathers has a lock of its own.
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _source;
    private bool _signalled;
    private bool _waiting;

    /// <summary>Completes at the next signal, or at once if there was one since the last wait. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_signalled)
            {
                _signalled = false;
                return default;
            }

            _source.Reset();
            _waiting = true;
            return new ValueTask(this, _source.Version);
        }
    }

    /// <summary>Something has come.</summary>
    protected void Signal()
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                _signalled = true;
                return;
            }

            _waiting = false;
        }

        _source.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _source.OnCompleted(continuation, state, token, flags);
}
