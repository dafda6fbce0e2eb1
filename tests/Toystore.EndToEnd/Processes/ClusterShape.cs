using System.Text.Json;

namespace Toystore.EndToEnd.Processes;

/// <summary>What a cluster of a test is like.</summary>
internal sealed record ClusterShape(int Nodes)
{
    public int N { get; init; } = 3;

    public string Durability { get; init; } = "fsync";

    public int ValueLimit { get; init; } = 16 << 20;

    /// <summary>Where node 1 to the number of nodes run.</summary>
    public Func<int, NodePlace> PlaceOf { get; init; } = static _ => NodePlace.Loopback;

    /// <summary>The file that its nodes start with.</summary>
    public string ToJson(Guid id, IEnumerable<RealNode> members) => JsonSerializer.Serialize(new
    {
        clusterId = id,
        n = N,
        durability = Durability,
        valueLimit = ValueLimit,
        members = members.Select(node => new { id = node.Id, peer = node.PeerAddress, http = node.HttpAddress }),
    });
}
