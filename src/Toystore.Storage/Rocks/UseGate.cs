namespace Toystore.Storage.Rocks;

/// <summary>
/// Lets any number of threads use a database and one close it: entering costs two interlocked operations and never blocks while the gate is open. <see cref="Close"/> waits until everybody has left.
/// </summary>
internal sealed class UseGate
{
    // Guards _closed and _ended, and is what waiters sleep on.
    private readonly object _lock = new();
    private long _inside;
    private volatile bool _closed;
    private bool _ended;

    /// <summary>Enters unless the gate is closed. What returned true owes an <see cref="Exit"/>.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _inside);
        if (!_closed)
        {
            return true;
        }

        Exit();
        return false;
    }

    /// <summary>Enters, waiting while the gate is closed for a time.</summary>
    /// <exception cref="ObjectDisposedException">It was closed for good.</exception>
    public void Enter()
    {
        while (!TryEnter())
        {
            lock (_lock)
            {
                while (_closed && !_ended)
                {
                    Monitor.Wait(_lock);
                }

                ObjectDisposedException.ThrowIf(_ended, typeof(RocksDbStore));
            }
        }
    }

    /// <summary>Leaves.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _inside) == 0 && _closed)
        {
            lock (_lock)
            {
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Lets nobody in any more and returns when nobody is inside.</summary>
    public void Close(bool forGood)
    {
        lock (_lock)
        {
            _closed = true;
            _ended |= forGood;
            Monitor.PulseAll(_lock);
            while (Interlocked.Read(ref _inside) != 0)
            {
                Monitor.Wait(_lock);
            }
        }
    }

    /// <summary>Lets everybody in again.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _closed = false;
            Monitor.PulseAll(_lock);
        }
    }
}
