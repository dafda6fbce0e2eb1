namespace Toystore.Node.Peers;

/// <summary>
/// The requests that wait for the answer of one peer: an array, and in each request id the place in it (low half) with a count of its uses (high half), so that an answer finds its request without a search and a late one
/// finds nobody. One timer for all deadlines, armed only while something waits.
/// </summary>
internal sealed class CallTable : IDisposable
{
    private static readonly TimeSpan TimerStepMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan TimerStepMax = TimeSpan.FromHours(1);

    private readonly Lock _gate = new(); // guards all fields below
    private readonly int _capacity;
    private readonly TimeProvider _time;
    private readonly Action<PendingCall> _expired;
    private readonly ITimer _timer;
    private readonly Stack<PendingCall> _idle = new();
    private PendingCall?[] _calls = new PendingCall?[16];
    private uint[] _uses = new uint[16];
    private int[] _free = new int[16];
    private int _freeCount;
    private int _opened;
    private int _count;
    private long _asked;
    private long _armedFor = long.MaxValue;
    private bool _disposed;

    /// <param name="capacity">How many may wait.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="home"><see cref="IPeerTransport.Home"/>.</param>
    /// <param name="expired">Is handed each call whose deadline has passed, already taken out, to be completed.</param>
    public CallTable(int capacity, TimeProvider time, SynchronizationContext? home, Action<PendingCall> expired)
    {
        (_capacity, _time, HasHome, _expired) = (capacity, time, home is not null, expired);
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((CallTable)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>True if its callers belong to one thread's world, which they are not to be taken out of.</summary>
    public bool HasHome { get; }

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many there ever were that carry a request of a client.</summary>
    public long Asked => Volatile.Read(ref _asked);

    /// <summary>A new call; null if too many wait.</summary>
    /// <param name="deadline">When nobody waits for it any more.</param>
    /// <param name="connection">What it goes over; null if there is no connection yet.</param>
    /// <param name="isForClients">True for what a client's request needs; false for what the nodes ask one another on their own account.</param>
    public PendingCall? TryAdd(long deadline, PeerConnection? connection, bool isForClients = true)
    {
        lock (_gate)
        {
            if (_disposed || (_freeCount == 0 && _opened == _capacity))
            {
                return null;
            }

            var place = _freeCount > 0 ? _free[--_freeCount] : Open();
            var call = _idle.TryPop(out var idle) ? idle : new PendingCall(this);
            call.Id = ((ulong)_uses[place] << 32) | (uint)place;
            call.DeadlineTimestamp = deadline;
            call.StartTimestamp = _time.GetTimestamp();
            call.Connection = connection;
            call.Batch = 0;
            call.IsForClients = isForClients;
            _asked += isForClients ? 1 : 0;
            _calls[place] = call;
            _count++;
            if (deadline < _armedFor)
            {
                Arm(deadline);
            }

            return call;
        }
    }

    /// <summary>Takes out the call with this id; null if it is not waiting any more.</summary>
    public PendingCall? TryTake(ulong id)
    {
        var place = (uint)id;
        lock (_gate)
        {
            return place < (uint)_opened && _calls[place] is { } call && call.Id == id ? TakeAt((int)place) : null;
        }
    }

    /// <summary>Says over which connection and in which batch a call goes that had to wait for a connection. False if it is not waiting any more.</summary>
    public bool TryAssign(ulong id, PeerConnection connection, long batch)
    {
        var place = (uint)id;
        lock (_gate)
        {
            if (place >= (uint)_opened || _calls[place] is not { } call || call.Id != id)
            {
                return false;
            }

            (call.Connection, call.Batch) = (connection, batch);
            return true;
        }
    }

    /// <summary>Takes out all calls that go over a connection.</summary>
    public List<PendingCall> TakeAll(PeerConnection connection)
    {
        var taken = new List<PendingCall>();
        lock (_gate)
        {
            for (var place = 0; place < _opened; place++)
            {
                if (_calls[place] is { } call && call.Connection == connection)
                {
                    taken.Add(TakeAt(place));
                }
            }
        }

        return taken;
    }

    /// <summary>Keeps a call whose result was taken for the next one.</summary>
    public void GiveBack(PendingCall call)
    {
        call.Connection = null;
        lock (_gate)
        {
            if (_idle.Count < _opened)
            {
                _idle.Push(call);
            }
        }
    }

    /// <summary>Takes no more calls. Those that wait must have been taken out before.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private int Open()
    {
        if (_opened == _calls.Length)
        {
            var size = Math.Min(_capacity, _calls.Length * 2);
            Array.Resize(ref _calls, size);
            Array.Resize(ref _uses, size);
            Array.Resize(ref _free, size);
        }

        return _opened++;
    }

    private PendingCall TakeAt(int place)
    {
        var call = _calls[place]!;
        _calls[place] = null;
        _uses[place]++;
        _free[_freeCount++] = place;
        _count--;
        return call;
    }

    private void Arm(long deadline)
    {
        _armedFor = deadline;
        var seconds = Math.Min((deadline - _time.GetTimestamp()) / (double)_time.TimestampFrequency, TimerStepMax.TotalSeconds);
        var left = TimeSpan.FromMilliseconds(Math.Ceiling(seconds * 1000));
        _timer.Change(left < TimerStepMin ? TimerStepMin : left, Timeout.InfiniteTimeSpan);
    }

    private void Expire()
    {
        var expired = new List<PendingCall>();
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            var now = _time.GetTimestamp();
            var next = long.MaxValue;
            for (var place = 0; place < _opened; place++)
            {
                if (_calls[place] is not { } call)
                {
                    continue;
                }

                if (call.DeadlineTimestamp <= now)
                {
                    expired.Add(TakeAt(place));
                }
                else
                {
                    next = Math.Min(next, call.DeadlineTimestamp);
                }
            }

            _armedFor = long.MaxValue;
            if (next != long.MaxValue)
            {
                Arm(next);
            }
        }

        foreach (var call in expired)
        {
            _expired(call);
        }
    }
}
