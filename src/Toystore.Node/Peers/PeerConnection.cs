using System.Net;
using System.Net.Sockets;

namespace Toystore.Node.Peers;

/// <summary>One connection that this node has made to a peer, from after the handshake until it breaks.</summary>
internal sealed class PeerConnection : IDisposable
{
    private readonly PeerWire _wire;
    private readonly PeerOptions _options;
    private readonly TimeProvider _time;

    private PeerConnection(PeerWire wire, PeerOptions options, TimeProvider time)
    {
        (_wire, _options, _time) = (wire, options, time);
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
        IPeerTransport transport, EndPoint endpoint, Hello mine, PeerDirectory directory, PeerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        PeerWire? wire = null;
        try
        {
            wire = await transport.ConnectAsync(endpoint, either.Token);
            if (await ShakeHandsAsync(wire, mine, directory, either.Token) is { } problem)
            {
                wire.Dispose();
                return (null, new PeerFailure(PeerState.Refusing, problem));
            }

            return (new PeerConnection(wire, options, time), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            wire?.Dispose();
            return (null, new PeerFailure(PeerState.Suspect, $"{mine.Expected} at {endpoint} {(wire is not null ? "accepts connections but does not greet" : "does not answer")} within {options.ConnectTimeout.TotalSeconds:0.##} s."));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            wire?.Dispose();
            var error = (e as SocketException ?? e.InnerException as SocketException)?.SocketErrorCode;
            return (null, wire is not null ? new PeerFailure(PeerState.Suspect, $"{mine.Expected} at {endpoint} closed the connection instead of greeting.")
                : error is SocketError.ConnectionRefused ? new PeerFailure(PeerState.Refusing, $"Nothing listens at {endpoint}, where {mine.Expected} should be.")
                : new PeerFailure(PeerState.Suspect, $"{mine.Expected} at {endpoint} cannot be reached: {e.Message}"));
        }
        catch
        {
            wire?.Dispose();
            throw;
        }
    }

    /// <summary>Sends and receives until the connection breaks, closes or is disposed; says why.</summary>
    public async Task<string> RunAsync(Action<FrameHeader, PeerReply> answered)
    {
        var sending = EndingAsync(Sender.RunAsync(_wire));
        var receiving = EndingAsync(ReceiveAsync(answered));
        var reason = await await Task.WhenAny(sending, receiving);
        Dispose();
        await sending;
        await receiving;
        await _wire.Input.CompleteAsync();
        return reason;
    }

    /// <summary>Breaks it.</summary>
    public void Dispose()
    {
        Sender.Close();
        _wire.Dispose();
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
        var input = _wire.Input;
        while (true)
        {
            var read = await input.ReadAsync();
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

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task<string?> ShakeHandsAsync(PeerWire wire, Hello mine, PeerDirectory directory, CancellationToken cancellationToken)
    {
        var writer = new FrameWriter();
        FrameEncoder.Hello(writer, mine);
        var input = wire.Input;
        await wire.WriteAsync(writer.Written, cancellationToken);
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
                    await wire.WriteAsync(writer.Written, cancellationToken);
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
