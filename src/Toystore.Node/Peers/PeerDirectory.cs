using System.Net;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>Who the others are and where to find them, by one topology. An immutable snapshot.</summary>
/// <param name="Epoch">Of the topology.</param>
/// <param name="Fingerprint">Of the topology: nodes under the same epoch must have the same.</param>
/// <param name="Members">Every member, this node included, and where it listens for its peers: an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
internal sealed record PeerDirectory(Epoch Epoch, ulong Fingerprint, IReadOnlyDictionary<NodeId, EndPoint> Members)
{
    /// <summary>The directory of a topology.</summary>
    public static PeerDirectory Of(Topology topology) =>
        new(topology.Epoch, topology.Fingerprint, topology.Members.ToArray().ToDictionary(member => member.Id, member => EndPointOf(member.PeerEndpoint)));

    /// <summary>An address as sockets take it.</summary>
    public static EndPoint EndPointOf(Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var address) ? new IPEndPoint(address, endpoint.Port) : new DnsEndPoint(endpoint.Host, endpoint.Port);
}
