using System.IO.Pipelines;

namespace Toystore.Node.Peers;

/// <summary>This end of one connection between two nodes, as bytes. Reading is for one loop, writing for one at a time; closing may come from anywhere.</summary>
internal abstract class PeerWire : IDisposable
{
    /// <summary>What arrives. Completed when the other side has closed; reading throws when the connection broke.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>Who is at the other end, for logs.</summary>
    public abstract string Remote { get; }

    /// <summary>Cancelled when the connection is over, if the transport notices without being read from.</summary>
    public abstract CancellationToken Closed { get; }

    /// <summary>Writes all of it; what is written in one call may leave in one piece. The memory is the caller's again when this has completed. Throws when the connection is over.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken);

    /// <summary>Breaks it: what is on its way may be lost.</summary>
    public abstract void Abort();

    /// <summary>Closes it, after what has been written.</summary>
    public abstract void Dispose();
}
