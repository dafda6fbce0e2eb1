using Toystore.Core;

namespace Toystore.Tests.Server.Http;

/// <summary>A store that keeps one value per key, remembers what it was last asked, and ends a call as it is told to.</summary>
internal sealed class ScriptedToystore : IToystore
{
    private readonly Lock _lock = new(); // guards everything below: requests come on any thread
    private readonly Dictionary<Key, Value> _values = [];
    private int _writes;

    public ReadOutcome? NextRead { get; set; }

    public WriteOutcome? NextWrite { get; set; }

    public ListOutcome? NextList { get; set; }

    public Exception? Fault { get; set; }

    /// <summary>Every call waits for this, if set.</summary>
    public Task? Gate { get; set; }

    public TaskCompletionSource<CancellationToken> Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Key? LastKey { get; private set; }

    public Value? LastValue { get; private set; }

    public ReadOptions? LastRead { get; private set; }

    public WriteOptions? LastWrite { get; private set; }

    public ListOptions? LastList { get; private set; }

    public int Calls { get; private set; }

    public async ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Enter(key, cancellationToken);
        lock (_lock)
        {
            LastRead = options;
            return NextRead ?? (_values.TryGetValue(key, out var value) ? new ReadOutcome.Found([value], Token) : new ReadOutcome.NotFound(null));
        }
    }

    public async ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Enter(key, cancellationToken);
        lock (_lock)
        {
            LastWrite = options;
            LastValue = value;
            if (NextWrite is null)
            {
                _writes++;
                _values[key] = value;
            }

            return NextWrite ?? new WriteOutcome.Done(Token, 2, WriteDurability.Fsync);
        }
    }

    public async ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Enter(key, cancellationToken);
        lock (_lock)
        {
            LastWrite = options;
            if (NextWrite is null)
            {
                _writes++;
                _values.Remove(key);
            }

            return NextWrite ?? new WriteOutcome.Done(Token, 3, WriteDurability.Os);
        }
    }

    public async ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Enter(null, cancellationToken);
        lock (_lock)
        {
            LastList = options;
            return NextList ?? new ListOutcome.Page([.. _values.Keys], null);
        }
    }

    private ContextToken Token => new($"ctx-{_writes}");

    private async ValueTask Enter(Key? key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Calls++;
            LastKey = key;
        }

        Called.TrySetResult(cancellationToken);
        if (Gate is not null)
        {
            await Gate.WaitAsync(cancellationToken);
        }

        if (Fault is not null)
        {
            throw Fault;
        }
    }
}
