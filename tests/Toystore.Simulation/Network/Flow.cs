using Toystore.Node.Peers;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Network;

/// <summary>
/// One direction of one connection: bytes in order, and whole frames that a fault has taken out of that order, which arrive between two others.
/// </summary>
/// <param name="network">The network it is part of.</param>
/// <param name="wire">The way it takes.</param>
/// <param name="back">The way the other direction takes, for resets in answer.</param>
/// <param name="number">Of the connection.</param>
/// <param name="from">Who sends.</param>
/// <param name="to">Who is to receive.</param>
internal sealed class Flow(SimulatedNetwork network, Wire wire, Wire back, int number, ConnectionEnd from, ConnectionEnd to)
{
    private readonly EventLoop _loop = network.Loop;
    private readonly Queue<Parcel> _queue = new();
    private readonly List<(ReadOnlyMemory<byte> Bytes, FrameMark Frame)> _stragglers = [];
    private long _lastDue;
    private int _bytesInFlight;
    private bool _isScheduled;
    private bool _isHeldUp;
    private bool _isDead;
    private bool _isWithinFrame;

    private enum End : byte
    {
        None,
        Finish,
        Reset,
    }

    public Wire Wire => wire;

    /// <summary>True if its writer need not wait.</summary>
    public bool HasRoom => _bytesInFlight <= wire.BytesInFlightMax;

    /// <summary>Takes whole frames. The memory is the caller's again.</summary>
    public void Send(ReadOnlySpan<byte> frames)
    {
        var bytes = frames.ToArray();
        var marks = new List<FrameMark>();
        var start = 0;
        var count = 0;
        for (var at = 0; at < bytes.Length; count++)
        {
            var frame = FrameMark.At(bytes.AsSpan(at));
            network.Trace.Note(wire.Name, $"#{number} sent {frame}");
            if (IsInOrder(frame, bytes.AsMemory(at, frame.Length)))
            {
                marks.Add(frame);
            }
            else
            {
                Enqueue(bytes.AsMemory(start, at - start), marks);
                marks = [];
                start = at + frame.Length;
            }

            at += frame.Length;
        }

        Enqueue(bytes.AsMemory(start), marks);
        Schedule();
        network.Sent?.Invoke(wire.Name, count, bytes.Length);
    }

    /// <summary>Sends that there is no more, after all that was sent.</summary>
    public void Finish()
    {
        network.Trace.Note(wire.Name, $"#{number} closed");
        Enqueue(new Parcel(default, [], End.Finish, Due(0)));
        Schedule();
    }

    /// <summary>Sends a reset: what has not arrived before it does not arrive. On a cut wire it is lost, and nobody tells.</summary>
    public void Reset()
    {
        network.Trace.Note(wire.Name, $"#{number} reset{(wire.IsCut ? ", unheard" : "")}");
        if (wire.IsCut)
        {
            Drop();
            return;
        }

        var due = _loop.Now + wire.Delay().Ticks;
        Keep(_queue.TakeWhile(parcel => parcel.Due <= due).ToArray());
        _lastDue = due;
        Enqueue(new Parcel(default, [], End.Reset, due));
        _loop.At(due, _loop.World, Arrive);
    }

    /// <summary>The machine that sends has lost its power: some of what was under way arrives, nothing else ever does.</summary>
    public void Vanish() => Keep(_queue.Take(network.Ends.Next(_queue.Count + 1)).ToArray());

    /// <summary>Nothing of it arrives any more.</summary>
    public void Drop()
    {
        _isDead = true;
        _queue.Clear();
        _stragglers.Clear();
        _bytesInFlight = 0;
    }

    /// <summary>What held it up is over.</summary>
    public void Resume()
    {
        _isHeldUp = false;
        if (_queue.Count + _stragglers.Count > 0)
        {
            _loop.After(wire.Delay(), _loop.World, Arrive);
        }
    }

    // False if a fault takes the frame out of the order.
    private bool IsInOrder(in FrameMark frame, ReadOnlyMemory<byte> bytes)
    {
        if (frame.Type.IsOfConnection())
        {
            return true;
        }

        if (wire.Happens(wire.Loss))
        {
            network.Trace.Note(wire.Name, $"#{number} lost {frame}");
            return false;
        }

        if (frame.Type.IsIdempotent() && wire.Happens(wire.Duplication))
        {
            network.Trace.Note(wire.Name, $"#{number} doubled {frame}");
            Straggle(bytes, frame);
        }

        if (wire.Happens(wire.Reordering) || (frame.Type == FrameType.Store && wire.Happens(wire.LateStores)))
        {
            network.Trace.Note(wire.Name, $"#{number} overtaken {frame}");
            Straggle(bytes, frame);
            return false;
        }

        return true;
    }

