namespace Toystore.Server.Http;

/// <summary>How the HTTP door is set up. Registered as a singleton, or left out for the defaults.</summary>
public sealed record HttpDoorOptions
{
    /// <summary>The largest value that is taken in, in bytes: 1..1 GiB, 16 MiB unless set. Larger ones are answered with 413, before they are read where the client says their length.</summary>
    public int ValueBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Memory for large bodies (over 64 KiB) that are on their way in, together: 256 MiB unless set. Beyond, requests are answered with 429; a single body always finds room.</summary>
    public long BodiesBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>
    /// Whether the cluster's keys may be changed from other machines. False unless set: who can reach the door could lock all members out of their own cluster, and a key would cross the network in the clear. Only behind something that
    /// checks who asks, and encrypts.
    /// </summary>
    public bool KeysFromElsewhere { get; init; }

    /// <summary>Whether <c>GET /{key}</c> and <c>POST /</c> work as they did in the first Toystore. True unless set.</summary>
    public bool OriginalRoutes { get; init; } = true;
}
