using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Toystore.Node.Peers;

/// <summary>A connection that Kestrel has accepted, and closes when it has been served.</summary>
internal sealed class KestrelWire(ConnectionContext connection) : PeerWire
{
    private readonly Stream _output = connection.Transport.Output.AsStream();

    /// <inheritdoc/>
    public override PipeReader Input => connection.Transport.Input;

    /// <inheritdoc/>
    public override string Remote { get; } = connection.RemoteEndPoint?.ToString() ?? "?";

    /// <inheritdoc/>
    public override CancellationToken Closed => connection.ConnectionClosed;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken) => _output.WriteAsync(frames, cancellationToken);

    /// <inheritdoc/>
    public override void Abort() => connection.Abort();

    /// <summary>Does nothing: Kestrel does, once nobody serves it any more.</summary>
    public override void Dispose()
    {
    }
}
