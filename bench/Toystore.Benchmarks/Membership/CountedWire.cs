using System.Buffers;
using System.IO.Pipelines;
using Toystore.Node.Peers;

namespace Toystore.Benchmarks.Membership;

/// <summary>A connection whose bytes are counted in both directions.</summary>
internal sealed class CountedWire(PeerWire inner, Func<bool> isSilent, Traffic traffic) : PeerWire
{
    public override PipeReader Input { get; } = new CountedReader(inner.Input, traffic);

    public override string Remote => inner.Remote;

    public override CancellationToken Closed => inner.Closed;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        if (isSilent())
        {
            return ValueTask.CompletedTask;
        }

        traffic.Stream(frames.Length);
        return inner.WriteAsync(frames, cancellationToken);
    }

    public override void Abort() => inner.Abort();

    public override void Dispose() => inner.Dispose();

    private sealed class CountedReader(PipeReader inner, Traffic traffic) : PipeReader
    {
        private ReadOnlySequence<byte> _read;

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            traffic.Stream(_read.Slice(0, consumed).Length);
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await inner.ReadAsync(cancellationToken);
            _read = result.Buffer;
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            var hasRead = inner.TryRead(out result);
            _read = hasRead ? result.Buffer : _read;
            return hasRead;
        }
    }
}
