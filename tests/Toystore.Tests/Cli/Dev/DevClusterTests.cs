using System.Net;
using System.Net.Sockets;
using Toystore.Cli;
using Toystore.Cli.Dev;
using Toystore.Cli.Serve;

namespace Toystore.Tests.Cli.Dev;

public sealed class DevClusterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("toystore-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_dev_writes_serve_reads()
    {
        var cluster = DevCluster.New(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 16, 3, 3, null, 2, "os");
        var (settings, problems) = new ServeSettingsReader([new Flags("n10", "/d"), ClusterFile.Parse(cluster.ToJson(), "cluster.json")]).Read(_ => default);
        Assert.Empty(problems);
        Assert.Equal((16, "z1", 8116, 7116, 9116), (settings!.Members.Count, settings.Self.Zone, settings.Self.Http!.Port, settings.Self.Redis!.Port, settings.Self.Peer.Port));
        Assert.Equal((3, 2, 2, WriteDurability.Os), (settings.N, settings.R, settings.W, settings.Durability));
    }

    [Fact]
    public void Nodes_are_dealt_out_to_zones_in_turn() =>
        Assert.Equal(["z1", "z2", "z1", "z2", "z1"], DevCluster.New(Guid.Empty, 5, 2, 3, null, null, "fsync").Members.Select(member => member.Zone));

    [Fact]
    public void A_cluster_is_read_as_it_was_written()
    {
        var cluster = DevCluster.New(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 3, 1, 3, 1, null, "fsync");
        var file = Path.Combine(_directory, "cluster.json");
        File.WriteAllText(file, cluster.ToJson());
        Assert.Equal(cluster.ToJson(), DevCluster.Read(file).ToJson());
    }

    [Fact]
    public void Another_shape_than_the_directory_has_needs_fresh()
    {
        var old = DevCluster.New(Guid.Empty, 3, 1, 3, null, null, "fsync");
        new DevShape(3, null, null, null, null, null).CheckAgainst(old, "d");
        Assert.Contains("--fresh", Assert.Throws<UsageException>(() => new DevShape(5, null, null, null, null, null).CheckAgainst(old, "d")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_pid_of_a_stranger_is_no_node()
    {
        var layout = new DevLayout(_directory);
        DevLayout.WritePid(layout.PidFile("n1"), Environment.ProcessId);
        Assert.Equal(Environment.ProcessId, DevLayout.ReadPid(layout.PidFile("n1")));
        Assert.Null(layout.RunningNode("n1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("1 2")]
    [InlineData("99999999999")]
    public void A_pid_file_with_nonsense_is_none(string text)
    {
        var file = Path.Combine(_directory, "pid");
        File.WriteAllText(file, text);
        Assert.Null(DevLayout.ReadPid(file));
    }

    [Fact]
    public void Clearing_leaves_strangers_alone()
    {
        var layout = new DevLayout(_directory);
        DevLayout.WritePid(layout.PidFile("n1"), 1);
        File.WriteAllText(layout.ClusterFile, "{}");
        File.WriteAllText(Path.Combine(_directory, "mine.txt"), "");
        layout.Clear(["n1", "n2"]);
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName));
    }

    [Fact]
    public void A_taken_port_is_known_and_so_is_who_has_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.False(Ports.IsFree(port));
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"process {Environment.ProcessId} has it", Ports.Holder(port), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void This_process_runs_and_is_itself()
    {
        var mark = ProcessMark.Find(Environment.ProcessId);
        Assert.NotNull(mark);
        Assert.Equal(mark, ProcessMark.Find(Environment.ProcessId));
        Assert.Null(ProcessMark.Find(int.MaxValue));
    }

    [Fact]
    public async Task Starting_a_node_of_no_cluster_says_where_to_look()
    {
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Usage, await terminal.RunAsync("dev", "start", "n1", "--data", _directory));
        Assert.Contains("There is no local cluster in", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_id_made_up_once_stays()
    {
        var made = ClusterIdFile.ReadOrCreate(_directory);
        Assert.NotEqual(default, made);
        Assert.Equal(made, ClusterIdFile.ReadOrCreate(_directory));
    }

    private sealed class Flags(string id, string data) : ISettingSource
    {
        public IReadOnlyList<Setting> Find(string name) => name switch
        {
            SettingNames.Id => [new Setting(id, "--id")],
            SettingNames.Data => [new Setting(data, "--data")],
            _ => [],
        };
    }

    [Fact]
    public void All_ports_move_together()
    {
        var cluster = DevCluster.New(Guid.Empty, 2, 1, 3, null, null, "fsync", portOffset: 1000);
        Assert.Equal([9101, 10101, 8101, 9102, 10102, 8102], cluster.Members.SelectMany(member => member.Ports));
        new DevShape(null, null, null, null, null, null, PortOffset: 1000).CheckAgainst(cluster, "d");
        Assert.Contains("--port-offset", Assert.Throws<UsageException>(() => new DevShape(null, null, null, null, null, null, PortOffset: 0).CheckAgainst(cluster, "d")).Message, StringComparison.Ordinal);
    }
}
