using System.Threading.Tasks.Sources;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Disks;

/// <summary>
/// An answer that comes later. Nobody is called back from inside of whoever answers: an awaiter goes on in its own context, when its turn comes, and never on another thread. If the life is over it is never answered. As with the
/// answers of a real store, it may be taken only once.
/// </summary>
internal sealed class Pending<T>(Life life) : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _core;
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private bool _settled;

    /// <summary>What the caller awaits. Cancelling only stops the waiting.</summary>
    public ValueTask<T> Begin(CancellationToken cancellationToken)
    {
        _token = cancellationToken;
        _cancellation = cancellationToken.CanBeCanceled ? cancellationToken.UnsafeRegister(static self => ((Pending<T>)self!).StopWaiting(), this) : default;
        return new ValueTask<T>(this, _core.Version);
    }

    /// <summary>Answers.</summary>
    public void Set(T answer) => Settle(answer, null);

    /// <summary>Answers that it failed.</summary>
    public void Fail(Exception exception) => Settle(default!, exception);

    T IValueTaskSource<T>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _cancellation.Dispose();
            _core.Reset();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);

    private void StopWaiting() => Settle(default!, new OperationCanceledException(_token));

    private void Settle(T answer, Exception? exception)
    {
        if (_settled || life.IsOver)
        {
            return;
        }

        _settled = true;

        // Without a context an awaiter of a task made of this is posted to its own, even if that is the one that runs now.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            if (exception is null)
            {
                _core.SetResult(answer);
            }
            else
            {
                _core.SetException(exception);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
