using System.Text;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Node;

/// <summary>The options, read and checked.</summary>
internal sealed record ToystoreSetup(NodeId Self, Topology Topology)
{
    /// <summary>Who owns which slot, by the topology.</summary>
    public Ring Ring { get; init; } = new(Topology);

    /// <summary>The topology's encoding, made when it is first asked for.</summary>
    public Lazy<byte[]> Document { get; } = new(() => TopologyCodec.Encode(Topology));

    /// <summary>The members of the options, which found the cluster: all must have been given the same of everything that is in the topology.</summary>
    public SeedList Seeds => new(Array.ConvertAll(Topology.Members.ToArray(), member => member.Id), BitConverter.GetBytes(Topology.Fingerprint));

    /// <summary>The times of membership.</summary>
    public SwimOptions Swim { get; init; } = SwimOptions.Lan;

    /// <summary>The keys of the cluster, the one in use first; none if its gossip goes in the clear.</summary>
    public KeyRing Keys { get; init; } = KeyRing.Empty;

    /// <summary>Where the node listens for the others; null for where its member entry says.</summary>
    public Endpoint? ListenPeer { get; init; }

    /// <summary>Reads the options, or says everything that is wrong with them, each in a sentence that says what would be right.</summary>
    public static ToystoreSetup? Read(ToystoreOptions options, out IReadOnlyList<string> problems)
    {
        var found = new List<string>();
        if (!Core.ClusterId.TryParse(options.ClusterId, out var cluster))
        {
            found.Add($"ClusterId must be a GUID, the same on all nodes of the cluster; it is \"{options.ClusterId}\". Make one with `uuidgen`.");
        }

        if (!Core.NodeId.TryParse(options.NodeId, out var self))
        {
            found.Add($"NodeId must be n and a hexadecimal number from 1, like n1; it is \"{options.NodeId}\".");
        }

        var members = options.Members.Select(member => ReadMember(member, found)).OfType<Member>().ToList();
        if (options.Members.Count == 0)
        {
            found.Add("Members must list every node of the cluster, this one among them; it is empty.");
        }
        else if (members.Count == options.Members.Count && members.All(member => member.Id != self))
        {
            found.Add($"Members must contain this node, {options.NodeId}; it has {string.Join(", ", options.Members.Select(member => member.Id))}.");
        }

        var rules = options.Policies.Select(policy => ReadPolicy(policy, found)).OfType<PolicyRule>().ToList();
        CheckRange(found, nameof(options.ValueBytesMax), options.ValueBytesMax, 1, 64 << 20);
        CheckRange(found, nameof(options.SiblingsWarn), options.SiblingsWarn, 2, 10_000);
        CheckRange(found, nameof(options.SiblingsMax), options.SiblingsMax, 2, 10_000);
        CheckRange(found, nameof(options.RequestsMax), options.RequestsMax, 1, 1_000_000);
        CheckRange(found, nameof(options.Timeout) + " in milliseconds", (long)options.Timeout.TotalMilliseconds, 1, 60_000);
        CheckRange(found, nameof(options.ClockSkewMax) + " in milliseconds", (long)options.ClockSkewMax.TotalMilliseconds, 1, 3_600_000);
        CheckRange(found, nameof(options.FreeBytesReserve), options.FreeBytesReserve, 0, long.MaxValue);
        CheckRange(found, nameof(options.BlockCacheBytes), options.BlockCacheBytes, 8 << 20, 1L << 40);
        CheckRange(found, nameof(options.HintBytesMax), options.HintBytesMax, 1 << 20, 1L << 40);
        CheckRange(found, nameof(options.HintAgeMax) + " in seconds", (long)options.HintAgeMax.TotalSeconds, 60, 30 * 24 * 3600);
        CheckRange(found, nameof(options.HintBytesPerSecond), options.HintBytesPerSecond, 64 << 10, 4L << 30);
        CheckRange(found, nameof(options.ScrubBytesPerSecond), options.ScrubBytesPerSecond, options.ScrubBytesPerSecond == 0 ? 0 : 64 << 10, 4L << 30);
        CheckRange(found, nameof(options.ScrubPause) + " in seconds", (long)options.ScrubPause.TotalSeconds, 60, 90 * 24 * 3600);
        if (options.Store == StoreKind.RocksDb && string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            found.Add("DataDirectory must name the directory for this node's data; it is empty.");
        }

        var listen = ReadEndpoint(options.ListenPeer, "listening", options.NodeId, found);
        var keys = ReadKeys(options.ClusterKeys, found);
        var swim = ReadNetwork(options, found);
        var quorums = new Quorums(options.N, options.R, options.W);
        if (members.Count > SeedList.SeedsMax)
        {
            found.Add($"Members can list at most {SeedList.SeedsMax} nodes, which found the cluster; there are {members.Count}. Others join it later.");
        }

        if (found.Count == 0)
        {
            found.AddRange(Topology.Problems(cluster, members, quorums, rules));
        }

        problems = found;
        return found.Count == 0 ? new ToystoreSetup(self, Topology.Found(cluster, members, quorums, rules)) { ListenPeer = listen, Keys = keys, Swim = swim } : null;
    }

