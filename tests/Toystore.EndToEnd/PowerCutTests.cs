using System.Text;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Promise 1: an acknowledged write is never lost, here while all nodes are killed at once, again and again, under load.</summary>
public sealed class PowerCutTests : RealProcessTests
{
    private const int Rounds = 20;
    private const int WorkersPerNode = 4;
    private const int SharedKeys = 6;

    [Theory]
    [InlineData(20260727)]
    public async Task Every_acknowledged_write_survives_the_killing_of_all_nodes(int seed)
    {
        var random = new Random(seed);
        var cluster = await StartClusterAsync(new ClusterShape(5));
        var history = new WriteHistory();
        for (var round = 1; round <= Rounds; round++)
        {
            var until = history.Acknowledged + random.Next(20, 300);
            using var over = new CancellationTokenSource();
            var work = Task.WhenAll(cluster.Nodes.SelectMany(node => Enumerable.Range(0, WorkersPerNode)
                .Select(worker => new Writer(node, $"r{round}/{node.Id}/{worker}", new Random(random.Next()), SharedKeys, history).RunAsync(over.Token))));
            await Patience.UntilAsync($"{until} writes are acknowledged", () => history.Acknowledged >= until || work.IsCompleted, Cancel);
            await cluster.KillAllAsync();
            await over.CancelAsync();
            await work;

            await cluster.StartAsync(Cancel);
            foreach (var r in (int[])[2, 3])
            {
                await CheckAsync(cluster.Nodes[random.Next(cluster.Nodes.Count)], r, history.KeysSince(round == Rounds ? 0 : history.KeysBefore), history, round);
            }

            history.EndRound();
        }
    }

    private static async Task CheckAsync(RealNode node, int r, IReadOnlyList<string> keys, WriteHistory history, int round)
    {
        using var client = node.Connect();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (key, cancellationToken) =>
        {
            var outcome = await client.GetAsync(key, new ReadOptions { R = r, Timeout = TimeSpan.FromSeconds(60) }, cancellationToken);
            var shown = outcome switch
            {
                ReadOutcome.Found found => found.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)).ToHashSet(),
                ReadOutcome.NotFound => [],
                _ => throw new InvalidOperationException($"round {round}, R={r}, {key} through {node.Id}: {outcome}"),
            };
            Assert.True(history.Explain(key, shown) is null, $"round {round}, R={r}, {key} through {node.Id}: {history.Explain(key, shown)}");
        });
    }
}
