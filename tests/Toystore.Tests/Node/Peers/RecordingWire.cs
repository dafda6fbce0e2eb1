using System.IO.Pipelines;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

/// <summary>Keeps what is written.</summary>
internal sealed class RecordingWire : PeerWire
{
    private readonly MemoryStream _written = new();

    public override PipeReader Input { get; } = PipeReader.Create(Stream.Null);

    public override string Remote => "nobody";

    public override CancellationToken Closed => CancellationToken.None;

    public byte[] Written => _written.ToArray();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken) => _written.WriteAsync(frames, cancellationToken);

    public override void Abort() => _written.Dispose();

    public override void Dispose() => _written.Dispose();
}
