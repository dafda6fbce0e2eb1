using System.Collections.Concurrent;
using System.Text;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Clients that write and read through some nodes, one request at a time each, until they are told to stop; and what became of it.</summary>
internal sealed class Load(WriteHistory history) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _ending = new();
    private int _requests;
    private int _mark;

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
            var (mark, key) = (Volatile.Read(ref _mark), $"{name}/{round % 40}");
            var read = await client.GetAsync(key, new ReadOptions { Timeout = Timeout });
            Count(mark, read is ReadOutcome.Found or ReadOutcome.NotFound, $"{node.Id} get {key}: {read}");
            if (read is not (ReadOutcome.Found or ReadOutcome.NotFound))
            {
                continue;
            }

            var found = read as ReadOutcome.Found;
            var seen = found?.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)) ?? [];
            var context = found?.Context ?? (read as ReadOutcome.NotFound)?.Context;
            mark = Volatile.Read(ref _mark);
            var value = $"{name}:{round}";
            history.Begin(key, value, seen);
            var written = await client.PutAsync(key, new Value(Encoding.UTF8.GetBytes(value)), new WriteOptions { Context = context, Timeout = Timeout });
            Count(mark, written is WriteOutcome.Done, $"{node.Id} put {key}: {written}");
            if (written is WriteOutcome.Done)
            {
                history.Acknowledge(key, value);
            }
            else if (written is WriteOutcome.NotDone)
            {
                history.Refuse(key, value);
            }
        }
    }

    /// <summary>No further requests.</summary>
    public void End() => _ending.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _ending.Dispose();

    private void Count(int mark, bool isDone, string what)
    {
        if (!isDone && mark == Volatile.Read(ref _mark))
        {
            _failures.Enqueue(what);
        }

        Interlocked.Increment(ref _requests);
    }
}