    private static KeyRing ReadKeys(IList<string> texts, List<string> problems)
    {
        var ring = KeyRing.Empty;
        for (var i = 0; i < texts.Count; i++)
        {
            // The text itself is a secret: it does not belong into a message.
            if (!ClusterKey.TryParse(texts[i], out var key))
            {
                problems.Add($"Key {i + 1} of ClusterKeys must be Base64 of 16, 24 or 32 bytes. Make one with `openssl rand -base64 32`.");
            }
            else if (!ring.Add(key!, out ring))
            {
                problems.Add($"ClusterKeys can have {KeyRing.KeysMax} keys; there are {texts.Count}.");
                break;
            }
        }

        return ring;
    }

    private static SwimOptions ReadNetwork(ToystoreOptions options, List<string> problems)
    {
        if (!Enum.IsDefined(options.Network))
        {
            problems.Add($"Network must be Local, Lan or Wan; it is {options.Network}.");
            return SwimOptions.Lan;
        }

        var swim = options.Membership.Over(options.Network);
        problems.AddRange(swim.Problems().Select(problem => problem.Sentence($"{nameof(options.Membership)}.{problem.Option}")));
        return swim;
    }

    private static Member? ReadMember(MemberOptions options, List<string> problems)
    {
        var before = problems.Count;
        if (!Core.NodeId.TryParse(options.Id, out var id))
        {
            problems.Add($"The id of a member must be n and a hexadecimal number from 1, like n1; one is \"{options.Id}\".");
        }

        if (!Endpoint.TryParse(options.Peer, out var peer))
        {
            problems.Add($"The peer address of member {options.Id} must be host:port; it is \"{options.Peer}\".");
        }

        var http = ReadEndpoint(options.Http, "HTTP", options.Id, problems);
        var redis = ReadEndpoint(options.Redis, "Redis", options.Id, problems);
        return problems.Count == before ? new Member(id, peer) { Zone = options.Zone, Weight = options.Weight, HttpEndpoint = http, RedisEndpoint = redis } : null;
    }

    private static Endpoint? ReadEndpoint(string? text, string what, string id, List<string> problems)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!Endpoint.TryParse(text, out var endpoint))
        {
            problems.Add($"The {what} address of member {id} must be host:port; it is \"{text}\".");
        }

        return endpoint;
    }

    private static PolicyRule? ReadPolicy(PolicyOptions options, List<string> problems)
    {
        switch (options.Policy)
        {
            case "siblings":
                return new PolicyRule(Encoding.UTF8.GetBytes(options.Prefix), ConflictPolicy.Siblings);
            case "lww":
                return new PolicyRule(Encoding.UTF8.GetBytes(options.Prefix), ConflictPolicy.LastWriteWins);
            default:
                problems.Add($"The policy of prefix \"{options.Prefix}\" must be siblings or lww; it is \"{options.Policy}\".");
                return null;
        }
    }

    private static void CheckRange(List<string> problems, string name, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            problems.Add($"{name} must be {min} to {max}; it is {value}.");
        }
    }
}
