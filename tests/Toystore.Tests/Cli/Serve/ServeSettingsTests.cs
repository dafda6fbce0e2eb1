using Toystore.Cli.Serve;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node;

namespace Toystore.Tests.Cli.Serve;

public sealed class ServeSettingsTests
{
    private const string File = """
        { "clusterId": "00112233-4455-6677-8899-aabbccddeeff", "n": 3, "r": 1, "w": 3, "durability": "os",
          "policies": [ { "prefix": "cache:", "policy": "lww" } ],
          "members": [
            { "id": "n2", "zone": "b", "weight": 2, "peer": "127.0.0.1:9102", "http": "127.0.0.1:8102", "redis": "127.0.0.1:7102" },
            { "id": "n1", "peer": "127.0.0.1:9101", "http": "127.0.0.1:8101" } ] }
        """;

    private static readonly ClusterId Made = new(new Guid("ffffffff-0000-0000-0000-000000000001"));

    [Fact]
    public void A_file_and_an_id_are_enough()
    {
        var settings = Read(File, [], ("id", "n2"), ("data", "/d/n2"));
        Assert.Equal(("n2", "/d/n2", "00112233-4455-6677-8899-aabbccddeeff"), (settings.Id.ToString(), settings.DataDirectory, settings.Cluster.ToString()));
        Assert.Equal((3, 1, 3, WriteDurability.Os), (settings.N, settings.R, settings.W, settings.Durability));
        Assert.Equal(["n1", "n2"], settings.Members.Select(member => member.Id.ToString()));
        Assert.Equal(("b", 2, 8102, 9102, 7102), (settings.Self.Zone, settings.Self.Weight, settings.Self.Http!.Port, settings.Self.Peer.Port, settings.Self.Redis!.Port));
        Assert.Equal(new PrefixPolicy("cache:", ConflictPolicy.LastWriteWins), Assert.Single(settings.Policies));
    }

    [Fact]
    public void A_flag_wins_over_the_environment_which_wins_over_the_file()
    {
        var settings = Read(File, [("TOYSTORE_R", "2"), ("TOYSTORE_W", "2"), ("TOYSTORE_ID", "n1")], ("w", "1"), ("data", "/d"));
        Assert.Equal(("n1", 3, 2, 1), (settings.Id.ToString(), settings.N, settings.R, settings.W));
    }

    [Fact]
    public void Members_of_one_place_replace_those_of_another_as_a_whole()
    {
        var settings = Read(File, [("TOYSTORE_MEMBERS", "n7,peer=h:1;n8,peer=h:2,zone=z")], ("id", "n8"), ("data", "/d"));
        Assert.Equal(["n7", "n8"], settings.Members.Select(member => member.Id.ToString()));
        Assert.Equal("z", settings.Self.Zone);
    }

    [Fact]
    public void A_node_alone_needs_only_a_directory()
    {
        var settings = Read(null, [], ("data", "/d"));
        Assert.Equal(("n1", 3, 2, 2, WriteDurability.Fsync, 16_777_216), (settings.Id.ToString(), settings.N, settings.R, settings.W, settings.Durability, settings.ValueBytesMax));
        Assert.Equal(("127.0.0.1:8101", "127.0.0.1:9101"), (settings.Self.Http!.ToString(), settings.Self.Peer.ToString()));
        Assert.Equal(Made, settings.Cluster);
    }

    [Fact]
    public void A_node_may_listen_elsewhere_than_it_is_found()
    {
        var settings = Read(File, [("TOYSTORE_HTTP", "0.0.0.0:80")], ("id", "n1"), ("data", "/d"), ("peer", "0.0.0.0:9101"));
        Assert.Equal(("0.0.0.0:80", "0.0.0.0:9101"), (settings.ListenHttp!.ToString(), settings.ListenPeer!.ToString()));
        Assert.Equal(("127.0.0.1:8101", "127.0.0.1:9101"), (settings.Self.Http!.ToString(), settings.Self.Peer.ToString()));
    }

    [Fact]
    public void A_node_alone_is_found_where_it_listens()
    {
        var settings = Read(null, [], ("data", "/d"), ("http", "127.0.0.1:80"));
        Assert.Equal("127.0.0.1:80", settings.Self.Http!.ToString());
    }

