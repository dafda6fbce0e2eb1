using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toystore.Cli.Dev;

/// <summary>The file of a local cluster, as <c>toystore dev</c> writes it and <c>toystore serve</c> reads it.</summary>
internal sealed record DevCluster(
    string ClusterId, int N, int? R, int? W, string Durability, IReadOnlyList<DevPolicy> Policies, IReadOnlyList<DevMember> Members)
{
    /// <summary>The most nodes one machine gets.</summary>
    public const int NodesMax = 99;

    private const int HttpPorts = 8100;
    private const int RedisPorts = 7100;
    private const int PeerPorts = 9100;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The most that can be added to the port numbers.</summary>
    public const int PortOffsetMax = 65535 - PeerPorts - NodesMax;

    /// <summary>A new one: node i at 127.0.0.1, HTTP 8100+i, Redis 7100+i, peers 9100+i, each plus <paramref name="portOffset"/>; dealt out to <paramref name="zones"/> zones in turn.</summary>
    public static DevCluster New(Guid id, int nodes, int zones, int n, int? r, int? w, string durability, int portOffset = 0) => new(
        id.ToString("D"), n, r, w, durability, [new DevPolicy("cache:", "lww")],
        [.. Enumerable.Range(1, nodes).Select(i => new DevMember(
            "n" + i.ToString("x", CultureInfo.InvariantCulture), zones == 1 ? "default" : FormattableString.Invariant($"z{((i - 1) % zones) + 1}"), 1, Local(portOffset + PeerPorts + i), Local(portOffset + HttpPorts + i), Local(portOffset + RedisPorts + i)))]);

    /// <summary>What was added to the port numbers; null if somebody has given the nodes ports of their own.</summary>
    [JsonIgnore]
    public int? PortOffset => NodeAddress.TryParse(Members[0].Http, out var first) && first.Port > HttpPorts ? first.Port - HttpPorts - 1 : null;

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Reads one.</summary>
    /// <exception cref="UsageException">The file was not written by <c>toystore dev</c>.</exception>
    public static DevCluster Read(string file)
    {
        try
        {
            var cluster = JsonSerializer.Deserialize<DevCluster>(File.ReadAllText(file), Options);
            return cluster is { Members.Count: > 0 } && cluster.Members.All(member => Core.NodeId.TryParse(member.Id, out _) && member is { Http: not null, Peer: not null, Zone: not null })
                ? cluster
                : throw new UsageException($"{file} names no usable members: repair it, or begin anew with --fresh.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file} is not the file of a local cluster ({e.Message}): repair it, or begin anew with --fresh.");
        }
    }

    private static string Local(int port) => FormattableString.Invariant($"127.0.0.1:{port}");
}

/// <summary>What happens to concurrent writes of keys that begin like this.</summary>
internal sealed record DevPolicy(string Prefix, string Policy);

/// <summary>One node.</summary>
internal sealed record DevMember(string Id, string Zone, int Weight, string Peer, string Http, string Redis)
{
    /// <summary>The ports it will listen on.</summary>
    [JsonIgnore]
    public IEnumerable<int> Ports
    {
        get
        {
            foreach (var text in (string?[])[Http, Peer, Redis])
            {
                if (NodeAddress.TryParse(text, out var address))
                {
                    yield return address.Port;
                }
            }
        }
    }
}
