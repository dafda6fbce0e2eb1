using System.Buffers;

namespace Toystore.Node.Peers;

/// <summary>
/// One accepted connection. Everything that has arrived is handled in one go, in place; answers that are there at once leave together, the others when they are ready. A frame that makes no sense ends this
/// connection and nothing else.
/// </summary>
internal sealed class PeerSession
{
    private const int ReserveBytes = 1 << 20;

    private readonly PeerServer _server;
    private readonly PeerWire _wire;
    private readonly string _remote;
    private readonly FrameSender _sender;
    private readonly CancellationTokenSource _closed;
    private readonly Signal _drained = new();
    private readonly Lock _gate = new(); // guards the pool
    private readonly Stack<ServedCall> _pool = new();
    private Hello _peer;
    private int _served;
    private long _servedBytes;
    private bool _isEnding;

    public PeerSession(PeerServer server, PeerWire wire)
    {
        (_server, _wire, _remote) = (server, wire, wire.Remote);
        _sender = new FrameSender(server.Options.QueuedBytesMax);
        _closed = CancellationTokenSource.CreateLinkedTokenSource(wire.Closed, server.Stopping);
    }

    public async Task RunAsync()
    {
        try
        {
            if (await GreetAsync())
            {
                await ServeAsync();
            }
        }
        catch (PeerProtocolException e)
        {
            _server.Logger.Closed(_peer.Node, _remote, e.Message);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It broke, or this node is stopping: that is how connections end.
        }
        catch (Exception e)
        {
            _server.Logger.SessionFailed(e, _peer.Node, _remote);
        }
        finally
        {
            _closed.Dispose();
        }
    }

    /// <summary>What a peer is told when the handler threw.</summary>
    public PeerReply Failed(FrameType request, Exception exception)
    {
        if (exception is OperationCanceledException && _closed.IsCancellationRequested)
        {
            return new PeerReply.Failed("The connection was closed.");
        }

        _server.Logger.HandlerFailed(exception, request.ToString(), _peer.Node);
        return new PeerReply.Failed(exception.Message);
    }

    /// <summary>A handler that took its time has an answer.</summary>
    public void Finished(ServedCall call, in FrameHeader header, int bytes, PeerReply reply)
    {
        Answer(header.RequestId, reply);
        _sender.Flush();
        lock (_gate)
        {
            _pool.Push(call);
        }

        Interlocked.Add(ref _servedBytes, -bytes);
        if (Interlocked.Decrement(ref _served) == 0 && Volatile.Read(ref _isEnding))
        {
            _drained.Set();
        }
    }

    private async Task<bool> GreetAsync()
    {
        var options = _server.Options;
        var directory = _server.Directory();
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, _server.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token, timeout.Token);
        var input = _wire.Input;
        while (true)
        {
            var read = await input.ReadAsync(either.Token);
            var buffer = read.Buffer;
            if (FrameDecoder.TryTake(ref buffer, FrameFormat.HelloBytesMax, out var header, out var payload, out var malformed))
            {
                var isHello = FrameDecoder.TryHello(header, payload, out _peer);
                input.AdvanceTo(buffer.Start);
                if (!isHello)
                {
                    _server.Refused(default, _remote, "it does not greet as a Toystore node does");
                    return false;
                }

                return await AnswerHelloAsync(directory);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (malformed is not null)
            {
                _server.Refused(default, _remote, "it is not a Toystore node");
            }

            if (malformed is not null || read.IsCompleted)
            {
                return false;
            }
        }
    }

    private async Task<bool> AnswerHelloAsync(PeerDirectory directory)
    {
        var options = _server.Options;
        var mine = new Hello(options.VersionMin, options.VersionMax, options.Cluster, options.Self, default, directory.Epoch, directory.Fingerprint, _peer.Lane, _peer.Session);
        var problem = Hello.Problem(mine, _peer, directory);
        var writer = new FrameWriter();
        if (problem is null)
        {
            FrameEncoder.Hello(writer, mine);
        }
        else
        {
            _server.Refused(_peer.Node, _remote, problem);
            FrameEncoder.Farewell(writer, problem);
        }

        await _wire.WriteAsync(writer.Written, _closed.Token);
        return problem is null;
    }

    private async Task ServeAsync()
    {
        _server.Logger.Accepted(_peer.Node, _remote, _peer.Lane);
        if (_peer.Lane == PeerLane.Bulk)
        {
            _server.Join(_peer.Node, _peer.Session, this);
        }

        var sending = SendAsync();
        try
        {
            await ReceiveAsync();
        }
        finally
        {
            if (_peer.Lane == PeerLane.Bulk)
            {
                _server.Leave(_peer.Node, _peer.Session, this);
            }

            Volatile.Write(ref _isEnding, true);
            _closed.Cancel();
            _sender.Close();
            _wire.Abort();
            while (Volatile.Read(ref _served) > 0)
            {
                await _drained.WaitAsync();
            }

            await sending;
            _server.Logger.Gone(_peer.Node, _remote, _peer.Lane);
        }
    }

