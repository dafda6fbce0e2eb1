using System.Threading.Tasks.Sources;

namespace Toystore.Node.Peers;

/// <summary>
/// A request that waits for its answer. Pooled: it goes back when its result has been taken. The caller goes on where the answer was read: it has a fold to fill and an answer to send, which takes less than a change of
/// threads, and never blocks. After a time-out or a cancellation it goes on elsewhere.
/// </summary>
internal sealed class PendingCall(CallTable table) : IValueTaskSource<PeerReply>
{
    private ManualResetValueTaskSourceCore<PeerReply> _core;
    private CancellationTokenRegistration _cancellation;

    /// <summary>Its place in the table and how often that was used before; what the frame carries.</summary>
    public ulong Id { get; set; }

    /// <summary>When nobody waits for it any more.</summary>
    public long DeadlineTimestamp { get; set; }

    /// <summary>When it was made.</summary>
    public long StartTimestamp { get; set; }

    /// <summary>The connection it goes over; null as long as there is none.</summary>
    public PeerConnection? Connection { get; set; }

    /// <summary>The batch of that connection it is in; 0, which has long been sent, until that is known: in doubt it may have arrived.</summary>
    public long Batch { get; set; }

    /// <summary>True for what a client's request needs; false for what the nodes ask one another on their own account.</summary>
    public bool IsForClients { get; set; }

    public ValueTask<PeerReply> Task => new(this, _core.Version);

    /// <summary>Takes it out of the table if the token is cancelled.</summary>
    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static state => ((PendingCall)state!).Cancel(), this);
        }
    }

    /// <summary>Answers it. Only who took it out of the table may.</summary>
    public void Complete(PeerReply reply)
    {
        // Where there is a home, its context does that; what waits without a context would land on the pool.
        _core.RunContinuationsAsynchronously = !table.HasHome && reply is PeerReply.Lost or PeerReply.Unreachable;
        _core.SetResult(reply);
    }

    PeerReply IValueTaskSource<PeerReply>.GetResult(short token)
    {
        var reply = _core.GetResult(token);
        _cancellation.Dispose();
        _cancellation = default;
        _core.Reset();
        table.GiveBack(this);
        return reply;
    }

    ValueTaskSourceStatus IValueTaskSource<PeerReply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<PeerReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (table.TryTake(Id) == this)
        {
            Complete(new PeerReply.Lost("Cancelled."));
        }
    }
}