    [Fact]
    public void Hints_have_a_limit_and_an_age_wherever_they_stand()
    {
        var plain = Read(null, [], ("data", "/d"));
        Assert.Equal((1L << 30, TimeSpan.FromHours(24)), (plain.HintBytesMax, plain.HintAgeMax));
        Assert.Equal(Toystore.Node.DamagedStoreKind.Refuse, plain.DamagedStore);
        Assert.Equal(Toystore.Node.DamagedStoreKind.Refill, Read(File, [("TOYSTORE_DAMAGED_STORE", "refill")], ("id", "n1"), ("data", "/d")).DamagedStore);
        var set = Read(File.Replace("\"n\": 3,", "\"n\": 3, \"hintLimit\": 5, \"hintAge\": \"90m\",", StringComparison.Ordinal), [("TOYSTORE_HINT_AGE", "2h")], ("id", "n1"), ("data", "/d"));
        Assert.Equal((5L << 20, TimeSpan.FromHours(2)), (set.HintBytesMax, set.HintAgeMax));
    }

    [Fact]
    public void Verifying_the_disk_has_a_rate_and_can_be_switched_off()
    {
        Assert.Equal(8L << 20, Read(null, [], ("data", "/d")).ScrubBytesPerSecond);
        Assert.Equal(5L << 20, Read(File.Replace("\"n\": 3,", "\"n\": 3, \"scrubRate\": 5,", StringComparison.Ordinal), [], ("id", "n1"), ("data", "/d")).ScrubBytesPerSecond);
        Assert.Equal(0, Read(null, [("TOYSTORE_SCRUB_RATE", "0")], ("data", "/d")).ScrubBytesPerSecond);
    }

    [Fact]
    public void Membership_is_a_preset_and_what_overrides_it_wherever_it_stands()
    {
        var settings = Read(
            File.Replace("\"n\": 3,", "\"n\": 3, \"network\": \"wan\", \"probeInterval\": \"3s\", \"suspicionMaxFactor\": 2.5, \"gossipToTheDead\": 0,", StringComparison.Ordinal),
            [("TOYSTORE_PROBE_TIMEOUT", "600ms")], ("id", "n1"), ("data", "/d"), ("probe-helpers", "5"), ("probe-interval", "4s"));
        Assert.Equal(
            SwimOptions.Wan with { ProbeInterval = TimeSpan.FromSeconds(4), ProbeTimeout = TimeSpan.FromMilliseconds(600), Helpers = 5, SuspicionMaxFactor = 2.5, GossipToTheDead = TimeSpan.Zero },
            settings.Membership.Over(settings.Network));
        Assert.Equal(SwimOptions.Lan, Read(null, [], ("data", "/d")) is { } plain ? plain.Membership.Over(plain.Network) : null);
    }

    [Fact]
    public void Every_number_of_the_membership_protocol_can_be_set()
    {
        var options = new MembershipOptions();
        Assert.All(MembershipSetting.All, setting => Assert.True(setting.TrySet(options, "1")));
        Assert.All(typeof(MembershipOptions).GetProperties(), property => Assert.NotNull(property.GetValue(options)));
        Assert.Equal(MembershipSetting.All.Count, typeof(MembershipOptions).GetProperties().Length);
        Assert.All(MembershipSetting.All, setting => Assert.NotNull(typeof(SwimOptions).GetProperty(setting.Option)));
    }

    [Fact]
    public void Reads_and_writes_default_to_the_majority() => Assert.Equal((3, 3), (Read(null, [], ("data", "/d"), ("n", "5")).R, Read(null, [], ("data", "/d"), ("n", "5")).W));

