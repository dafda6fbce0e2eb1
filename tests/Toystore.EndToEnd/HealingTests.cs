using System.Text;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>A cluster that was hurt repairs itself, with nobody asking: a node killed, a disk wiped, a node cut off for two minutes, one after the other under load.</summary>
public sealed class HealingTests : RealProcessTests
{
    private const int ClientsPerNode = 2;
    private const int KeysBefore = 4000;
    private const int DeletedOfThem = 3; // every third

    private static readonly TimeSpan CutFor = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    private readonly List<string> _times = [];
    private long _since;

    [Fact]
    public async Task What_was_killed_wiped_and_cut_off_under_load_is_whole_again_and_nothing_acknowledged_is_lost_and_nothing_deleted_is_back()
    {
        var network = KeepLongest(await PrivateNetwork.CreateAsync(Cancel));
        var cluster = await StartClusterAsync(new ClusterShape(5) { PlaceOf = node => node == 5 ? network.There : new NodePlace(network.Here, []) });
        var (killed, wiped, cut) = (cluster[2], cluster[3], cluster[5]);
        var history = new WriteHistory();
        await WriteBeforeAsync(cluster[1], history);
        using var load = new Load(history) { Timeout = TimeSpan.FromSeconds(5), DeleteEvery = 7 };
        var clients = Task.WhenAll(cluster.Nodes.SelectMany(node => Enumerable.Range(0, ClientsPerNode).Select(i => load.RunAsync(node, $"{node.Id}.{i}"))));
        await WorkAsync(load, clients);

        await network.CutAsync(but: cut.HttpPort, Cancel);
        var cutAt = TimeProvider.System.GetTimestamp();
        foreach (var node in cluster.Nodes.Where(node => node != cut))
        {
            await RealCluster.UntilStatusAsync(node, "n5 is held dead", status => status.Members.Single(member => member.Id == cut.Id).Membership?.State == "dead", Cancel);
        }

        await killed.KillAsync();
        await WorkAsync(load, clients);
        Begin();
        await killed.StartAsync(Cancel);
        Took("n2, killed: from its start until it takes requests");
        await UntilNoHintsAsync(cluster[1], killed.Id);
        Took("n2: until it has been given all hints");

        await wiped.StopAsync(Cancel);
        Directory.Delete(wiped.DataDirectory, recursive: true);
        await WorkAsync(load, clients);
        Begin();
        await wiped.StartAsync(Cancel);
        Took("n3, wiped: from its start until it takes requests");
        await UntilComparedAsync(wiped);
        Took("n3: until it has been given back all that those have whom it can reach, under load");

        await Patience.UntilAsync("n5 has been cut off long enough", () => TimeProvider.System.GetElapsedTime(cutAt) > CutFor || clients.IsCompleted, Cancel);
        await network.MendAsync(Cancel);
        _times.Add($"n5 was cut off for {TimeProvider.System.GetElapsedTime(cutAt).TotalSeconds:0} s");
        Begin();
        foreach (var node in cluster.Nodes)
        {
            await RealCluster.UntilStatusAsync(node, "all is well again", status => status.Healthy && status.Members.All(member => member.Membership?.State == "alive"), Cancel);
        }

        Took("n5: until every node reaches every other");
        await UntilKnowingAsync(wiped);
        Took("n3: until it vouches for all its slots, under load");
        await WorkAsync(load, clients);
        load.End();
        await clients;
        Begin();
        await UntilNoHintsAsync(cluster[1]);
        Took("the cluster, once nobody writes: until no hints are left");
        await UntilEqualAsync(cluster[1]);
        Took("until all trees are equal");
        foreach (var node in cluster.Nodes)
        {
            await CheckAsync(node, history);
        }

        Took($"{history.KeysSince(0).Count} keys read from one copy through each of five nodes");
        TestContext.Current.TestOutputHelper?.WriteLine($"{history.Acknowledged} writes and deletes acknowledged\n{string.Join('\n', _times)}");
    }