    private async Task SendAsync()
    {
        try
        {
            await _sender.RunAsync(_wire);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            _wire.Abort();
        }
    }

    private async Task ReceiveAsync()
    {
        var input = _wire.Input;
        while (true)
        {
            var read = await input.ReadAsync(_closed.Token);
            var arrived = _server.Time.GetTimestamp();
            var buffer = read.Buffer;
            string? problem;
            try
            {
                while (FrameDecoder.TryTake(ref buffer, _server.Options.FrameBytesMax, out var header, out var payload, out problem))
                {
                    Serve(header, payload, arrived);
                }
            }
            finally
            {
                _sender.FlushHere(_wire);
            }

            if (problem is not null)
            {
                throw new PeerProtocolException(problem);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private void Serve(in FrameHeader header, in ReadOnlySequence<byte> payload, long arrived)
    {
        if (header.Type == FrameType.Farewell)
        {
            throw new PeerProtocolException("the peer says: " + (FrameDecoder.Farewell(header, payload) ?? "nothing sensible"));
        }

        if (header.Type is < FrameType.ReadContainer or >= FrameType.Held)
        {
            throw new PeerProtocolException($"a frame of type {(byte)header.Type} is no request");
        }

        var deadline = new Deadline(arrived + (long)(header.MicrosecondsLeft * (_server.Time.TimestampFrequency / 1e6)));
        if (deadline.HasPassed(_server.Time))
        {
            return; // who asked has stopped waiting
        }

        var options = _server.Options;
        var bytes = (int)payload.Length;
        var served = Volatile.Read(ref _served);
        if (served >= options.ServedMax || (served > 0 && Volatile.Read(ref _servedBytes) + bytes > options.ServedBytesMax))
        {
            Answer(header.RequestId, PeerReply.Overloaded.Instance);
            return;
        }

        var request = FrameDecoder.Request(header.Type, payload) ?? throw new PeerProtocolException($"a frame of type {(byte)header.Type} makes no sense");
        ValueTask<PeerReply> answer;
        try
        {
            answer = _server.Handler.HandleAsync(new PeerCall(_peer.Node, header.Epoch, deadline, request), _closed.Token);
        }
        catch (Exception e)
        {
            answer = new(Failed(header.Type, e));
        }

        if (answer.IsCompletedSuccessfully)
        {
            Answer(header.RequestId, answer.Result);
            return;
        }

        Interlocked.Increment(ref _served);
        Interlocked.Add(ref _servedBytes, bytes);
        RentCall().Await(header, bytes, answer);
    }

    private ServedCall RentCall()
    {
        lock (_gate)
        {
            return _pool.TryPop(out var call) ? call : new ServedCall(this);
        }
    }

    private void Answer(ulong requestId, PeerReply reply)
    {
        try
        {
            var size = FrameEncoder.SizeBound(reply);
            if (size > _server.Options.FrameBytesMax)
            {
                reply = new PeerReply.Failed($"The answer has up to {size} bytes, more than the {_server.Options.FrameBytesMax} a frame can have.");
                size = FrameEncoder.SizeBound(reply);
            }

            if (size > FrameFormat.BulkBytesMin)
            {
                AnswerLarge(requestId, reply, size);
            }
            else
            {
                AnswerSmall(requestId, reply, size);
            }
        }
        catch (Exception e)
        {
            var failed = Failed(default, e);
            AnswerSmall(requestId, failed, FrameEncoder.SizeBound(failed));
        }
    }

    private void AnswerLarge(ulong requestId, PeerReply reply, long size)
    {
        var epoch = _server.Directory().Epoch;
        if (_peer.Lane == PeerLane.Data && _server.BulkOf(_peer.Node, _peer.Session) is { } bulk && bulk._sender.Append(requestId, epoch, reply, size) == Queued.Done)
        {
            bulk._sender.Flush();
            return;
        }

        // Small answers must still find room behind large ones, or the connection would have to go.
        if (_sender.Append(requestId, epoch, reply, size + Math.Min(ReserveBytes, _server.Options.QueuedBytesMax / 4)) == Queued.Full)
        {
            var failed = new PeerReply.Failed("Too many answers wait to be read.");
            AnswerSmall(requestId, failed, FrameEncoder.SizeBound(failed));
        }
    }

    private void AnswerSmall(ulong requestId, PeerReply reply, long size)
    {
        if (_sender.Append(requestId, _server.Directory().Epoch, reply, size) == Queued.Full)
        {
            _server.Logger.Closed(_peer.Node, _remote, "it does not read its answers");
            _wire.Abort();
        }
    }
}
