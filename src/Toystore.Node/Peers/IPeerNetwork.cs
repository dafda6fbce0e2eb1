namespace Toystore.Node.Peers;

/// <summary>The way to the other nodes and from them, as a node starts and stops it.</summary>
internal interface IPeerNetwork : IAsyncDisposable
{
    /// <summary>The other nodes. Usable from the start on.</summary>
    IPeers Peers { get; }

    /// <summary>Who the others are from now on, and which topology this node greets with.</summary>
    void Follow(PeerDirectory directory)
    {
    }

    /// <summary>Begins to take the requests of others. Throws if the address cannot be had, saying which and why.</summary>
    ValueTask StartAsync(IPeerHandler handler, CancellationToken cancellationToken);
}