    [Theory]
    [InlineData("--id is 'x'", "id", "x")]
    [InlineData("--id is n9, which is no member: the members are n1, n2", "id", "n9")]
    [InlineData("--hint-age is '30s'; it must be a length of time from 1m to 30d", "hint-age", "30s")]
    [InlineData("--hint-limit is '0': it is a whole number, 1 to 1048576", "hint-limit", "0")]
    [InlineData("--n is '0': it is a whole number, 1 to 16", "n", "0")]
    [InlineData("--r is '4': it is a whole number, 1 to 3 (N)", "r", "4")]
    [InlineData("--durability is 'maybe': it is one of fsync, os", "durability", "maybe")]
    [InlineData("--cluster-id is 'x', which is no cluster id", "cluster-id", "x")]
    [InlineData("--http is 'x', which is no address", "http", "x")]
    [InlineData("--network is 'moon': it is one of local, lan, wan", "network", "moon")]
    [InlineData("--probe-timeout is 'soon': it is a length of time like 250ms, 2s or 1m.", "probe-timeout", "soon")]
    [InlineData("--probe-timeout is 400 ms; it must be 10 ms to 333.3 ms (a third of ProbeInterval", "probe-timeout", "400ms")]
    [InlineData("--probe-timeout is 300 ms; it must be 10 ms to 166.7 ms (a third of ProbeInterval", "probe-interval", "500ms")]
    [InlineData("--probe-helpers is '-1': it is a number.", "probe-helpers", "-1")]
    [InlineData("--probe-helpers is 9; it must be 0 to 8.", "probe-helpers", "9")]
    [InlineData("--suspicion-factor is 0.5; it must be 1 to 20.", "suspicion-factor", "0.5")]
    [InlineData("--gossip-interval is 2 s; it must be 10 ms to 1 s (no more than ProbeInterval", "gossip-interval", "2s")]
    [InlineData("--push-pull-interval is 500 ms; it must be 1 s to 3600 s.", "push-pull-interval", "500ms")]
    [InlineData("--policy is 'a': write PREFIX=siblings or PREFIX=lww", "policy", "a")]
    [InlineData("--member: 'x' is no node id", "member", "x")]
    [InlineData("--member: n1 has no peer address", "member", "n1")]
    [InlineData("--member: n1 has a 'color' that means nothing here", "member", "n1,peer=h:1,color=red")]
    [InlineData("--member: weight of n1 is '0'", "member", "n1,peer=h:1,weight=0")]
    [InlineData("--log-level is 'loud'", "log-level", "loud")]
    [InlineData("--value-limit is '1.5'", "value-limit", "1.5")]
    public void A_problem_names_its_place_and_what_would_be_right(string expected, string name, string text)
    {
        var problems = Problems(File, [], ("data", "/d"), (name, text));
        Assert.Contains(problems, problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_are_found_at_once() => Assert.Equal(3, Problems(null, [("TOYSTORE_N", "x"), ("TOYSTORE_DURABILITY", "y")]).Count);

    [Fact]
    public void A_problem_in_the_file_names_the_file() =>
        Assert.Contains("w in cluster.json is '9': it is a whole number, 1 to 3 (N).", Problems("""{"n":3,"w":9}""", [], ("data", "/d")));

    [Theory]
    [InlineData("two members", """{"members":[{"id":"n1","peer":"h:1"},{"id":"n1","peer":"h:2"}]}""", "n1 is a member 2 times")]
    [InlineData("one address", """{"members":[{"id":"n1","peer":"h:1","http":"h:1"}]}""", "h:1 is used 2 times")]
    [InlineData("no cluster", """{"members":[{"id":"n1","peer":"h:1"},{"id":"n2","peer":"h:2"}]}""", "A cluster of 2 members needs an id")]
    [InlineData("no self", """{"members":[{"id":"n1","peer":"h:1"},{"id":"n2","peer":"h:2"}]}""", "Say which of the 2 members this is")]
    public void Members_that_do_not_fit_together_are_a_problem(string what, string file, string expected)
    {
        Assert.NotEmpty(what);
        Assert.Contains(Problems(file, [], ("data", "/d")), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[]", "is no JSON object")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"nn":3}""", "'nn' that means nothing here")]
    [InlineData("""{"members":{}}""", "is a list")]
    [InlineData("""{"members":[1]}""", "members[0] in cluster.json is an object")]
    [InlineData("""{"members":[{}]}""", "members[0] in cluster.json has no id")]
    [InlineData("""{"n":true}""", "n in cluster.json is a text or a number")]
    [InlineData("""{"policies":[{"prefix":"a"}]}""", "exactly a prefix and a policy")]
    public void A_file_that_is_none_is_refused(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<Toystore.Cli.UsageException>(() => ClusterFile.Parse(json, "cluster.json")).Message, StringComparison.Ordinal);

    private static ServeSettings Read(string? file, (string, string)[] environment, params (string, string)[] flags)
    {
        var (settings, problems) = Reader(file, environment, flags).Read(_ => Made);
        Assert.Empty(problems);
        return settings!;
    }

    private static IReadOnlyList<string> Problems(string? file, (string, string)[] environment, params (string, string)[] flags)
    {
        var (settings, problems) = Reader(file, environment, flags).Read(_ => Made);
        Assert.Null(settings);
        return problems;
    }

    private static ServeSettingsReader Reader(string? file, (string Name, string Value)[] environment, (string Name, string Value)[] flags)
    {
        var variables = environment.ToDictionary(variable => variable.Name, variable => variable.Value);
        var sources = new List<ISettingSource> { new Flags(flags), new EnvironmentSettings(variables.GetValueOrDefault) };
        if (file is not null)
        {
            sources.Add(ClusterFile.Parse(file, "cluster.json"));
        }

        return new ServeSettingsReader(sources);
    }

    private sealed class Flags((string Name, string Value)[] flags) : ISettingSource
    {
        public IReadOnlyList<Setting> Find(string name) => [.. flags.Where(flag => flag.Name == name).Select(flag => new Setting(flag.Value, "--" + name))];
    }
}
