namespace Toystore.EndToEnd.Processes;

/// <summary>Where a node runs: the address that it listens on, and what its command line begins with.</summary>
internal sealed record NodePlace(string Host, IReadOnlyList<string> Before)
{
    /// <summary>This machine, and nobody else's.</summary>
    public static readonly NodePlace Loopback = new("127.0.0.1", []);
}
