using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>What became of a frame that was to be sent.</summary>
internal enum Queued : byte
{
    /// <summary>It will be sent with the next batch.</summary>
    Done,

    /// <summary>Too many bytes wait already.</summary>
    Full,

    /// <summary>The connection is gone.</summary>
    Closed,
}

/// <summary>
/// The sending half of a connection: two buffers. Anybody appends whole frames to the one, under a short lock; the other is being sent, by the sender's loop or by whoever has just filled a batch, and they swap when
/// that is through, so that whatever came together in the meantime leaves in one system call.
/// </summary>
internal sealed class FrameSender(int queuedBytesMax)
{
    private readonly Lock _gate = new(); // guards all fields below
    private readonly Signal _work = new();
    private FrameWriter _filling = new();
    private FrameWriter _sending = new();
    private int _sendingBytes;
    private long _batch = 1;
    private bool _isSending;
    private bool _closed;
    private Exception? _failure;

    /// <summary>The batch that is still being filled: frames in it, and in later ones, have not been handed to the wire.</summary>
    public long FillingBatch
    {
        get
        {
            lock (_gate)
            {
                return _batch;
            }
        }
    }

    /// <summary>Appends a request; <paramref name="batch"/> says with what it leaves.</summary>
    public Queued Append(ulong requestId, Epoch epoch, uint microsecondsLeft, PeerRequest request, long sizeBound, out long batch)
    {
        var wake = false;
        lock (_gate)
        {
            batch = _batch;
            if (Refusal(sizeBound) is { } refusal)
            {
                return refusal;
            }

            wake = _filling.Length == 0;
            try
            {
                FrameEncoder.Request(_filling, requestId, epoch, microsecondsLeft, request);
            }
            catch
            {
                _filling.Abandon();
                throw;
            }
        }

        if (wake)
        {
            _work.Set();
        }

        return Queued.Done;
    }

    /// <summary>Appends a reply without waking the sender: <see cref="Flush"/> does that, once for many.</summary>
    public Queued Append(ulong requestId, Epoch epoch, PeerReply reply, long sizeBound)
    {
        lock (_gate)
        {
            if (Refusal(sizeBound) is { } refusal)
            {
                return refusal;
            }

            try
            {
                FrameEncoder.Reply(_filling, requestId, epoch, reply);
            }
            catch
            {
                _filling.Abandon();
                throw;
            }

            return Queued.Done;
        }
    }

    /// <summary>Wakes the loop.</summary>
    public void Flush() => _work.Set();

    /// <summary>Sends what waits from here, if nobody is sending: for somebody who has just filled a batch, cheaper than waking the loop.</summary>
    public void FlushHere(PeerWire to)
    {
        if (!TryBegin(out var batch))
        {
            return;
        }

        var sending = SendAsync(to, batch);
        if (!sending.IsCompletedSuccessfully)
        {
            _ = sending.AsTask();
        }
    }

    /// <summary>Takes no more frames and ends the loop. What waits is not sent.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }

        _work.Set();
    }

    /// <summary>Sends until closed, or until the connection fails, which throws.</summary>
    public async Task RunAsync(PeerWire to)
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync();
                if (TryBegin(out var batch))
                {
                    await SendAsync(to, batch);
                }

                lock (_gate)
                {
                    if (_failure is not null)
                    {
                        throw new IOException(_failure.Message, _failure);
                    }

                    if (_closed)
                    {
                        return;
                    }
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _closed = true;
                _filling.Release();
                if (!_isSending)
                {
                    _sending.Release();
                }
            }
        }
    }

    private Queued? Refusal(long sizeBound)
    {
        var waiting = (long)_filling.Length + _sendingBytes;
        return _closed ? Queued.Closed : waiting > 0 && waiting + sizeBound > queuedBytesMax ? Queued.Full : null;
    }

    // Sends a batch and what came together meanwhile. Never throws: the loop does, when it is woken.
    private async ValueTask SendAsync(PeerWire to, ReadOnlyMemory<byte> batch)
    {
        try
        {
            do
            {
                await to.WriteAsync(batch, CancellationToken.None);
            }
            while (TrySwap(out batch));
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failure = e;
                _isSending = false;
                _closed = true;
            }

            _work.Set();
        }
    }

    private bool TryBegin(out ReadOnlyMemory<byte> batch)
    {
        lock (_gate)
        {
            batch = default;
            if (_isSending)
            {
                return false;
            }

            _isSending = true;
            return TrySwap(out batch);
        }
    }

    // For whom _isSending was set; gives that up when there is nothing to send.
    private bool TrySwap(out ReadOnlyMemory<byte> batch)
    {
        lock (_gate)
        {
            _sending.Clear();
            _sendingBytes = 0;
            if (_closed || _filling.Length == 0)
            {
                batch = default;
                _isSending = false;
                if (_closed)
                {
                    _work.Set();
                }

                return false;
            }

            (_filling, _sending) = (_sending, _filling);
            _sendingBytes = _sending.Length;
            _batch++;
            batch = _sending.Written;
            return true;
        }
    }
}
