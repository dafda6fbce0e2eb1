using Toystore.Core;

namespace Toystore.Node.Coordination;

/// <summary>One read-modify-write of a key at a time, first come first served. Held across the network, therefore not the replica's turns.</summary>
internal sealed class KeyLocks
{
    // Guards the dictionary and the queues in it. A key that is there is held by somebody.
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Queue<TaskCompletionSource>> _held = [];

    /// <summary>Waits until the key is free; false if that is not before the time is up. <see cref="Release"/> it if true.</summary>
    public async ValueTask<bool> AcquireAsync(Key key, TimeSpan timeout, TimeProvider time)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_held.TryGetValue(key, out var queue))
            {
                _held.Add(key, new Queue<TaskCompletionSource>());
                return true;
            }

            queue.Enqueue(turn);
        }

        try
        {
            await turn.Task.WaitAsync(timeout, time);
            return true;
        }
        catch (TimeoutException)
        {
            if (!turn.TrySetCanceled())
            {
                // It was our turn just now: pass it on.
                Release(key);
            }

            return false;
        }
    }

    /// <summary>Lets the next one in.</summary>
    public void Release(Key key)
    {
        lock (_lock)
        {
            var queue = _held[key];
            while (queue.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                {
                    return;
                }
            }

            _held.Remove(key);
        }
    }
}
