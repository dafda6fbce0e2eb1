namespace Toystore.Client;

/// <summary>Where the cluster is, and how patient to be with it.</summary>
public sealed record ToystoreHttpOptions
{
    /// <summary>
    /// The nodes to ask, at least one: <c>http://host:port</c> or <c>https://host:port</c>. Any node serves any key, so a few of them are enough; calls begin at each in turn.
    /// </summary>
    public required IReadOnlyList<Uri> Nodes { get; init; }

    /// <summary>
    /// How long a read or write may take, all nodes tried included, when its own options name no time. 5 s by default; more than the cluster's own limit (2 s), so that the
    /// cluster gets to say what happened.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>As <see cref="Timeout"/>, for a page of keys. 15 s by default.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How much longer than the time a call names to wait for the cluster's answer. 1 s by default.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for a connection before the next node is tried. 1 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long calls do not begin at a node that took no connection. 2 s by default.</summary>
    public TimeSpan AvoidFor { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Connections without a request are closed after this time. 60 s by default; less than the server's own limit, since a write on a connection that closes under it is unknown.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections to one node, at most; further calls wait for one. 256 by default.</summary>
    public int ConnectionsPerNodeMax { get; init; } = 256;

    /// <summary>Longest answer taken, in bytes: all values of a key together. 256 MiB by default.</summary>
    public int AnswerBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>Bodies from this size on are announced first (<c>Expect: 100-continue</c>), so that one over the limit is refused before it is sent. 1 MiB by default.</summary>
    public int AnnouncedBytesMin { get; init; } = 1024 * 1024;

    /// <summary>The clock of the time limits. The system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
