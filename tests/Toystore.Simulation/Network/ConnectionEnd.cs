using System.IO.Pipelines;
using System.Net.Sockets;
using Toystore.Core;
using Toystore.Node.Peers;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Network;

/// <summary>
/// One life's end of a connection. Each end knows only what has reached it: one may be gone long before the other hears of it, or without the other ever hearing.
/// </summary>
internal sealed class ConnectionEnd : PeerWire
{
    private readonly ArrivalPipe _input = new();
    private readonly WaitingWriter _writer = new();
    private readonly SimulatedNetwork _network;
    private CancellationTokenSource? _closed;
    private bool _isSlow;
    private bool _isOver;

    public ConnectionEnd(SimulatedNetwork network, Life life, NodeId peer) => (_network, Life, Peer, Remote) = (network, life, peer, peer.ToString());

    /// <summary>Who is at the other end.</summary>
    public NodeId Peer { get; }

    public Life Life { get; }

    /// <summary>The other end.</summary>
    public ConnectionEnd Other { get; set; } = null!;

    /// <summary>What it sends.</summary>
    public Flow Out { get; set; } = null!;

    /// <summary>True when this side is done with it: closed here, broken, or its life is over.</summary>
    public bool IsGone { get; private set; }

    public ArrivalPipe Arrivals => _input;

    public override PipeReader Input => _input;

    public override string Remote { get; }

    public override CancellationToken Closed
    {
        get
        {
            _closed ??= new CancellationTokenSource();
            if (_isOver)
            {
                _closed.Cancel();
            }

            return _closed.Token;
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (IsGone)
        {
            return ValueTask.FromException(Broken());
        }

        Out.Send(frames.Span);
        if (Out.Wire.Happens(Out.Wire.SlowWrites))
        {
            _isSlow = true;
            _network.Loop.After(Out.Wire.Delay(), _network.Loop.World, EndSlowWrite);
            return _writer.WaitAsync();
        }

        return Out.HasRoom ? ValueTask.CompletedTask : _writer.WaitAsync();
    }

    public override void Abort() => Close(resets: true);

    public override void Dispose() => Close(resets: _input.HasUnread);

    /// <summary>Something has left its buffers.</summary>
    public void MakeRoom()
    {
        if (_writer.IsWaiting && !_isSlow && Out.HasRoom)
        {
            _writer.Open();
        }
    }

    /// <summary>The other side has closed in good order.</summary>
    public void Finish()
    {
        _input.Finish();
        _input.Wake();
        End();
    }

    /// <summary>The connection broke, as this side sees it. Nothing is sent.</summary>
    public void Break()
    {
        if (IsGone)
        {
            return;
        }

        IsGone = true;
        Out.Drop();
        _input.Fail(Broken());
        _writer.Fail(Broken());
        End();
    }

    /// <summary>Its process is gone. <paramref name="tells"/>: the machine still runs, and closes what the process left open.</summary>
    public void Die(bool tells, bool resets)
    {
        if (IsGone)
        {
            return;
        }

        IsGone = true;
        if (!tells)
        {
            Out.Vanish();
        }
        else if (resets)
        {
            Out.Reset();
        }
        else
        {
            Out.Finish();
        }
    }

    private static IOException Broken() => new("The simulated connection was reset.", new SocketException((int)SocketError.ConnectionReset));

    private void Close(bool resets)
    {
        if (IsGone)
        {
            return;
        }

        IsGone = true;
        if (resets)
        {
            Out.Reset();
        }
        else
        {
            Out.Finish();
        }

        var closed = new IOException("The simulated connection was closed here.");
        _input.Fail(closed);
        _writer.Fail(closed);
        End();
    }

    private void EndSlowWrite()
    {
        _isSlow = false;
        MakeRoom();
    }

    // What hears of it belongs to the life of this end.
    private void End()
    {
        if (!_isOver)
        {
            _isOver = true;
            _network.Loop.Post(Life, static end => ((ConnectionEnd)end!)._closed?.Cancel(), this);
        }
    }
}
