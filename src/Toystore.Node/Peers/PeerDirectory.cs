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
    private static readonly Dictionary<NodeId, EndPoint> Nowhere = [];

    /// <summary>Where this node was told that some listen in place of that. Both are tried by turns: one of the two is out of date.</summary>
    public IReadOnlyDictionary<NodeId, EndPoint> Elsewhere { get; init; } = Nowhere;

    /// <summary>The directory of a topology. <paramref name="told"/>: what this node was told by its options.</summary>
    public static PeerDirectory Of(Topology topology, Topology? told = null)
    {
        var members = topology.Members.ToArray().ToDictionary(member => member.Id, member => EndPointOf(member.PeerEndpoint));
        var elsewhere = told == topology ? [] : (told?.Members.ToArray() ?? []).Where(member => members.TryGetValue(member.Id, out var known) && !known.Equals(EndPointOf(member.PeerEndpoint)));
        return new PeerDirectory(topology.Epoch, topology.Fingerprint, members) { Elsewhere = elsewhere.ToDictionary(member => member.Id, member => EndPointOf(member.PeerEndpoint)) };
    }

    /// <summary>An address as sockets take it.</summary>
    public static EndPoint EndPointOf(Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var address) ? new IPEndPoint(address, endpoint.Port) : new DnsEndPoint(endpoint.Host, endpoint.Port);
}
