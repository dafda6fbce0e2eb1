using System.Text;
using System.Text.Json;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Nodes that are restarted under load, gently one by one or roughly one after the other, cost nobody anything.</summary>
public sealed class RollingRestartTests : RealProcessTests
{
    private const int Rounds = 50;

    [Fact]
    public async Task No_request_fails_twice_while_one_node_after_the_other_is_drained_and_restarted()
    {
        var cluster = await StartClusterAsync(new ClusterShape(3));
        var doors = cluster.Nodes.SelectMany(node => (string[])["--node", node.HttpAddress]).ToArray();
        foreach (var node in cluster.Nodes)
        {
            var other = cluster.Nodes.First(other => other != node);
            await using var bench = RunningProcess.Toystore(["bench", .. doors, "--json", "--duration", "12s", "--warmup", "1s", "--connections", "6", "--keys", "300", "--value-size", "100", "--retry", "1"]);
            await Patience.UntilAsync("the load is on", async () => await RequestsAsync(node) > 500 || !bench.IsRunning, Cancel);

            Assert.Contains($"{node.Id} has no clients any more", (await other.RunAsync("drain", node.Id)).Expect(0).Output, StringComparison.Ordinal);
            await node.StopAsync(Cancel);
            await node.StartAsync(Cancel);
            (await other.RunAsync("hints", "wait")).Expect(0);

            var report = JsonDocument.Parse((await bench.EndAsync(Cancel)).Expect(0).Output).RootElement;
            Assert.Equal((0, 0), (report.GetProperty("failed").GetInt64(), report.GetProperty("errors").EnumerateObject().Count()));
            await RealCluster.UntilStatusAsync(other, "all is well", status => status.Healthy, Cancel);
        }
    }

    [Fact]
    public async Task A_node_stays_where_another_is_down_already()
    {
        var cluster = await StartClusterAsync(new ClusterShape(3) { Durability = "os" });
        await cluster[3].KillAsync();
        var refused = (await cluster[1].RunAsync("drain", "n2")).Expect(4);
        Assert.Contains("n2 should stay: n3 is down already", refused.Error, StringComparison.Ordinal);
        (await cluster[1].RunAsync("drain", "n2", "--force")).Expect(0);
        Assert.Contains("about to be stopped", await ReadyTextAsync(cluster[2]), StringComparison.Ordinal);
        (await cluster[1].RunAsync("drain", "n2", "--undo")).Expect(0);
        Assert.Equal("ready\n", await ReadyTextAsync(cluster[2]));
    }

    // Killed, or asked to stop; started again at once, and the next one is chosen before it has caught up.
    [Theory]
    [InlineData(20261123)]
    public async Task Nothing_acknowledged_is_lost_in_fifty_rounds_of_quick_restarts_of_random_nodes(int seed)
    {
        var random = new Random(seed);
        var cluster = await StartClusterAsync(new ClusterShape(5));
        var history = new WriteHistory();
        using var load = new Load(history) { Timeout = TimeSpan.FromSeconds(5), DeleteEvery = 9 };
        var clients = Task.WhenAll(cluster.Nodes.SelectMany(node => Enumerable.Range(0, 2).Select(i => load.RunAsync(node, $"{node.Id}.{i}"))));
        for (var round = 0; round < Rounds; round++)
        {
            var node = cluster.Nodes[random.Next(cluster.Nodes.Count)];
            var until = load.Requests + random.Next(10, 120);
            await Patience.UntilAsync("some work is done", () => load.Requests > until || clients.IsCompleted, Cancel);
            await (random.Next(3) == 0 ? node.StopAsync(Cancel) : node.KillAsync());
            await node.StartAsync(Cancel);
        }

        load.End();
        await clients;
        foreach (var node in cluster.Nodes)
        {
            await RealCluster.UntilStatusAsync(node, "all is well again", status => status.Healthy, Cancel);
        }

        (await cluster[1].RunAsync("hints", "wait")).Expect(0);
        await CheckAsync(cluster.Nodes[random.Next(cluster.Nodes.Count)], history);
        TestContext.Current.TestOutputHelper?.WriteLine($"{history.Acknowledged} writes and deletes acknowledged in {Rounds} rounds");
    }

    private static async ValueTask<long> RequestsAsync(RealNode node)
    {
        using var client = node.Connect();
        return (await client.DrainReportAsync(Cancel)).Requests;
    }

    private static async Task<string> ReadyTextAsync(RealNode node)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var response = await http.GetAsync(new Uri(node.Http, "/health/ready"), Cancel);
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    private static async Task CheckAsync(RealNode node, WriteHistory history)
    {
        using var client = node.Connect();
        await Parallel.ForEachAsync(history.KeysSince(0), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (key, cancellationToken) =>
        {
            var shown = await client.GetAsync(key, new ReadOptions { Timeout = TimeSpan.FromSeconds(60) }, cancellationToken) switch
            {
                ReadOutcome.Found found => found.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)).ToHashSet(),
                ReadOutcome.NotFound => [],
                var other => throw new InvalidOperationException($"{key} through {node.Id}: {other}"),
            };
            Assert.True(history.Explain(key, shown) is null, $"{key} through {node.Id}: {history.Explain(key, shown)}");
        });
    }
}
