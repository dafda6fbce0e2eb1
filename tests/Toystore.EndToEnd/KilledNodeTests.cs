using System.Collections.Concurrent;
using System.Text;
using Toystore.Core;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>One node less is nothing to those who use the others.</summary>
public sealed class KilledNodeTests : RealProcessTests
{
    private const int WorkersPerNode = 3;
    private const int RoundsAfterwards = 60;

    [Fact]
    public async Task Reads_and_writes_go_on_through_every_other_node_when_one_is_killed()
    {
        var cluster = await StartClusterAsync(new ClusterShape(5));
        var killed = cluster[3];
        var others = cluster.Nodes.Where(node => node != killed).ToList();
        var failures = new ConcurrentQueue<(string What, bool BegunAfterTheKill)>();
        var isKilled = false; // set when the process is gone
        var before = 0;

        async Task WorkAsync(RealNode node, int worker)
        {
            using var client = node.Connect();
            var left = RoundsAfterwards;
            for (var round = 0; left > 0; round++)
            {
                var after = Volatile.Read(ref isKilled);
                left -= after ? 1 : 0;
                Key key = $"{node.Id}/{worker}/{round}";
                var written = await client.PutAsync(key, Text(key), new WriteOptions { Timeout = TimeSpan.FromSeconds(60) }, Cancel);
                var read = await client.GetAsync(key, new ReadOptions { Timeout = TimeSpan.FromSeconds(60) }, Cancel);
                if (written is not WriteOutcome.Done)
                {
                    failures.Enqueue(($"{node.Id} put {key}: {written}", after));
                }
                else if (read is not ReadOutcome.Found { Values: [var value] } || !value.Bytes.Span.SequenceEqual(key.Span))
                {
                    failures.Enqueue(($"{node.Id} get {key}: {read}", after));
                }

                Interlocked.Increment(ref before);
            }
        }

        var work = Task.WhenAll(others.SelectMany(node => Enumerable.Range(0, WorkersPerNode).Select(worker => WorkAsync(node, worker))));
        await Patience.UntilAsync("some work is done", () => Volatile.Read(ref before) > 200 || work.IsCompleted, Cancel);
        await killed.KillAsync();
        Volatile.Write(ref isKilled, true);
        await work;

        Assert.Empty(failures.Where(failure => failure.BegunAfterTheKill).Select(failure => failure.What));
        Assert.True(failures.Count <= others.Count * WorkersPerNode, $"More than what was under way has failed:\n{string.Join('\n', failures)}");

        await killed.StartAsync(Cancel);
        foreach (var node in cluster.Nodes)
        {
            await RealCluster.UntilStatusAsync(node, "all is well again", status => status.Healthy, Cancel);
        }

        using var back = killed.Connect();
        foreach (var node in others)
        {
            Key key = $"{node.Id}/0/0";
            var found = Assert.IsType<ReadOutcome.Found>(await back.GetAsync(key, cancellationToken: Cancel));
            Assert.Equal(key.ToString(), Encoding.UTF8.GetString(found.Values.Single().Bytes.Span));
        }

        Assert.IsType<WriteOutcome.Done>(await back.PutAsync("through the one that was killed", Text("yes"), new WriteOptions { W = 3 }, Cancel));
    }

    [Fact]
    public async Task A_node_that_is_asked_to_stop_ends_with_code_0_and_keeps_what_it_has()
    {
        var cluster = await StartClusterAsync(new ClusterShape(1) { Durability = "os" });
        (await cluster[1].RunAsync("put", "key", "value")).Expect(0);

        await cluster[1].StopAsync(Cancel);

        Assert.Contains("has stopped cleanly", cluster[1].Text, StringComparison.Ordinal);
        (await cluster[1].RunAsync("get", "key")).Expect(4);
        await cluster[1].StartAsync(Cancel);
        Assert.Equal("value", (await cluster[1].RunAsync("get", "key")).Expect(0).Output);
    }

    private static Value Text(Key key) => new(key.Memory);
}
