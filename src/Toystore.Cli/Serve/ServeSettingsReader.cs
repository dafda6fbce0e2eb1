using System.Globalization;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;

namespace Toystore.Cli.Serve;

/// <summary>
/// Puts settings together from several places, the first that has one winning, fills in defaults and checks the whole. All problems are found at once, each with the place where it stands.
/// </summary>
internal sealed class ServeSettingsReader(IReadOnlyList<ISettingSource> sources)
{
    private const int ValueBytesDefault = 16 * 1024 * 1024;
    private const int ValueBytesMost = 64 * 1024 * 1024;
    private const int MembersMax = 1000;
    private const int CopiesMax = 16;
    private const int CopiesDefault = 3;

    private static readonly string[] LogLevels = ["Trace", "Debug", "Information", "Warning", "Error", "Critical", "None"];

    private readonly List<string> _problems = [];

    /// <summary>The settings, or sentences that say what is wrong. <paramref name="clusterOf"/> gives a node that is alone, and was given no cluster id, the one in its data directory.</summary>
    public (ServeSettings? Settings, IReadOnlyList<string> Problems) Read(Func<string, ClusterId> clusterOf)
    {
        var data = Find(SettingNames.Data);
        if (data is null)
        {
            _problems.Add($"Say where the node keeps its data: --data DIR or {SettingNames.Variable(SettingNames.Data)}.");
        }

        var members = Members();
        var id = Id(members);
        var (listenHttp, listenPeer, listenRedis) = (Address(SettingNames.Http), Address(SettingNames.Peer), Address(SettingNames.Redis));
        if (members.Count == 0)
        {
            members = [new ServeMember(id, MemberText.DefaultZone, 1, listenPeer ?? new NodeAddress("127.0.0.1", 9101), listenHttp ?? new NodeAddress("127.0.0.1", 8101), listenRedis)];
        }

        var n = Number(SettingNames.N, CopiesDefault, 1, CopiesMax);
        var r = Number(SettingNames.R, (n / 2) + 1, 1, n);
        var w = Number(SettingNames.W, (n / 2) + 1, 1, n);
        var durability = OneOf(SettingNames.Durability, "fsync", "fsync", "os");
        var damagedStore = OneOf(SettingNames.DamagedStore, "refuse", "refuse", "refill", "cut");
        var valueBytesMax = Number(SettingNames.ValueLimit, ValueBytesDefault, 1, ValueBytesMost);
        var hintMebibytes = Number(SettingNames.HintLimit, 1024, 1, 1 << 20);
        var hintAge = HintAge();
        var scrubMebibytes = Number(SettingNames.ScrubRate, 8, 0, 4096);
        var logLevel = OneOf(SettingNames.LogLevel, "Information", LogLevels);
        var policies = Policies();
        var (network, membership) = Membership();
        var cluster = Cluster(members.Count);
        return _problems.Count > 0
            ? (null, _problems)
            : (new ServeSettings
            {
                Id = id,
                DataDirectory = Path.GetFullPath(data!.Text),
                Cluster = cluster ?? clusterOf(Path.GetFullPath(data.Text)),
                N = n,
                R = r,
                W = w,
                Durability = durability == "os" ? WriteDurability.Os : WriteDurability.Fsync,
                DamagedStore = Enum.Parse<DamagedStoreKind>(damagedStore, ignoreCase: true),
                ValueBytesMax = valueBytesMax,
                HintBytesMax = (long)hintMebibytes << 20,
                HintAgeMax = hintAge,
                ScrubBytesPerSecond = (long)scrubMebibytes << 20,
                LogLevel = logLevel,
                Policies = policies,
                Members = members,
                Network = network,
                Membership = membership,
                ListenHttp = listenHttp,
                ListenPeer = listenPeer,
                ClusterKeys = [.. FindAll(SettingNames.ClusterKey).Select(key => key.Text)],
            }, []);
    }

    private TimeSpan HintAge()
    {
        var age = TimeSpan.FromHours(24);
        if (Find(SettingNames.HintAge) is { } setting && (!Durations.TryParse(setting.Text, out age) || age < TimeSpan.FromMinutes(1) || age > TimeSpan.FromDays(30)))
        {
            _problems.Add($"{setting.Origin} is '{setting.Text}'; it must be a length of time from 1m to 30d.");
        }

        return age;
    }

    private Setting? Find(string name) => sources.Select(source => source.Find(name)).FirstOrDefault(found => found.Count > 0)?[^1];

    private IReadOnlyList<Setting> FindAll(string name) => sources.Select(source => source.Find(name)).FirstOrDefault(found => found.Count > 0) ?? [];

