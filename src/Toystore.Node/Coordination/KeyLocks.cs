using Toystore.Core;
using Toystore.Node.Timing;

namespace Toystore.Node.Coordination;

/// <summary>One read-modify-write of a key at a time, first come first served. Held across the network, therefore not the replica's turns.</summary>
internal sealed class KeyLocks(TimerWheel wheel)
{
    // Guards the dictionary and the queues in it. A key that is there is held by somebody.
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Queue<Waiter>> _held = [];

    /// <summary>Read-modify-writes under way, and those that wait for them.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _held.Values.Sum(static waiting => 1 + waiting.Count);
            }
        }
    }

    /// <summary>Waits until the key is free; false if that is not before the deadline. <see cref="Release"/> it if true.</summary>
    public async ValueTask<bool> AcquireAsync(Key key, Deadline deadline)
    {
        var waiter = new Waiter();
        lock (_lock)
        {
            if (!_held.TryGetValue(key, out var queue))
            {
                _held.Add(key, new Queue<Waiter>());
                return true;
            }

            queue.Enqueue(waiter);
        }

        wheel.Schedule(waiter, deadline);
        var acquired = await waiter.Turn.Task;
        wheel.Cancel(waiter);
        return acquired;
    }

    /// <summary>Lets the next one in.</summary>
    public void Release(Key key)
    {
        lock (_lock)
        {
            var queue = _held[key];
            while (queue.TryDequeue(out var next))
            {
                if (next.Turn.TrySetResult(true))
                {
                    return;
                }
            }

            _held.Remove(key);
        }
    }

    // Whoever comes first, its turn or its deadline, decides.
    private sealed class Waiter : WheelEntry
    {
        public readonly TaskCompletionSource<bool> Turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected internal override void OnDue() => Turn.TrySetResult(false);
    }
}
