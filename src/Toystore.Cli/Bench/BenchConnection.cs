using System.Net.Sockets;

namespace Toystore.Cli.Bench;

/// <summary>One kept-alive HTTP/1.1 connection with one request at a time, on a blocking socket: no task, no allocation, two system calls a request.</summary>
internal sealed class BenchConnection(TimeSpan timeout) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly ResponseReader _reader = new();
    private Socket? _socket;

    /// <summary>True if the next request needs no new connection.</summary>
    public bool IsOpen => _socket is not null;

    /// <summary>Connects anew.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public void Open(NodeAddress node)
    {
        Close();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = (int)timeout.TotalMilliseconds, ReceiveTimeout = (int)timeout.TotalMilliseconds };
        try
        {
            socket.Connect(node.Host, node.Port);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _socket = socket;
    }

    /// <summary>Sends a request and waits for the whole answer; its status. Whatever goes wrong closes the connection.</summary>
    /// <exception cref="SocketException">The connection broke, or the time was up.</exception>
    /// <exception cref="InvalidDataException">The answer was not understood.</exception>
    public int Ask(ReadOnlyMemory<byte> request)
    {
        var socket = _socket ?? throw new InvalidOperationException("The connection is not open.");
        var whole = false;
        try
        {
            for (var rest = request.Span; !rest.IsEmpty;)
            {
                rest = rest[socket.Send(rest)..];
            }

            _reader.Reset();
            for (var kept = 0; ;)
            {
                var received = socket.Receive(_buffer.AsSpan(kept));
                if (received == 0)
                {
                    throw new SocketException((int)SocketError.ConnectionReset);
                }

                if (_reader.TryRead(_buffer.AsSpan(0, kept + received), out var consumed))
                {
                    whole = !_reader.Closes;
                    return _reader.Status;
                }

                kept = kept + received - consumed;
                _buffer.AsSpan(consumed, kept).CopyTo(_buffer);
            }
        }
        finally
        {
            if (!whole)
            {
                Close();
            }
        }
    }

    /// <summary>Ends the connection, if there is one. Safe from another thread, whose request then fails.</summary>
    public void Close() => Interlocked.Exchange(ref _socket, null)?.Dispose();

    /// <inheritdoc/>
    public void Dispose() => Close();
}
