using Toystore.Core;

namespace Toystore.Node.Peers;

/// <summary>Who this node is to its peers, and the bounds of its connections with them.</summary>
internal sealed record PeerOptions
{
    /// <summary>The cluster.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>This node.</summary>
    public required NodeId Self { get; init; }

    /// <summary>The oldest version spoken; <see cref="FrameFormat.VersionMin"/> except in tests.</summary>
    public ushort VersionMin { get; init; } = FrameFormat.VersionMin;

    /// <summary>The newest version spoken; <see cref="FrameFormat.VersionMax"/> except in tests.</summary>
    public ushort VersionMax { get; init; } = FrameFormat.VersionMax;

    /// <summary>The longest frame sent or accepted, in bytes: 64 KiB..1 GiB, 128 MiB by default. Must have room for the largest value with its siblings.</summary>
    public int FrameBytesMax { get; init; } = 128 << 20;

    /// <summary>Requests that may wait for the answer of one peer; beyond, <see cref="PeerReply.Overloaded"/>. 4096 by default.</summary>
    public int CallsMax { get; init; } = 4096;

    /// <summary>Bytes that may wait to be sent on one connection, if it is more than one frame; beyond, <see cref="PeerReply.Overloaded"/>. 64 MiB by default.</summary>
    public int QueuedBytesMax { get; init; } = 64 << 20;

    /// <summary>Requests of one connection that may be worked on at the same time; beyond, the peer is told <see cref="PeerReply.Overloaded"/>. 4096 by default.</summary>
    public int ServedMax { get; init; } = 4096;

    /// <summary>Bytes of the requests of one connection that may be worked on at the same time, if it is more than one. 128 MiB by default.</summary>
    public int ServedBytesMax { get; init; } = 128 << 20;

    /// <summary>Time for connecting and shaking hands together; on the other side, for the handshake. 1 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first pause between attempts to connect; doubles with each failure. 50 ms by default.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause between attempts to connect. 1 s by default.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time-outs in a row that make a peer suspect. 3 by default.</summary>
    public int SuspectAfter { get; init; } = 3;

    /// <summary>A suspect peer from which nothing has come for so long gets a new connection: the old one may lead nowhere. 10 s by default.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(10);
}
