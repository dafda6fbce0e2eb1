namespace Toystore.Node.Replication;

/// <summary>
/// Who may change something that has a name - a key, a hint - and what it will look like once the writes on their way to the disk have arrived. Changes of one key take turns from reading what there is to handing the result to the store, and
/// no longer: the next one builds on that result without waiting for the disk, so a hot key is written as fast as any other. Taking a free turn neither waits nor allocates beyond a pooled entry.
/// </summary>
/// <typeparam name="TName">What changes.</typeparam>
/// <typeparam name="THeld">What it looks like.</typeparam>
internal sealed class KeyTurns<TName, THeld>
    where TName : struct, IEquatable<TName>
    where THeld : struct
{
    private const int PooledMax = 1024;

    // Guards the dictionary, the pool, and every turn's queue and counts.
    private readonly Lock _lock = new();
    private readonly Dictionary<TName, Turn> _turns = [];
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
        internal TName Name;
        internal bool Taken;
        internal int WritesUnderway;
        internal long Writes;
        internal long FirstFailed;
        internal long LastFailed;
        internal Queue<TaskCompletionSource<Turn>>? Waiting;
        internal THeld? Latest;
    }

    /// <summary>Waits for the key's turn. <see cref="Leave"/> it.</summary>
    public ValueTask<Turn> EnterAsync(TName name)
    {
        lock (_lock)
        {
            if (!_turns.TryGetValue(name, out var turn))
            {
                turn = _pool.TryPop(out var pooled) ? pooled : new Turn();
                turn.Name = name;
                _turns.Add(name, turn);
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
    public THeld? Latest(Turn turn)
    {
        lock (_lock)
        {
            return turn.Latest;
        }
    }

    /// <summary>Ends the turn. <paramref name="written"/>: what was handed to the store, so that <see cref="WriteEnded(Turn, long, bool, out bool)"/> will be called with the number that is given; null if nothing was.</summary>
    public long Leave(Turn turn, THeld? written)
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

    /// <summary>As <see cref="WriteEnded(Turn, long, bool, out bool)"/>, of a write that nobody asks how it ended.</summary>
    public bool WriteEnded(Turn turn, long number) => WriteEnded(turn, number, isDone: true, out _);

    /// <summary>
    /// A write has arrived on the disk, or failed (not <paramref name="isDone"/>). After the last one the store says what the key looks like. False if another change of the key may be built on this one: one that began meanwhile, whether it is over or
    /// not, since they end in any order.
    /// </summary>
    /// <param name="turn">The key's turn.</param>
    /// <param name="number">What <see cref="Leave"/> gave.</param>
    /// <param name="isDone">Whether it is there.</param>
    /// <param name="followsFailure">
    /// True if a write that has ended by now was built on one that is not there: what it replaced is not what its writer thought. Said of each such write at least once, after the store has decided on it; sometimes without need.
    /// </param>
    public bool WriteEnded(Turn turn, long number, bool isDone, out bool followsFailure)
    {
        lock (_lock)
        {
            if (--turn.WritesUnderway == 0)
            {
                turn.Latest = null;
            }

            followsFailure = FollowsFailure(turn, number, isDone);
            // As long as an earlier one is under way the next one builds on what there would be after this one.
            var isLast = turn.Writes == number && !turn.Taken && turn.WritesUnderway == 0;
            ForgetIfIdle(turn);
            return isLast;
        }
    }

    // Writes of a key take effect in their order: once one has ended, the store has decided on all before it.
    private static bool FollowsFailure(Turn turn, long number, bool isDone)
    {
        var mayBeBuiltOn = turn.Writes > number || turn.Taken || turn.WritesUnderway > 0;
        if (!isDone && mayBeBuiltOn)
        {
            turn.FirstFailed = turn.FirstFailed == 0 ? number : Math.Min(turn.FirstFailed, number);
            turn.LastFailed = Math.Max(turn.LastFailed, number);
        }

        if (turn.FirstFailed == 0 || (number <= turn.FirstFailed && (turn.WritesUnderway > 0 || turn.Writes == turn.FirstFailed)))
        {
            return false;
        }

        if (number > turn.LastFailed)
        {
            (turn.FirstFailed, turn.LastFailed) = (0, 0);
        }

        return true;
    }

    private void ForgetIfIdle(Turn turn)
    {
        if (turn.Taken || turn.WritesUnderway > 0)
        {
            return;
        }

        (turn.FirstFailed, turn.LastFailed) = (0, 0);
        _turns.Remove(turn.Name);
        turn.Name = default;
        if (_pool.Count < PooledMax)
        {
            _pool.Push(turn);
        }
    }
}
