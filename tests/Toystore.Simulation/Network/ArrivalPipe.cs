using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Toystore.Core;

namespace Toystore.Simulation.Network;

/// <summary>
/// What has arrived at one end of a connection, in the pieces in which it came. Everything that waits here goes on in the context it waits in, as one more step of the world; the framework's pipes would go on on the
/// thread pool.
/// </summary>
internal sealed class ArrivalPipe : PipeReader, IValueTaskSource<ReadResult>
{
    private ManualResetValueTaskSourceCore<ReadResult> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private Piece? _first;
    private Piece? _last;
    private Exception? _failure;
    private long _arrived;
    private long _consumed;
    private long _examined;
    private bool _isFinished;
    private bool _isCancelled;
    private bool _isWaiting;

    /// <summary>True if there are bytes that nobody has consumed.</summary>
    public bool HasUnread => _arrived > _consumed;

    private bool HasNews => _arrived > _examined || _isFinished || _isCancelled;

    /// <summary>Adds a piece; <see cref="Wake"/> when there are no more for now.</summary>
    public void Append(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length == 0 || _failure is not null)
        {
            return;
        }

        var piece = new Piece(bytes, _arrived);
        _last?.Follow(piece);
        _first ??= piece;
        _last = piece;
        _arrived += bytes.Length;
    }

    /// <summary>The other side has closed: no more comes.</summary>
    public void Finish() => _isFinished = true;

    /// <summary>The connection broke: what was not read is gone.</summary>
    public void Fail(Exception failure)
    {
        _failure ??= failure;
        _first = _last = null;
        Wake();
    }

    /// <summary>Lets the reader have what has arrived.</summary>
    public void Wake()
    {
        if (!_isWaiting || (_failure is null && !HasNews))
        {
            return;
        }

        EndWait();
        if (_failure is not null)
        {
            _core.SetException(_failure);
        }
        else
        {
            _core.SetResult(Result());
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Invariant.Require(!_isWaiting, "one reader reads at a time");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        if (_failure is not null)
        {
            return ValueTask.FromException<ReadResult>(_failure);
        }

        if (HasNews)
        {
            return new(Result());
        }

        _core.Reset();
        _isWaiting = true;
        if (cancellationToken.CanBeCanceled)
        {
            _token = cancellationToken;
            _cancellation = cancellationToken.UnsafeRegister(static pipe => ((ArrivalPipe)pipe!).Cancel(), this);
        }

        return new(this, _core.Version);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        var hasNews = HasNews;
        result = hasNews ? Result() : default;
        return hasNews;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_first is null || consumed.GetObject() is not Piece piece || examined.GetObject() is not Piece last)
        {
            return; // it was empty, or has failed meanwhile
        }

        _consumed = piece.RunningIndex + consumed.GetInteger();
        _examined = Math.Max(_consumed, last.RunningIndex + examined.GetInteger());
        while (_first is not null && _first.End <= _consumed)
        {
            _first = (Piece?)_first.Next;
        }

        _last = _first is null ? null : _last;
    }

    public override void CancelPendingRead()
    {
        _isCancelled = true;
        Wake();
    }

    public override void Complete(Exception? exception = null) => Fail(new InvalidOperationException("Reading was ended."));

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (_isWaiting)
        {
            var token = _token;
            EndWait();
            _core.SetException(new OperationCanceledException(token));
        }
    }

    private void EndWait()
    {
        _isWaiting = false;
        _cancellation.Dispose();
        (_cancellation, _token) = (default, default);
    }

    private ReadResult Result()
    {
        var buffer = _first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first, (int)(_consumed - _first.RunningIndex), _last!, _last!.Memory.Length);
        var result = new ReadResult(buffer, _isCancelled, _isFinished);
        _isCancelled = false;
        return result;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, long at) => (Memory, RunningIndex) = (bytes, at);

        public long End => RunningIndex + Memory.Length;

        public void Follow(Piece next) => Next = next;
    }
}
