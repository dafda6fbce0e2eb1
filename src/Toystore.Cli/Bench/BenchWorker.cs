using System.Net.Sockets;

namespace Toystore.Cli.Bench;

/// <summary>One connection's share of the load, on a thread of its own.</summary>
internal sealed class BenchWorker : IDisposable
{
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(10);

    private readonly BenchOptions _options;
    private readonly int _number;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly Zipf? _zipf;
    private readonly BenchConnection _connection;
    private readonly RequestBytes[] _gets;
    private readonly RequestBytes[] _puts;
    private int _node;
    private volatile bool _stopped;

    public BenchWorker(BenchOptions options, int number, Zipf? zipf, byte[] value, TimeProvider time)
    {
        _options = options;
        _number = number;
        _random = new Random(unchecked((options.Seed * 1_000_003) + number));
        _time = time;
        _zipf = zipf;
        _connection = new BenchConnection(options.Timeout);
        _gets = [.. options.Nodes.Select(node => RequestBytes.Get(options, node))];
        _puts = [.. options.Nodes.Select(node => RequestBytes.Put(options, node, value))];
        _node = number % options.Nodes.Count;
    }

    /// <summary>What was measured since the last <see cref="Begin"/>.</summary>
    public Measures Measures { get; private set; } = new();

    /// <summary>Starts counting anew.</summary>
    public void Begin() => Measures = new Measures();

    /// <summary>Writes every key that falls to this connection, each up to five times until it is done; the first error that stayed, or null.</summary>
    public string? Preload()
    {
        for (var key = _number; key < _options.Keys && !_stopped; key += _options.Connections)
        {
            string? error = "nothing was tried";
            for (var tries = 0; tries < 5 && error is not null && !_stopped; tries++)
            {
                PreciseSleep.For(TimeSpan.FromMilliseconds(tries * 50));
                error = Try(read: false, key);
            }

            if (error is not null && !_stopped)
            {
                return error;
            }
        }

        return null;
    }

    /// <summary>Each next request when the last is answered, until the time is up.</summary>
    public void RunClosed(TimeSpan length)
    {
        var begun = _time.GetTimestamp();
        for (var now = TimeSpan.Zero; now < length && !_stopped;)
        {
            var (read, error) = One();
            var ended = _time.GetElapsedTime(begun);
            Record(read, error, ended - now);
            now = ended;
        }
    }

    /// <summary>Requests as they fall due by the schedule shared with the other connections; <paramref name="start"/> is its time 0.</summary>
    public void RunOpen(OpenLoop schedule, TimeSpan length, long start)
    {
        PreciseSleep.Prepare();
        while (!_stopped && schedule.TryTake(out var due))
        {
            var now = _time.GetElapsedTime(start);
            if (now >= length)
            {
                Measures.NotBegun(_random.Next(100) < _options.ReadPercent, OpenLoop.Latency(due, now));
                continue;
            }

            if (now < due)
            {
                PreciseSleep.For(due - now);
                Measures.Lateness.RecordValue(Measures.Nanoseconds(OpenLoop.Latency(due, _time.GetElapsedTime(start))));
            }

            var (read, error) = One();
            Record(read, error, OpenLoop.Latency(due, _time.GetElapsedTime(start)));
        }
    }

    /// <summary>Ends what runs, from another thread.</summary>
    public void Stop()
    {
        _stopped = true;
        _connection.Close();
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private void Record(bool read, string? error, TimeSpan latency)
    {
        if (error is null)
        {
            Measures.Done(read, latency);
        }
        else if (!_stopped)
        {
            Measures.Fail(error);
        }
    }

    private (bool Read, string? Error) One()
    {
        var read = _random.Next(100) < _options.ReadPercent;
        var key = _zipf is null ? _random.Next(_options.Keys) : _zipf.Next(_random) - 1;
        var error = Try(read, key);
        return (read, error);
    }

    /// <summary>One request with its retries, the same bytes each time (the request id makes them the same write); null if it was done, else the kind of error.</summary>
    private string? Try(bool read, int key)
    {
        var request = (read ? _gets : _puts)[_node].For(key, _random);
        for (var tries = 0; ; tries++)
        {
            var error = Once(read, request);
            if (error is null || tries >= _options.Retries || _stopped || (error.StartsWith('4') && error != "429"))
            {
                return error;
            }

            Measures.Retries++;
            PreciseSleep.For(TimeSpan.FromMilliseconds(Math.Min(100, 1 << Math.Min(tries, 7))));
        }
    }

    private string? Once(bool read, ReadOnlyMemory<byte> request)
    {
        try
        {
            if (!_connection.IsOpen)
            {
                _connection.Open(_options.Nodes[_node]);
            }

            var status = _connection.Ask(request);
            if (!_connection.IsOpen)
            {
                _node = (_node + 1) % _options.Nodes.Count; // it is about to be stopped
            }

            if (status == 404 && read)
            {
                Measures.Misses++;
                return null;
            }

            return status is 200 or 204 or 300 ? null : status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (SocketException e)
        {
            var opened = e.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostNotFound);
            _node = (_node + 1) % _options.Nodes.Count;
            if (!opened)
            {
                PreciseSleep.For(PauseAfterRefusal);
            }

            return !opened ? "refused" : e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.TryAgain ? "timeout" : "broken";
        }
        catch (ObjectDisposedException)
        {
            return "stopped";
        }
        catch (InvalidOperationException)
        {
            return "stopped";
        }
        catch (InvalidDataException)
        {
            return "garbled";
        }
    }
}
