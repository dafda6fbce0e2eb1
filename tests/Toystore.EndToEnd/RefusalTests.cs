using System.Text.Json;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>What is set up wrongly is refused, and says why.</summary>
public sealed class RefusalTests : RealProcessTests
{
    [Fact]
    public async Task A_node_with_another_list_of_members_is_refused_by_the_others()
    {
        var cluster = NewCluster(new ClusterShape(3));
        cluster[3].ConfigFile = Path.Combine(Root, "other.json");
        var stranger = new RealNode("n4", NodePlace.Loopback, 1, 2, Root);
        await File.WriteAllTextAsync(cluster[3].ConfigFile, new ClusterShape(4).ToJson(cluster.Id, [.. cluster.Nodes, stranger]), Cancel);
        await StartAsync(cluster);
        foreach (var (asked, other) in ((RealNode, string)[])[(cluster[1], "n2"), (cluster[2], "n1")])
        {
            var status = await RealCluster.UntilStatusAsync(
                asked, "n3 has other options", status => Problem(status, "n3")?.Contains("n4 is in the options and no member of the cluster", StringComparison.Ordinal) == true, Cancel);
            Assert.False(status.Healthy);
            Assert.Contains("Start it with the options that the others were founded with", Problem(status, "n3"), StringComparison.Ordinal);
            Assert.Null(Problem(status, other));
        }

        await Patience.UntilAsync("n3 logs it", () => cluster[3].Text.Contains("n4 is in the options and no member", StringComparison.Ordinal), Cancel);
        Assert.True((await cluster[3].RunAsync("put", "through n3", "value")).ExitCode is 4 or 5); // unavailable or unknown, and never done
        (await cluster[1].RunAsync("put", "through n1", "value")).Expect(0);
        var shown = (await cluster[1].RunAsync("status")).Expect(1).Output;
        Assert.Contains("n3", shown, StringComparison.Ordinal);
        Assert.Contains("n4 is in the options", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_refused_by_the_others()
    {
        var cluster = NewCluster(new ClusterShape(3));
        cluster[3].ConfigFile = Path.Combine(Root, "other.json");
        var other = Guid.NewGuid();
        await File.WriteAllTextAsync(cluster[3].ConfigFile, new ClusterShape(3).ToJson(other, cluster.Nodes), Cancel);
        await StartAsync(cluster);
        await RealCluster.UntilStatusAsync(
            cluster[1], "n3 is of another cluster", status => Problem(status, "n3") is { } problem && problem.Contains($"{other}", StringComparison.Ordinal) && problem.Contains($"{cluster.Id}", StringComparison.Ordinal), Cancel);
    }

    // n1 and n2 found a cluster, which n3 does not come into.
    private static async Task StartAsync(RealCluster cluster)
    {
        foreach (var node in cluster.Nodes)
        {
            node.Start();
        }

        await cluster[1].ReadyAsync(Cancel);
        await cluster[2].ReadyAsync(Cancel);
    }

    [Fact]
    public async Task A_second_process_on_the_same_directory_is_refused()
    {
        var cluster = await StartClusterAsync(new ClusterShape(1));
        var ports = FreePorts.Take(2);

        var second = await ToystoreAsync(cluster[1].ServeWords("--data", cluster[1].DataDirectory, "--http", $"127.0.0.1:{ports[0]}", "--peer", $"127.0.0.1:{ports[1]}"));

        second.Expect(1);
        Assert.Contains(cluster[1].DataDirectory, second.Error, StringComparison.Ordinal);
        Assert.Contains("another process", second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", second.Error, StringComparison.Ordinal);
        (await cluster[1].RunAsync("put", "key", "value")).Expect(0);
    }

    [Theory]
    [InlineData("--peer")]
    [InlineData("--http")]
    public async Task A_port_that_is_taken_is_named(string door)
    {
        var cluster = await StartClusterAsync(new ClusterShape(1));
        var free = FreePorts.Take(1)[0];

        // One door in the way of the running node, the other one free.
        var second = await ToystoreAsync(cluster[1].ServeWords("--data", Path.Combine(Root, "second"), door == "--peer" ? "--http" : "--peer", $"127.0.0.1:{free}"));

        second.Expect(1);
        Assert.Contains(door == "--peer" ? cluster[1].PeerAddress : cluster[1].HttpAddress, second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", second.Error, StringComparison.Ordinal);
        (await cluster[1].RunAsync("put", "key", "value")).Expect(0);
    }

    [Fact]
    public async Task Wrong_settings_are_all_named_at_once()
    {
        var result = await ToystoreAsync("serve", "--id", "seven", "--n", "0", "--durability", "maybe", "--http", "nowhere", "--member", "n1,peer=127.0.0.1:1,colour=red", "--value-limit", "-1", "--log-level", "loud");

        result.Expect(2);
        foreach (var problem in (string[])["--data", "--id is 'seven'", "--n is '0'", "--durability is 'maybe'", "--http is 'nowhere'", "'colour'", "--value-limit is '-1'", "--log-level is 'loud'"])
        {
            Assert.Contains(problem, result.Error, StringComparison.Ordinal);
        }

        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_misspelt_property_of_the_clusters_file_is_named()
    {
        var file = Path.Combine(Root, "cluster.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { clusterId = Guid.NewGuid(), durabilty = "os" }), Cancel);

        Assert.Contains("durabilty", (await ToystoreAsync("serve", "--config", file, "--data", Path.Combine(Root, "n1"))).Expect(2).Error, StringComparison.Ordinal);
    }

    private static string? Problem(ClusterStatus status, string id) => status.Members.Single(member => member.Id == id).Problem;
}