    private static async Task WriteBeforeAsync(RealNode node, WriteHistory history)
    {
        using var client = node.Connect();
        await Parallel.ForAsync(0, KeysBefore, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (i, cancellationToken) =>
        {
            var (key, value) = ($"before/{i}", $"{i}:{new string('x', i % 500)}");
            history.Begin(key, value, []);
            var written = Assert.IsType<WriteOutcome.Done>(await client.PutAsync(key, new Value(Encoding.UTF8.GetBytes(value)), cancellationToken: cancellationToken));
            history.Acknowledge(key, value);
            if (i % DeletedOfThem == 0)
            {
                history.BeginDelete(key, $"delete {i}", [value]);
                Assert.IsType<WriteOutcome.Done>(await client.DeleteAsync(key, new WriteOptions { Context = written.Context }, cancellationToken));
                history.Acknowledge(key, $"delete {i}");
            }
        });
    }

    private static Task WorkAsync(Load load, Task clients)
    {
        var until = load.Requests + 500;
        return Patience.UntilAsync("more work is done", () => load.Requests > until || clients.IsCompleted, Cancel);
    }

    private static async Task UntilNoHintsAsync(RealNode node, string? target = null)
    {
        using var client = node.Connect();
        await Patience.UntilAsync($"no hints are kept for {target ?? "anybody"}", async () => await client.HintsAsync(Cancel) is var report && !report.Kept.Any(kept => target is null || kept.Target == target), Cancel, Limit);
    }

    // It has merged from enough others: from both other owners of a slot, so not before all of them are there.
    private static async Task UntilKnowingAsync(RealNode node)
    {
        using var client = node.Connect();
        await Patience.UntilAsync($"{node.Id} knows all its slots", async () =>
            (await client.RepairAsync(cancellationToken: Cancel)).Members.SingleOrDefault(member => member.Id == node.Id) is { SlotsUnknown: 0 }, Cancel, Limit);
    }

    // With everybody that it can reach.
    private static async Task UntilComparedAsync(RealNode node)
    {
        using var client = node.Connect();
        await Patience.UntilAsync($"{node.Id} has been compared with all others to the end", async () =>
            (await client.RepairAsync(cancellationToken: Cancel)).Members.SingleOrDefault(member => member.Id == node.Id) is { } own
            && own.Peers.All(peer => peer.Away || peer is { BeganSeconds: not null, SlotsUnfinished: 0, Problem: null }), Cancel, Limit);
    }

    private static async Task UntilEqualAsync(RealNode node)
    {
        using var client = node.Connect();
        RepairReport? last = null;
        try
        {
            await Patience.UntilAsync("all trees are equal", async () => (last = await client.RepairAsync(cancellationToken: Cancel)) is { PairsDiffering: 0, PairsUnknown: 0, Unknown.Count: 0 }, Cancel, Limit);
        }
        finally
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{last?.PairsEqual} pairs of nodes have equal trees, {last?.PairsDiffering} differ, {last?.PairsUnknown} are not known");
        }
    }

    // Each copy alone has to be right.
    private static async Task CheckAsync(RealNode node, WriteHistory history)
    {
        using var client = node.Connect();
        await Parallel.ForEachAsync(history.KeysSince(0), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (key, cancellationToken) =>
        {
            var outcome = await client.GetAsync(key, new ReadOptions { R = 1, Timeout = TimeSpan.FromSeconds(60) }, cancellationToken);
            var shown = outcome switch
            {
                ReadOutcome.Found found => found.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)).ToHashSet(),
                ReadOutcome.NotFound => [],
                _ => throw new InvalidOperationException($"{key} through {node.Id}: {outcome}"),
            };
            Assert.True(history.Explain(key, shown) is null, $"{key} through {node.Id}: {history.Explain(key, shown)}");
        });
    }

    private void Begin() => _since = TimeProvider.System.GetTimestamp();

    private void Took(string what)
    {
        _times.Add(FormattableString.Invariant($"{what}: {TimeProvider.System.GetElapsedTime(_since).TotalSeconds:0.0} s"));
        Begin();
    }
}