    private void Straggle(ReadOnlyMemory<byte> bytes, FrameMark frame)
    {
        network.Stragglers++;
        _loop.After(wire.Lag(), _loop.World, () =>
        {
            network.Stragglers--;
            if (!_isDead)
            {
                _stragglers.Add((bytes, frame));
                Arrive();
            }
        });
    }

    // Whole frames that arrive together, or in pieces that may end anywhere.
    private void Enqueue(ReadOnlyMemory<byte> bytes, List<FrameMark> frames)
    {
        if (bytes.Length == 0)
        {
            return;
        }

        var (next, end) = (0, 0); // the first frame that is not whole yet, and where it begins
        for (var at = 0; at < bytes.Length;)
        {
            var left = bytes.Length - at;
            var length = left > 1 && wire.Happens(wire.Pieces) ? wire.CutPoint(left) : left;
            var whole = new List<FrameMark>();
            while (next < frames.Count && end + frames[next].Length <= at + length)
            {
                end += frames[next].Length;
                whole.Add(frames[next++]);
            }

            Enqueue(new Parcel(bytes.Slice(at, length), whole, End.None, Due(length)) { IsWithinFrame = end < at + length });
            at += length;
        }
    }

    private void Enqueue(Parcel parcel)
    {
        _queue.Enqueue(parcel);
        _bytesInFlight += parcel.Bytes.Length;
    }

    private void Keep(Parcel[] first)
    {
        _queue.Clear();
        _stragglers.Clear();
        _bytesInFlight = 0;
        foreach (var parcel in first)
        {
            Enqueue(parcel);
        }
    }

    private long Due(int bytes)
    {
        var due = Math.Max(_lastDue, _loop.Now + wire.Delay().Ticks);
        _lastDue = due + (double.IsFinite(wire.BytesPerSecond) ? (long)(bytes / wire.BytesPerSecond * TimeSpan.TicksPerSecond) : 0);
        return _lastDue;
    }

    private void Schedule()
    {
        if (!_isScheduled && !_isHeldUp && _queue.TryPeek(out var next))
        {
            _isScheduled = true;
            _loop.At(next.Due, _loop.World, () =>
            {
                _isScheduled = false;
                Arrive();
            });
        }
    }

    private void Arrive()
    {
        if (_isDead || _isHeldUp || IsHeldUpNow())
        {
            return;
        }

        if (to.IsGone)
        {
            Bounce();
            return;
        }

        DeliverStragglers();
        while (_queue.TryPeek(out var parcel) && parcel.Due <= _loop.Now)
        {
            _queue.Dequeue();
            if (!TryDeliver(parcel))
            {
                return;
            }

            DeliverStragglers();
        }

        to.Arrivals.Wake();
        from.MakeRoom();
        Schedule();
    }

    private bool IsHeldUpNow()
    {
        if (wire.IsCut)
        {
            wire.HoldUp(this);
        }
        else if (network.IsDark(wire.To))
        {
            network.HoldUp(wire.To, this);
        }
        else if (to.IsGone && !from.IsGone && back.IsCut)
        {
            back.HoldUp(this); // what is sent again and again is answered one day
        }
        else
        {
            return false;
        }

        _isHeldUp = true;
        return true;
    }

    // There is nobody any more to whom this could be given. The sender hears of it, if it is still there.
    private void Bounce()
    {
        Drop();
        if (!from.IsGone)
        {
            network.Trace.Note(back.Name, $"#{number} knows nothing of it");
            _loop.After(back.Delay(), _loop.World, from.Break);
        }
    }

    private bool TryDeliver(Parcel parcel)
    {
        _bytesInFlight -= parcel.Bytes.Length;
        switch (parcel.End)
        {
            case End.Reset:
                network.Trace.Note(wire.Name, $"#{number} reset arrived");
                to.Break();
                return false;
            case End.Finish:
                network.Trace.Note(wire.Name, $"#{number} close arrived");
                to.Finish();
                return true;
            default:
                to.Arrivals.Append(parcel.Bytes);
                _isWithinFrame = parcel.IsWithinFrame;
                foreach (var frame in parcel.Frames)
                {
                    network.Trace.Note(wire.Name, $"#{number} delivered {frame}");
                }

                return true;
        }
    }

    private void DeliverStragglers()
    {
        if (_isWithinFrame || _stragglers.Count == 0)
        {
            return;
        }

        foreach (var (bytes, frame) in _stragglers)
        {
            to.Arrivals.Append(bytes);
            network.Trace.Note(wire.Name, $"#{number} delivered, late, {frame}");
        }

        _stragglers.Clear();
    }

    /// <param name="Bytes">What arrives.</param>
    /// <param name="Frames">Those that are whole with it.</param>
    /// <param name="End">What it ends.</param>
    /// <param name="Due">When it arrives.</param>
    private readonly record struct Parcel(ReadOnlyMemory<byte> Bytes, List<FrameMark> Frames, End End, long Due)
    {
        /// <summary>True if the rest of a frame is still to come.</summary>
        public bool IsWithinFrame { get; init; }
    }
}
