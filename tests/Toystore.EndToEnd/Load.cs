using System.Collections.Concurrent;
using System.Text;
using Toystore.Client;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Clients that write and read through some nodes, one request at a time each, until they are told to stop; and what became of it.</summary>
internal sealed class Load(WriteHistory history) : IDisposable
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _ending = new();
    private int _requests;
    private int _mark;

    /// <summary>How long a request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Every so many rounds a client deletes what it finds instead of writing; 0: never.</summary>
    public int DeleteEvery { get; init; }

    /// <summary>Requests that have ended.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that were begun after the last <see cref="Mark"/> and failed.</summary>
    public IReadOnlyList<string> Failures => [.. _failures];

    /// <summary>What fails from now on was begun from now on: what is under way at this moment is forgiven.</summary>
    public void Mark()
    {
        Interlocked.Increment(ref _mark);
        _failures.Clear();
    }

    /// <summary>Runs a client of this node. Each writes to keys of its own, over and over, as one who has read what it replaces.</summary>
    public async Task RunAsync(RealNode node, string name)
    {
        using var client = node.Connect();
        for (var round = 0; !_ending.IsCancellationRequested; round++)
        {
            if (!await TurnAsync(client, node.Id, $"{name}/{round % 40}", $"{name}:{round}", deletes: DeleteEvery > 0 && round % DeleteEvery == DeleteEvery - 1))
            {
                // A node that is gone refuses faster than anybody should ask.
                await Task.Delay(AfterFailure);
            }
        }
    }

    /// <summary>No further requests.</summary>
    public void End() => _ending.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _ending.Dispose();

    private async Task<bool> TurnAsync(ToystoreHttpClient client, string node, string key, string value, bool deletes)
    {
        var mark = Volatile.Read(ref _mark);
        var read = await client.GetAsync(key, new ReadOptions { Timeout = Timeout });
        Count(mark, read is ReadOutcome.Found or ReadOutcome.NotFound, $"{node} get {key}: {read}");
        (IEnumerable<string>? seen, ContextToken? context) = read switch
        {
            ReadOutcome.Found found => (found.Values.Select(each => Encoding.UTF8.GetString(each.Bytes.Span)), (ContextToken?)found.Context),
            ReadOutcome.NotFound nothing => ([], nothing.Context),
            _ => (default(IEnumerable<string>), default(ContextToken?)),
        };
        if (seen is null)
        {
            return false;
        }

        mark = Volatile.Read(ref _mark);
        var options = new WriteOptions { Context = context, Timeout = Timeout };
        WriteOutcome written;
        if (deletes && read is ReadOutcome.Found)
        {
            history.BeginDelete(key, value, seen);
            written = await client.DeleteAsync(key, options);
        }
        else
        {
            history.Begin(key, value, seen);
            written = await client.PutAsync(key, new Value(Encoding.UTF8.GetBytes(value)), options);
        }

        Count(mark, written is WriteOutcome.Done, $"{node} {(deletes ? "delete" : "put")} {key}: {written}");
        if (written is WriteOutcome.Done)
        {
            history.Acknowledge(key, value);
        }
        else if (written is WriteOutcome.NotDone)
        {
            history.Refuse(key, value);
        }

        return written is WriteOutcome.Done;
    }

    private void Count(int mark, bool isDone, string what)
    {
        if (!isDone && mark == Volatile.Read(ref _mark))
        {
            _failures.Enqueue(what);
        }

        Interlocked.Increment(ref _requests);
    }
}
