using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Toystore.Node.Peers;

/// <summary>A connection that this node has made.</summary>
internal sealed class SocketWire : PeerWire
{
    private readonly NetworkStream _stream;
    private readonly EndPoint _remote;

    public SocketWire(Socket socket, EndPoint remote)
    {
        _remote = remote;
        _stream = new NetworkStream(socket, ownsSocket: true);
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: FrameFormat.BulkBytesMin, minimumReadSize: 4096, leaveOpen: true));
    }

    /// <inheritdoc/>
    public override PipeReader Input { get; }

    /// <inheritdoc/>
    public override string Remote => _remote.ToString()!;

    /// <summary>Never cancelled: its one reader always reads.</summary>
    public override CancellationToken Closed => CancellationToken.None;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken) => _stream.WriteAsync(frames, cancellationToken);

    /// <inheritdoc/>
    public override void Abort() => _stream.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _stream.Dispose();
}
