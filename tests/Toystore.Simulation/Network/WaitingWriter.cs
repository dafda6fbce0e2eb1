using System.Threading.Tasks.Sources;

namespace Toystore.Simulation.Network;

/// <summary>The writer of a connection, waiting until there is room for more; it goes on in the context it waits in.</summary>
internal sealed class WaitingWriter : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>True while somebody waits.</summary>
    public bool IsWaiting { get; private set; }

    public ValueTask WaitAsync()
    {
        _core.Reset();
        IsWaiting = true;
        return new(this, _core.Version);
    }

    /// <summary>There is room.</summary>
    public void Open()
    {
        if (IsWaiting)
        {
            IsWaiting = false;
            _core.SetResult(true);
        }
    }

    /// <summary>There will never be.</summary>
    public void Fail(Exception failure)
    {
        if (IsWaiting)
        {
            IsWaiting = false;
            _core.SetException(failure);
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);
}
