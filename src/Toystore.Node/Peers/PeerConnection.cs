using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Toystore.Node.Peers;

/// <summary>One connection that this node has made to a peer, from after the handshake until it breaks.</summary>
internal sealed class PeerConnection : IDisposable
{
    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly PeerOptions _options;
    private readonly TimeProvider _time;

    private PeerConnection(Stream stream, PipeReader input, PeerOptions options, TimeProvider time)
    {
        (_stream, _input, _options, _time) = (stream, input, options, time);
        Sender = new FrameSender(options.QueuedBytesMax);
        LastHeard = time.GetTimestamp();
    }

    /// <summary>Takes what is to be sent.</summary>
    public FrameSender Sender { get; }

    /// <summary>When the last bytes arrived, on the monotonic clock.</summary>
    public long LastHeard { get; private set; }

    /// <summary>True once it has carried an answer.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>
    /// Connects and shakes hands. Gives the connection, or why there is none. Throws <see cref="OperationCanceledException"/> only for <paramref name="cancellationToken"/>.
    /// </summary>
    public static async Task<(PeerConnection? Connection, PeerFailure? Failure)> OpenAsync(
        EndPoint endpoint, Hello mine, PeerDirectory directory, PeerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var socket = endpoint is IPEndPoint ip ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        NetworkStream? stream = null;
        var connected = false;
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endpoint, either.Token);
            connected = true;
            stream = new NetworkStream(socket, ownsSocket: true);
            var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: FrameFormat.BulkBytesMin, minimumReadSize: 4096, leaveOpen: true));
            if (await ShakeHandsAsync(stream, input, mine, directory, either.Token) is { } problem)
            {
                socket.Dispose();
                return (null, new PeerFailure(PeerState.Refusing, problem));
            }

            return (new PeerConnection(stream, input, options, time), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            return (null, new PeerFailure(PeerState.Suspect, $"{mine.Expected} at {endpoint} {(connected ? "accepts connections but does not greet" : "does not answer")} within {options.ConnectTimeout.TotalSeconds:0.##} s."));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket.Dispose();
            var error = (e as SocketException ?? e.InnerException as SocketException)?.SocketErrorCode;
            return (null, connected ? new PeerFailure(PeerState.Suspect, $"{mine.Expected} at {endpoint} closed the connection instead of greeting.")
                : error is SocketError.ConnectionRefused ? new PeerFailure(PeerState.Refusing, $"Nothing listens at {endpoint}, where {mine.Expected} should be.")
                : new PeerFailure(PeerState.Suspect, $"{mine.Expected} at {endpoint} cannot be reached: {e.Message}"));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends and receives until the connection breaks, closes or is disposed; says why.</summary>
    public async Task<string> RunAsync(Action<FrameHeader, PeerReply> answered)
    {
        var sending = EndingAsync(Sender.RunAsync(_stream));
        var receiving = EndingAsync(ReceiveAsync(answered));
        var reason = await await Task.WhenAny(sending, receiving);
        Dispose();
        await sending;
        await receiving;
        await _input.CompleteAsync();
        return reason;
    }

    /// <summary>Breaks it.</summary>
    public void Dispose()
    {
        Sender.Close();
        _stream.Dispose();
    }

    private static async Task<string> EndingAsync(Task loop)
    {
        try
        {
            await loop;
            return "The peer closed the connection.";
        }
        catch (PeerProtocolException e)
        {
            return "The connection was closed here: " + e.Message + ".";
        }
        catch (Exception e)
        {
            return "The connection broke: " + e.Message;
        }
    }

    private async Task ReceiveAsync(Action<FrameHeader, PeerReply> answered)
    {
        while (true)
        {
            var read = await _input.ReadAsync();
            LastHeard = _time.GetTimestamp();
            var buffer = read.Buffer;
            string? problem;
            while (FrameDecoder.TryTake(ref buffer, _options.FrameBytesMax, out var header, out var payload, out problem))
            {
                if (header.Type == FrameType.Farewell)
                {
                    throw new PeerProtocolException(FrameDecoder.Farewell(header, payload) ?? "a farewell without a reason");
                }

                var reply = FrameDecoder.Reply(header.Type, payload) ?? throw new PeerProtocolException($"a frame of type {(byte)header.Type} makes no sense as an answer");
                HasAnswered = true;
                answered(header, reply);
            }

            if (problem is not null)
            {
                throw new PeerProtocolException(problem);
            }

            _input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task<string?> ShakeHandsAsync(Stream stream, PipeReader input, Hello mine, PeerDirectory directory, CancellationToken cancellationToken)
    {
        var writer = new FrameWriter();
        FrameEncoder.Hello(writer, mine);
        await stream.WriteAsync(writer.Written, cancellationToken);
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (FrameDecoder.TryTake(ref buffer, FrameFormat.HelloBytesMax, out var header, out var payload, out var malformed))
            {
                var farewell = FrameDecoder.Farewell(header, payload);
                var problem = farewell is not null ? $"{mine.Expected} refuses: {farewell}"
                    : FrameDecoder.TryHello(header, payload, out var theirs) ? Hello.Problem(mine, theirs, directory)
                    : "What answers there is not a Toystore node.";
                input.AdvanceTo(buffer.Start);
                if (problem is not null && farewell is null)
                {
                    writer.Clear();
                    FrameEncoder.Farewell(writer, problem);
                    await stream.WriteAsync(writer.Written, cancellationToken);
                }

                return problem;
            }

            if (malformed is not null)
            {
                return $"What answers there is not a Toystore node: {malformed}.";
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                throw new IOException("closed during the handshake");
            }
        }
    }
}

/// <summary>Why there is no connection.</summary>
/// <param name="State"><see cref="PeerState.Refusing"/> if the connection was refused, by the machine or by the node there; <see cref="PeerState.Suspect"/> if it may be alive.</param>
/// <param name="Problem">A sentence.</param>
internal sealed record PeerFailure(PeerState State, string Problem);

/// <summary>The other side sent what it must not, or ends the connection with a reason: it is closed. Never leaves this folder.</summary>
internal sealed class PeerProtocolException(string problem) : Exception(problem);
