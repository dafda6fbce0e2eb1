using System.Net;
using System.Text;
using System.Text.Json;
using Toystore.Client;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Dynamo §4.4: concurrent writes are kept side by side until somebody who has seen them resolves them.</summary>
public sealed class SiblingTests : RealProcessTests
{
    [Fact]
    public async Task Two_clients_that_write_at_once_leave_siblings_that_every_node_shows()
    {
        var cluster = await StartClusterAsync(new ClusterShape(5));
        using var one = cluster[1].Connect();
        using var two = cluster[2].Connect();
        var begun = Assert.IsType<WriteOutcome.Done>(await one.PutAsync("cart", Text("begun"), cancellationToken: Cancel));
        var seen = new WriteOptions { Context = begun.Context };

        var writes = await Task.WhenAll(one.PutAsync("cart", Text("eggs"), seen, Cancel).AsTask(), two.PutAsync("cart", Text("milk"), seen, Cancel).AsTask());

        Assert.All(writes, outcome => Assert.IsType<WriteOutcome.Done>(outcome));
        foreach (var node in cluster.Nodes)
        {
            await AssertShowsBothAsync(node);
        }

        var merged = await cluster[3].RunAsync("get", "cart", "--json");
        var context = JsonDocument.Parse(merged.Expect(6).Output).RootElement.GetProperty("context").GetString()!;
        (await cluster[3].RunAsync("put", "cart", "eggs and milk", "--context", context)).Expect(0);

        foreach (var node in cluster.Nodes)
        {
            Assert.Equal("eggs and milk", (await node.RunAsync("get", "cart")).Expect(0).Output);
            using var client = node.Connect();
            Assert.Equal(["eggs and milk"], await ValuesAsync(client, new ReadOptions { R = 3 }));
        }
    }

    private async Task AssertShowsBothAsync(RealNode node)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(node.Http, "/v1/keys/cart"), Cancel);
        Assert.Equal(HttpStatusCode.MultipleChoices, answer.StatusCode);
        var values = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("values").EnumerateArray();
        Assert.Equal(["eggs", "milk"], values.Select(value => Encoding.UTF8.GetString(value.GetProperty("bytes").GetBytesFromBase64())).Order());

        Assert.Empty((await node.RunAsync("get", "cart")).Expect(6).Bytes);
        var file = Path.Combine(Root, "values-of-" + node.Id);
        (await node.RunAsync("get", "cart", "--all", "--output", file)).Expect(0);
        Assert.Equal(["eggs", "milk"], new[] { File.ReadAllText(file + ".1"), File.ReadAllText(file + ".2") }.Order());
        Assert.False(File.Exists(file + ".3"));
    }

    private static async Task<IEnumerable<string>> ValuesAsync(ToystoreHttpClient client, ReadOptions options) =>
        Assert.IsType<ReadOutcome.Found>(await client.GetAsync("cart", options, Cancel)).Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span));

    private static Value Text(string text) => new(Encoding.UTF8.GetBytes(text));
}
