using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;

namespace Toystore.Cli.Serve;

/// <summary>Starts a node and runs it until it is cancelled; the result is an <see cref="ExitCode"/>.</summary>
internal delegate Task<int> StartNode(ServeSettings settings, CancellationToken cancellationToken);

/// <summary>What a node is started with: checked, and with every default filled in.</summary>
internal sealed record ServeSettings
{
    /// <summary>Which node this is. Also the id of one of <see cref="Members"/>.</summary>
    public required NodeId Id { get; init; }

    /// <summary>Full path of the node's own directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Which cluster.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>Copies wanted, at least 1. May be more than there are members.</summary>
    public required int N { get; init; }

    /// <summary>1..N.</summary>
    public required int R { get; init; }

    /// <summary>1..N.</summary>
    public required int W { get; init; }

    /// <summary>What a write promises unless it says otherwise.</summary>
    public required WriteDurability Durability { get; init; }

    /// <summary>Largest value, in bytes.</summary>
    public required int ValueBytesMax { get; init; }

    /// <summary>How much is kept for one owner that is away, in bytes.</summary>
    public required long HintBytesMax { get; init; }

    /// <summary>How long is kept what enough others hold anyway.</summary>
    public required TimeSpan HintAgeMax { get; init; }

    /// <summary>How fast it verifies its disk, in bytes per second; 0 for not at all.</summary>
    public required long ScrubBytesPerSecond { get; init; }

    /// <summary><c>Trace</c> to <c>None</c>, as Microsoft.Extensions.Logging names them.</summary>
    public required string LogLevel { get; init; }

    /// <summary>Conflict policies of key prefixes, in the order given.</summary>
    public required IReadOnlyList<PrefixPolicy> Policies { get; init; }

    /// <summary>The founding members, this one included, by id.</summary>
    public required IReadOnlyList<ServeMember> Members { get; init; }

    /// <summary>Secrets of the cluster as they were written, the one in use first; the node checks them.</summary>
    public IReadOnlyList<string> ClusterKeys { get; init; } = [];

    /// <summary>How far the members are apart.</summary>
    public NetworkKind Network { get; init; } = NetworkKind.Lan;

    /// <summary>What of membership is to be other than usual there.</summary>
    public MembershipOptions Membership { get; init; } = new();

    /// <summary>What becomes of a store that does not open.</summary>
    public DamagedStoreKind DamagedStore { get; init; }

    /// <summary>Where it listens for HTTP, if not where its entry says that it is found.</summary>
    public NodeAddress? ListenHttp { get; init; }

    /// <summary>Where it listens for the other nodes, if not where its entry says that it is found.</summary>
    public NodeAddress? ListenPeer { get; init; }

    /// <summary>This node's own entry: where others find it.</summary>
    public ServeMember Self => Members.Single(member => member.Id == Id);
}

/// <summary>A founding member: its addresses, and where and how much it carries.</summary>
internal sealed record ServeMember(NodeId Id, string Zone, int Weight, NodeAddress Peer, NodeAddress? Http, NodeAddress? Redis);

/// <summary>What happens to concurrent writes of keys that begin like this.</summary>
internal sealed record PrefixPolicy(string Prefix, ConflictPolicy Policy);
