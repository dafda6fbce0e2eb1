using Toystore.Core;

namespace Toystore.Node.Replication;

/// <summary>
/// Who may change a key now, and what the key will look like once the writes on their way to the disk have arrived. Changes of one key take turns from reading what there is to handing the result to the store, and
/// no longer: the next one builds on that result without waiting for the disk, so a hot key is written as fast as any other. Taking a free turn neither waits nor allocates beyond a pooled entry.
/// </summary>
internal sealed class KeyTurns
{
    private const int PooledMax = 1024;

    // Guards the dictionary, the pool, and every turn's queue and counts.
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Turn> _turns = [];
    private readonly Stack<Turn> _pool = new();

    /// <summary>Keys that are being changed.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _turns.Count;
            }
        }
    }

    /// <summary>One key's turn.</summary>
    internal sealed class Turn
    {
        internal Key Key;
        internal bool Taken;
        internal int WritesUnderway;
        internal long Writes;
        internal Queue<TaskCompletionSource<Turn>>? Waiting;
        internal HeldContainer? Latest;
    }

    /// <summary>Waits for the key's turn. <see cref="Leave"/> it.</summary>
    public ValueTask<Turn> EnterAsync(Key key)
    {
        lock (_lock)
        {
            if (!_turns.TryGetValue(key, out var turn))
            {
                turn = _pool.TryPop(out var pooled) ? pooled : new Turn();
                turn.Key = key;
                _turns.Add(key, turn);
            }

            if (!turn.Taken)
            {
                turn.Taken = true;
                return new ValueTask<Turn>(turn);
            }

            var waiter = new TaskCompletionSource<Turn>(TaskCreationOptions.RunContinuationsAsynchronously);
            (turn.Waiting ??= new Queue<TaskCompletionSource<Turn>>()).Enqueue(waiter);
            return new ValueTask<Turn>(waiter.Task);
        }
    }

    /// <summary>What the key will look like when the writes under way have arrived; null if there are none, and the store is the one to ask.</summary>
    public HeldContainer? Latest(Turn turn)
    {
        lock (_lock)
        {
            return turn.Latest;
        }
    }

    /// <summary>Ends the turn. <paramref name="written"/>: what was handed to the store, so that <see cref="WriteEnded"/> will be called with the number that is given; null if nothing was.</summary>
    public long Leave(Turn turn, HeldContainer? written)
    {
        lock (_lock)
        {
            if (written is not null)
            {
                turn.Latest = written;
                turn.WritesUnderway++;
                turn.Writes++;
            }

            var number = turn.Writes;
            if (turn.Waiting is { Count: > 0 } waiting)
            {
                waiting.Dequeue().SetResult(turn);
                return number;
            }

            turn.Taken = false;
            ForgetIfIdle(turn);
            return number;
        }
    }

    /// <summary>
    /// A write has arrived on the disk, or failed. After the last one the store says what the key looks like. False if another change of the key may be built on this one: one that began meanwhile, whether it is over or
    /// not, since they end in any order.
    /// </summary>
    public bool WriteEnded(Turn turn, long number)
    {
        lock (_lock)
        {
            if (--turn.WritesUnderway == 0)
            {
                turn.Latest = null;
            }

            var isLast = turn.Writes == number && !turn.Taken;
            ForgetIfIdle(turn);
            return isLast;
        }
    }

    private void ForgetIfIdle(Turn turn)
    {
        if (turn.Taken || turn.WritesUnderway > 0)
        {
            return;
        }

        _turns.Remove(turn.Key);
        turn.Key = default;
        if (_pool.Count < PooledMax)
        {
            _pool.Push(turn);
        }
    }
}
