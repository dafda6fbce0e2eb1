using System.Security.Cryptography;
using Toystore.Core;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Keys of a cluster that works meanwhile.</summary>
public sealed class KeyRotationTests : RealProcessTests
{
    [Fact]
    public async Task A_cluster_gets_its_first_key_and_another_one_under_load_with_a_node_killed_between_the_steps()
    {
        var cluster = await StartClusterAsync(new ClusterShape(3) { Durability = "os" });
        var (first, second) = (await KeyAsync("first"), await KeyAsync("second"));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var written = new int[2];
        var work = Task.WhenAll(WorkAsync(0), WorkAsync(1));

        var (firstPrint, secondPrint) = ("", "");
        foreach (var step in (Func<Task>[])
        [
            async () => firstPrint = await AddAsync(first),
            () => KeysAsync("use", firstPrint),
            async () => secondPrint = await AddAsync(second),
            () => KeysAsync("use", secondPrint),
            () => KeysAsync("remove", firstPrint),
        ])
        {
            await step();
            await cluster[3].KillAsync();
            await cluster[3].StartAsync(Cancel);
            foreach (var node in cluster.Nodes)
            {
                await RealCluster.UntilStatusAsync(node, "all are alive", status => status.Healthy && status.Members.All(member => member.Membership?.State == "alive"), Cancel);
            }

            var before = written.ToArray();
            await Patience.UntilAsync("work goes on", () => (written[0] > before[0] && written[1] > before[1]) || work.IsCompleted, Cancel);
        }

        await stopping.CancelAsync();
        await work;
        var list = (await cluster[2].RunAsync("keys", "list")).Expect(0).Output;
        Assert.Contains($"Every member seals with {secondPrint}.", list, StringComparison.Ordinal);
        Assert.DoesNotContain(firstPrint, list, StringComparison.Ordinal);
        foreach (var node in cluster.Nodes.Take(2))
        {
            Assert.DoesNotContain("cannot be read", node.Text, StringComparison.Ordinal);
            Assert.All((string[])["n1", "n2"], id => Assert.DoesNotContain($"{id} is held dead", node.Text, StringComparison.Ordinal));
        }

        Assert.All(cluster.Nodes, node => Assert.All((string[])[first, second], key => Assert.DoesNotContain(File.ReadAllText(key), node.Text, StringComparison.Ordinal)));

        async Task WorkAsync(int worker)
        {
            using var client = cluster.Nodes[worker].Connect();
            while (!stopping.IsCancellationRequested)
            {
                Key key = $"{worker}/{written[worker]}";
                Assert.IsType<WriteOutcome.Done>(await client.PutAsync(key, new Value("v"u8.ToArray()), new WriteOptions { Timeout = TimeSpan.FromSeconds(60) }, Cancel));
                Interlocked.Increment(ref written[worker]);
            }
        }

        async Task<string> AddAsync(string file) => (await KeysAsync("add", file)).Split("toystore keys use ")[1][..8];

        async Task<string> KeysAsync(string step, string what) => (await cluster[1].RunAsync("keys", step, what)).Expect(0).Output;
    }

    private async Task<string> KeyAsync(string name)
    {
        var file = Path.Combine(Root, name);
        await File.WriteAllTextAsync(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), Cancel);
        return file;
    }
}
