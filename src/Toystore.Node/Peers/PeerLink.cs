using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>The way to one peer: its lanes, the requests that wait for its answers, and the evidence of how it does.</summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private readonly NodeId _peer;
    private readonly ILogger _log;
    private readonly Random _random;
    private readonly CallTable _calls;
    private readonly PeerLine _data;
    private readonly PeerLine _bulk;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new(); // guards the chance and the evidence
    private double _latencySeconds;
    private int _timeoutsInARow;
    private long _lastAnswer;
    private bool _hasBroken;
    private long _answered;
    private long _timedOut;
    private long _broken;
    private long _unreachable;

    public PeerLink(NodeId peer, PeerOptions options, Func<PeerDirectory> directory, IPeerTransport transport, TimeProvider time, Random random, ILogger log)
    {
        (_peer, Options, Directory, Transport, Time, _random, _log) = (peer, options, directory, transport, time, random, log);
        Stopping = _stopping.Token;
        _calls = new CallTable(options.CallsMax, time, transport.Home, Expired);
        var session = (ulong)random.NextInt64();
        _data = new PeerLine(peer, PeerLane.Data, session, this);
        _bulk = new PeerLine(peer, PeerLane.Bulk, session, this);
    }

    public PeerOptions Options { get; }

    public Func<PeerDirectory> Directory { get; }

    public IPeerTransport Transport { get; }

    public TimeProvider Time { get; }

    public CancellationToken Stopping { get; }

    /// <summary>The evidence.</summary>
    public PeerHealth Health
    {
        get
        {
            var connection = _data.Connection;
            var failure = _data.Failure;
            lock (_gate)
            {
                var latency = TimeSpan.FromSeconds(_latencySeconds);
                var (state, problem) = failure is not null ? (failure.State, failure.Problem)
                    : connection is null ? _hasBroken ? (PeerState.Suspect, $"The connection to {_peer} broke and there is no new one yet.") : (PeerState.Unknown, null)
                    : _timeoutsInARow >= Options.SuspectAfter ? (PeerState.Suspect, $"The last {_timeoutsInARow} requests to {_peer} were not answered in time.")
                    : (PeerState.Up, default(string));
                return new PeerHealth(state, latency, _calls.Count, problem) { LastAnswer = _lastAnswer };
            }
        }
    }

    /// <summary>What became of the clients' requests that needed the peer.</summary>
    public PeerEvidence Evidence
    {
        get
        {
            lock (_gate)
            {
                return new PeerEvidence(_calls.Asked, _answered, _timedOut, _broken, _unreachable);
            }
        }
    }

    public ValueTask<PeerReply> CallAsync(Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        if (Stopping.IsCancellationRequested)
        {
            return new(new PeerReply.Unreachable("This node is stopping."));
        }

        var sizeBound = FrameEncoder.SizeBound(request);
        if (sizeBound > Options.FrameBytesMax)
        {
            return new(new PeerReply.Unreachable($"The request has up to {sizeBound} bytes, more than the {Options.FrameBytesMax} a frame can have."));
        }

        if (deadline.HasPassed(Time))
        {
            return new(new PeerReply.Unreachable("The deadline had passed before the request was sent."));
        }

        var line = sizeBound > FrameFormat.BulkBytesMin ? _bulk : _data;
        line.Start();
        var isForClients = request is not (PeerRequest.Probe or PeerRequest.ExchangeMembers or PeerRequest.HowAreYou or PeerRequest.Register or PeerRequest.AskTopology);
        if (line.Connection is null && line.Failure is { } failure)
        {
            Count(ref _unreachable, isForClients);
            return new(new PeerReply.Unreachable(failure.Problem));
        }

        var connection = line.Connection;
        var call = _calls.TryAdd(deadline.Timestamp, connection, isForClients);
        if (call is null)
        {
            return new(PeerReply.Overloaded.Instance);
        }

        var (id, task) = (call.Id, call.Task);
        try
        {
            if (connection is not null)
            {
                var queued = connection.Sender.Append(id, epoch, MicrosecondsLeft(deadline), request, sizeBound, out var batch);
                call.Batch = batch;
                if (queued != Queued.Done)
                {
                    End(id, Refusal(queued));
                }
            }
            else
            {
                Park(line, new Parked(id, epoch, deadline, request, sizeBound));
            }
        }
        catch (Exception e)
        {
            // Nothing a network does: the message cannot be written down. The caller sees why, once, as an answer.
            _log.CannotEncode(e, _peer, request.GetType().Name);
            End(id, new PeerReply.Unreachable(e.Message));
        }

        call.CancelWith(cancellationToken);
        return task;
    }

    /// <summary>The peer was heard of by another way: tries at once to connect, where it pauses.</summary>
    public void Retry()
    {
        _data.Retry();
        _bulk.Retry();
    }

    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _data.Ended;
        await _bulk.Ended;
        _calls.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Sends a request that had to wait for the connection.</summary>
    public void Send(PeerConnection connection, in Parked request)
    {
        if (!_calls.TryAssign(request.Id, connection, batch: 0))
        {
            return;
        }

        try
        {
            var queued = connection.Sender.Append(request.Id, request.Epoch, MicrosecondsLeft(request.Deadline), request.Request, request.SizeBound, out var batch);
            if (queued != Queued.Done)
            {
                End(request.Id, Refusal(queued));
            }
            else
            {
                _calls.TryAssign(request.Id, connection, batch);
            }
        }
        catch (Exception e)
        {
            _log.CannotEncode(e, _peer, request.Request.GetType().Name);
            End(request.Id, new PeerReply.Unreachable(e.Message));
        }
    }

    /// <summary>Gives a waiting request its answer; a request that does not wait any more is left alone.</summary>
    public void End(ulong id, PeerReply reply) => _calls.TryTake(id)?.Complete(reply);

    /// <summary>An answer has arrived.</summary>
    public void Answered(FrameHeader header, PeerReply reply)
    {
        if (reply is PeerReply.Held or PeerReply.Read or PeerReply.Keys or PeerReply.Members or PeerReply.Register && _bulk.Connection is null && FrameEncoder.SizeBound(reply) > FrameFormat.BulkBytesMin)
        {
            _bulk.Start(); // the next one that large need not hold up the others
        }

        if (_calls.TryTake(header.RequestId) is not { } call)
        {
            return;
        }

        var seconds = Time.GetElapsedTime(call.StartTimestamp).TotalSeconds;
        lock (_gate)
        {
            _latencySeconds = _latencySeconds == 0 ? seconds : _latencySeconds + ((seconds - _latencySeconds) / 8);
            _timeoutsInARow = 0;
            _lastAnswer = Time.GetTimestamp();
            _answered += call.IsForClients ? 1 : 0;
        }

        call.Complete(reply);
    }

    /// <summary>A line has a connection.</summary>
    public void CameUp(PeerLane lane)
    {
        lock (_gate)
        {
            _timeoutsInARow = 0;
            _hasBroken &= lane != PeerLane.Data;
        }

        _log.Up(_peer, lane);
    }

    /// <summary>A line has none, for a new reason.</summary>
    public void WentDown(PeerLane lane, string problem) => _log.Down(_peer, lane, problem);

    /// <summary>A connection broke: whatever was handed to the socket may have arrived, the rest cannot have.</summary>
    public void Broke(PeerLane lane, PeerConnection connection, string reason)
    {
        lock (_gate)
        {
            _hasBroken |= lane == PeerLane.Data;
        }

        if (!Stopping.IsCancellationRequested)
        {
            _log.Broke(_peer, lane, reason);
        }

        var filling = connection.Sender.FillingBatch;
        foreach (var call in _calls.TakeAll(connection))
        {
            Count(ref _broken, call.IsForClients);
            call.Complete(call.Batch >= filling ? new PeerReply.Unreachable(reason) : new PeerReply.Lost(reason));
        }
    }

    /// <summary>A pause between a half and the whole of <paramref name="longest"/>.</summary>
    public TimeSpan Jitter(TimeSpan longest)
    {
        lock (_gate)
        {
            return longest * (0.5 + (_random.NextDouble() / 2));
        }
    }

    private void Park(PeerLine line, in Parked request)
    {
        if (line.TryPark(request, out var full))
        {
            return;
        }

        if (full)
        {
            End(request.Id, PeerReply.Overloaded.Instance);
        }
        else if (line.Connection is { } connection)
        {
            Send(connection, request);
        }
        else
        {
            End(request.Id, new PeerReply.Unreachable(line.Failure?.Problem ?? "This node is stopping."));
        }
    }

    private void Expired(PendingCall call)
    {
        if (call.Connection is not { } connection)
        {
            Count(ref _timedOut, call.IsForClients);
            call.Complete(new PeerReply.Unreachable($"There was no connection to {_peer} in time."));
            return;
        }

        bool isSuspect;
        lock (_gate)
        {
            _timedOut += call.IsForClients ? 1 : 0;
            isSuspect = ++_timeoutsInARow >= Options.SuspectAfter;
        }

        call.Complete(new PeerReply.Lost($"{_peer} did not answer in time."));
        if (isSuspect && Time.GetElapsedTime(connection.LastHeard) > Options.SilenceMax)
        {
            connection.Dispose();
        }
    }

    private void Count(ref long calls, bool isForClients)
    {
        lock (_gate)
        {
            calls += isForClients ? 1 : 0;
        }
    }

    private uint MicrosecondsLeft(Deadline deadline) => (uint)Math.Clamp(deadline.Remaining(Time).Ticks / TimeSpan.TicksPerMicrosecond, 1, uint.MaxValue);

    private static PeerReply Refusal(Queued queued) => queued == Queued.Full ? PeerReply.Overloaded.Instance : new PeerReply.Unreachable("The connection broke before the request was sent.");
}
