using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>
/// One lane to a peer: keeps a connection, from the first use on and for ever. While the first attempt runs requests wait for it; when one has failed they fail at once, until one in the background has succeeded.
/// </summary>
internal sealed class PeerLine(NodeId peer, PeerLane lane, ulong session, PeerLink link)
{
    private readonly Lock _gate = new(); // guards all fields below
    private readonly List<Parked> _parked = [];
    private PeerConnection? _connection;
    private PeerFailure? _failure;
    private long _parkedBytes;
    private TaskCompletionSource<bool>? _pause;
    private bool _retriesAtOnce;
    private int _attempts; // the loop's own
    private Task? _running;

    /// <summary>The connection, if there is one.</summary>
    public PeerConnection? Connection => Volatile.Read(ref _connection);

    /// <summary>Why there is none; null if there is one, or if it is not known yet.</summary>
    public PeerFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>Ends with the link's token.</summary>
    public Task Ended
    {
        get
        {
            lock (_gate)
            {
                return _running ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>Sees to it that there will be a connection.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _running) is not null)
        {
            return;
        }

        lock (_gate)
        {
            if (_running is null && !link.Stopping.IsCancellationRequested)
            {
                _running = Detached.Start(RunAsync, link.Transport.Home);
            }
        }
    }

    /// <summary>The peer was heard of by another way: the next attempt comes at once if there is no connection, and requests wait for it as for the first.</summary>
    public void Retry()
    {
        TaskCompletionSource<bool>? pause;
        lock (_gate)
        {
            if (_connection is not null || _running is null || link.Stopping.IsCancellationRequested)
            {
                return;
            }

            pause = _pause;
            _pause = null;
            _retriesAtOnce = true;
            Volatile.Write(ref _failure, null);
        }

        pause?.TrySetResult(true);
    }

    /// <summary>Keeps a request until the attempt under way has ended. False if that has happened meanwhile; then look again.</summary>
    public bool TryPark(in Parked request, out bool full)
    {
        lock (_gate)
        {
            full = _parkedBytes > 0 && _parkedBytes + request.SizeBound > link.Options.QueuedBytesMax;
            if (_connection is not null || _failure is not null || full || link.Stopping.IsCancellationRequested)
            {
                return false;
            }

            _parked.Add(request);
            _parkedBytes += request.SizeBound;
            return true;
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        var stopping = link.Stopping;
        var pause = link.Options.BackoffMin;
        try
        {
            while (true)
            {
                stopping.ThrowIfCancellationRequested();
                var (connection, failure) = await OpenAsync(stopping);
                if (connection is null)
                {
                    Fail(failure!);
                    pause = await PauseAsync(pause);
                    continue;
                }

                string reason;
                using (stopping.UnsafeRegister(static broken => ((PeerConnection)broken!).Dispose(), connection))
                {
                    var running = connection.RunAsync(link.Answered);
                    Establish(connection);
                    reason = await running;
                }

                Break(connection, reason, mayRetry: connection.HasAnswered);
                if (connection.HasAnswered)
                {
                    pause = link.Options.BackoffMin;
                }
                else
                {
                    pause = await PauseAsync(pause);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        finally
        {
            Fail(new PeerFailure(PeerState.Refusing, "This node is stopping."));
        }
    }

    // Gives the length of the next pause.
    private async Task<TimeSpan> PauseAsync(TimeSpan longest)
    {
        var cut = new TaskCompletionSource<bool>(); // true if somebody cut the pause short
        lock (_gate)
        {
            if (_retriesAtOnce)
            {
                // It was heard of while the attempt was under way, which may have been too early by a moment.
                _retriesAtOnce = false;
                Volatile.Write(ref _failure, null);
                return link.Options.BackoffMin;
            }

            _pause = cut;
        }

        bool isCut;
        using (link.Time.CreateTimer(static pause => ((TaskCompletionSource<bool>)pause!).TrySetResult(false), cut, link.Jitter(longest), Timeout.InfiniteTimeSpan))
        using (link.Stopping.UnsafeRegister(static pause => ((TaskCompletionSource<bool>)pause!).TrySetResult(false), cut))
        {
            isCut = await cut.Task;
        }

        lock (_gate)
        {
            _pause = null;
            _retriesAtOnce = false;
        }

        return isCut ? link.Options.BackoffMin : Longer(longest);
    }

    private async Task<(PeerConnection?, PeerFailure?)> OpenAsync(CancellationToken stopping)
    {
        var directory = link.Directory();
        if (!directory.Members.TryGetValue(peer, out var endpoint))
        {
            return (null, new PeerFailure(PeerState.Refusing, $"{peer} is no member in epoch {directory.Epoch}."));
        }

        if ((++_attempts & 1) == 0 && directory.Elsewhere.TryGetValue(peer, out var elsewhere))
        {
            endpoint = elsewhere;
        }

        var options = link.Options;
        var hello = new Hello(options.VersionMin, options.VersionMax, options.Cluster, options.Self, peer, directory.Epoch, directory.Fingerprint, lane, session);
        try
        {
            return await PeerConnection.OpenAsync(link.Transport, endpoint, hello, directory, options, link.Time, stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // No more sockets, say: that passes, and this loop must still be there then.
            return (null, new PeerFailure(PeerState.Suspect, $"{peer} at {endpoint} could not be tried: {e.Message}"));
        }
    }

    private void Establish(PeerConnection connection)
    {
        var parked = new List<Parked>();
        lock (_gate)
        {
            parked.AddRange(_parked);
            ForgetParked();
            Volatile.Write(ref _failure, null);
            Volatile.Write(ref _connection, connection);
            _retriesAtOnce = false;
        }

        link.CameUp(lane);
        foreach (var request in parked)
        {
            link.Send(connection, request);
        }
    }

    private void Fail(PeerFailure failure)
    {
        var parked = new List<Parked>();
        bool isNews;
        lock (_gate)
        {
            isNews = _failure?.Problem != failure.Problem;
            parked.AddRange(_parked);
            ForgetParked();
            Volatile.Write(ref _connection, null);
            Volatile.Write(ref _failure, failure);
        }

        if (isNews && !link.Stopping.IsCancellationRequested)
        {
            link.WentDown(lane, failure.Problem);
        }

        foreach (var request in parked)
        {
            link.End(request.Id, new PeerReply.Unreachable(failure.Problem));
        }
    }

    private void Break(PeerConnection connection, string reason, bool mayRetry)
    {
        lock (_gate)
        {
            Volatile.Write(ref _connection, null);
            Volatile.Write(ref _failure, mayRetry ? null : new PeerFailure(PeerState.Suspect, reason));
        }

        link.Broke(lane, connection, reason);
    }

    private void ForgetParked()
    {
        _parked.Clear();
        _parkedBytes = 0;
    }

    private TimeSpan Longer(TimeSpan pause) => pause * 2 < link.Options.BackoffMax ? pause * 2 : link.Options.BackoffMax;
}

/// <summary>A request that waits for a connection.</summary>
internal readonly record struct Parked(ulong Id, Epoch Epoch, Deadline Deadline, PeerRequest Request, long SizeBound);