    private ClusterId? Cluster(int members)
    {
        if (Find(SettingNames.ClusterId) is { } setting)
        {
            if (ClusterId.TryParse(setting.Text, out var cluster))
            {
                return cluster;
            }

            _problems.Add($"{setting.Origin} is '{setting.Text}', which is no cluster id: a GUID, the same on all nodes (uuidgen makes one).");
        }
        else if (members > 1)
        {
            _problems.Add($"A cluster of {members} members needs an id, the same on all of them: clusterId in the file, --{SettingNames.ClusterId} or {SettingNames.Variable(SettingNames.ClusterId)} (uuidgen makes one).");
        }

        return null;
    }

    private List<ServeMember> Members()
    {
        var members = new List<ServeMember>();
        foreach (var setting in FindAll(SettingNames.Member))
        {
            if (MemberText.TryParse(setting.Text, out var member, out var problem))
            {
                members.Add(member);
            }
            else
            {
                _problems.Add($"{setting.Origin}: {problem}");
            }
        }

        foreach (var twice in members.GroupBy(member => member.Id).Where(same => same.Count() > 1))
        {
            _problems.Add($"{twice.Key} is a member {twice.Count()} times: give each its own id.");
        }

        foreach (var twice in members.SelectMany(member => (IEnumerable<NodeAddress?>)[member.Peer, member.Http, member.Redis]).OfType<NodeAddress>().GroupBy(address => address).Where(same => same.Count() > 1))
        {
            _problems.Add($"{twice.Key} is used {twice.Count()} times: give each member and each door its own address.");
        }

        if (members.Count > MembersMax)
        {
            _problems.Add($"{members.Count} members are more than the {MembersMax} a cluster can have.");
        }

        members.Sort((left, right) => left.Id.CompareTo(right.Id));
        return members;
    }

    private NodeId Id(List<ServeMember> members)
    {
        var setting = Find(SettingNames.Id);
        if (setting is null && members.Count <= 1)
        {
            return members.Count == 1 ? members[0].Id : new NodeId(1);
        }

        if (setting is null)
        {
            _problems.Add($"Say which of the {members.Count} members this is: --id or {SettingNames.Variable(SettingNames.Id)}.");
            return default;
        }

        if (!NodeId.TryParse(setting.Text, out var id))
        {
            _problems.Add($"{setting.Origin} is '{setting.Text}', which is no node id: write n and a hexadecimal number from 1, like n1 or n2f.");
        }
        else if (members.Count > 0 && members.All(member => member.Id != id))
        {
            _problems.Add($"{setting.Origin} is {id}, which is no member: the members are {string.Join(", ", members.Select(member => member.Id))}.");
        }

        return id;
    }

    private NodeAddress? Address(string name)
    {
        if (Find(name) is not { } setting)
        {
            return null;
        }

        if (NodeAddress.TryParse(setting.Text, out var address))
        {
            return address;
        }

        _problems.Add($"{setting.Origin} is '{setting.Text}', which is no address: write it like 127.0.0.1:8101.");
        return null;
    }

    private (NetworkKind Network, MembershipOptions Options) Membership()
    {
        var network = Enum.Parse<NetworkKind>(OneOf(SettingNames.Network, "lan", "local", "lan", "wan"), ignoreCase: true);
        var options = new MembershipOptions();
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in MembershipSetting.All)
        {
            origins[setting.Option] = "--" + setting.Name;
            if (Find(setting.Name) is { } found)
            {
                origins[setting.Option] = found.Origin;
                if (!setting.TrySet(options, found.Text))
                {
                    _problems.Add(setting.Malformed(found));
                }
            }
        }

        _problems.AddRange(options.Over(network).Problems().Select(problem => problem.Sentence(origins[problem.Option])));
        return (network, options);
    }

    private List<PrefixPolicy> Policies()
    {
        var policies = new List<PrefixPolicy>();
        foreach (var setting in FindAll(SettingNames.Policy))
        {
            var equals = setting.Text.LastIndexOf('=');
            if (equals >= 0 && RequestChoices.ReadPolicy(setting.Text[(equals + 1)..]) is ConflictPolicy policy)
            {
                policies.Add(new PrefixPolicy(setting.Text[..equals], policy));
            }
            else
            {
                _problems.Add($"{setting.Origin} is '{setting.Text}': write PREFIX=siblings or PREFIX=lww.");
            }
        }

        return policies;
    }

    private int Number(string name, int byDefault, int least, int most)
    {
        if (Find(name) is not { } setting)
        {
            return byDefault;
        }

        if (int.TryParse(setting.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        _problems.Add(FormattableString.Invariant($"{setting.Origin} is '{setting.Text}': it is a whole number, {least} to {most}{(name is SettingNames.R or SettingNames.W ? " (N)" : "")}."));
        return byDefault;
    }

    private string OneOf(string name, string byDefault, params string[] words)
    {
        if (Find(name) is not { } setting)
        {
            return byDefault;
        }

        if (Array.Find(words, word => word.Equals(setting.Text, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return found;
        }

        _problems.Add($"{setting.Origin} is '{setting.Text}': it is one of {string.Join(", ", words)}.");
        return byDefault;
    }
}
