using System.Text;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>What those who are left pay for a node that is gone, and what becomes of one that only stood still. Everything is waited for by what the nodes say.</summary>
public sealed class SteeringTests : RealProcessTests
{
    private const int ClientsPerNode = 2;
    private const int RequestsOnceDead = 400;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_node_killed_under_load_costs_each_request_one_wait_at_most_and_none_once_it_is_held_dead()
    {
        var cluster = await StartClusterAsync(new ClusterShape(5));
        var (killed, others) = (cluster[3], cluster.Nodes.Where((_, i) => i != 2).ToList());
        using var load = new Load(new WriteHistory());
        var clients = Task.WhenAll(others.SelectMany(node => Enumerable.Range(0, ClientsPerNode).Select(i => load.RunAsync(node, $"{node.Id}.{i}"))));
        await Patience.UntilAsync("some work is done", () => load.Requests > 200 || clients.IsCompleted, Cancel);
        var atKill = load.Requests;
        await killed.KillAsync();

        // A write that was handed to it to coordinate, over a connection of which nobody knows yet that it is gone, may have happened.
        foreach (var node in others)
        {
            await RealCluster.UntilStatusAsync(node, "n3 cannot be reached", status => Member(status, "n3").Link?.State != "up", Cancel);
        }

        load.Mark();

        foreach (var node in others)
        {
            await RealCluster.UntilStatusAsync(node, "n3 is dead", status => Member(status, "n3").Membership?.State == "dead", Cancel);
        }

        var requests = load.Requests - atKill;
        var before = await LinksAsync(others);
        var until = load.Requests + RequestsOnceDead;
        await Patience.UntilAsync("more work is done", () => load.Requests > until || clients.IsCompleted, Cancel);
        var after = await LinksAsync(others);
        load.End();
        await clients;

        // Each request sends a call to the dead node, once at most; what it sends is answered, or lost, or given up.
        Assert.Empty(load.Failures);
        Assert.All(before, link => Assert.InRange(link.TimedOut + link.Broken, 0, requests + (ClientsPerNode * others.Count)));
        Assert.Equal(before.Select(Paid), after.Select(Paid));
        Assert.Equal(0, after.Sum(link => link.TimedOut));
        Assert.All(after, link => Assert.Equal("refusing", link.State));
        Assert.True(after.Sum(link => link.Withheld) > before.Sum(link => link.Withheld));
        TestContext.Current.TestOutputHelper?.WriteLine($"{requests} requests from the kill to the last verdict; {string.Join("; ", after)}");
    }

    [Fact]
    public async Task A_node_that_stands_still_for_20_s_under_load_is_suspected_and_refutes_and_nothing_is_lost()
    {
        var cluster = await StartClusterAsync(new ClusterShape(5));
        var (paused, others) = (cluster[3], cluster.Nodes.Where((_, i) => i != 2).ToList());
        var history = new WriteHistory();
        using var load = new Load(history);
        var clients = Task.WhenAll(cluster.Nodes.SelectMany(node => Enumerable.Range(0, ClientsPerNode).Select(i => load.RunAsync(node, $"{node.Id}.{i}"))));
        await Patience.UntilAsync("some work is done", () => load.Requests > 300 || clients.IsCompleted, Cancel);
        var before = Member(await RealCluster.UntilStatusAsync(others[0], "n3 is alive", status => Member(status, "n3").Membership?.State == "alive", Cancel), "n3").Membership!.Incarnation;

        paused.Process.Pause();
        await Task.Delay(Pause, Cancel);
        foreach (var node in others)
        {
            await UntilSaidAsync(node, "n3 is suspected to be down");
        }

        paused.Process.Continue();
        await UntilSaidAsync(paused, " took this node for ");
        foreach (var node in cluster.Nodes)
        {
            await RealCluster.UntilStatusAsync(
                node, "all hold n3 alive again, in a later incarnation", status => status.Healthy && Member(status, "n3").Membership is { State: "alive", Views: { Alive: 4 } } held && held.Incarnation != before, Cancel);
        }

        load.Mark();
        var until = load.Requests + RequestsOnceDead;
        await Patience.UntilAsync("more work is done", () => load.Requests > until || clients.IsCompleted, Cancel);
        load.End();
        await clients;

        Assert.Empty(load.Failures);
        Assert.True(IsLater(Member(await RealCluster.UntilStatusAsync(others[0], "n3 is alive", status => Member(status, "n3").Membership?.State == "alive", Cancel), "n3").Membership!.Incarnation!, before!));
        Assert.DoesNotContain("is held dead", paused.Text, StringComparison.Ordinal);
        Assert.All(others, node => Assert.DoesNotMatch("n[1245] is held dead", node.Text));
        Assert.True(history.Acknowledged > 0);
        foreach (var node in (RealNode[])[paused, others[0]])
        {
            using var client = node.Connect();
            foreach (var key in history.KeysSince(0))
            {
                var read = await client.GetAsync(key, new ReadOptions { Timeout = TimeSpan.FromSeconds(60) }, Cancel);
                var shown = read switch
                {
                    ReadOutcome.Found found => found.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)).ToHashSet(),
                    ReadOutcome.NotFound => [],
                    _ => throw new InvalidOperationException($"{key} through {node.Id}: {read}"),
                };
                Assert.Null(history.Explain(key, shown));
            }
        }
    }

    private static Task UntilSaidAsync(RealNode node, string what) => Patience.UntilAsync($"{node.Id} says '{what}'", () => node.Text.Contains(what, StringComparison.Ordinal), Cancel);

    private static MemberStatus Member(ClusterStatus status, string id) => status.Members.Single(member => member.Id == id);

    // All that a request may have waited for; a call under way has been counted as asked.
    private static (long, long, long, long) Paid(LinkStatus link) => (link.Asked, link.TimedOut, link.Broken, link.Unreachable);

    private static async Task<List<LinkStatus>> LinksAsync(IEnumerable<RealNode> nodes)
    {
        var links = new List<LinkStatus>();
        foreach (var node in nodes)
        {
            links.Add(Member(await RealCluster.UntilStatusAsync(node, "n3 is dead", status => Member(status, "n3").Membership?.State == "dead", Cancel), "n3").Link!);
        }

        return links;
    }

    private static bool IsLater(string incarnation, string other) => Value(incarnation) > Value(other);

    private static (ulong, ulong) Numbers(string incarnation) => (ulong.Parse(incarnation.Split('.')[0]), ulong.Parse(incarnation.Split('.')[1]));

    private static ulong Value(string incarnation) => (Numbers(incarnation).Item1 << 32) + Numbers(incarnation).Item2;
}
