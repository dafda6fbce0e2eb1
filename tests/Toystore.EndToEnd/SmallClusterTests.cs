using System.Net;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Fewer members than copies are wanted.</summary>
public sealed class SmallClusterTests : RealProcessTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_cluster_with_fewer_members_than_copies_works_and_says_how_many_it_keeps(int members)
    {
        var cluster = await StartClusterAsync(new ClusterShape(members));
        using var http = new HttpClient();
        foreach (var node in cluster.Nodes)
        {
            var uri = new Uri(node.Http, $"/v1/keys/from-{node.Id}");
            using var written = await http.PutAsync(uri, new StringContent("hello"), Cancel);
            Assert.Equal(HttpStatusCode.NoContent, written.StatusCode);
            Assert.Equal([$"{members}/3"], written.Headers.GetValues("Toystore-Copies-Kept"));
            Assert.Equal([$"{members}"], written.Headers.GetValues("Toystore-Copies"));
            foreach (var asked in cluster.Nodes)
            {
                using var read = await http.GetAsync(new Uri(asked.Http, $"/v1/keys/from-{node.Id}"), Cancel);
                Assert.Equal([$"{members}/3"], read.Headers.GetValues("Toystore-Copies-Kept"));
                Assert.Equal("hello", await read.Content.ReadAsStringAsync(Cancel));
            }
        }

        var status = await cluster[1].RunAsync("status");
        Assert.Contains($"It keeps {members} of 3 copies", status.Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task More_copies_than_there_are_members_are_refused_with_a_reason(int members)
    {
        var cluster = await StartClusterAsync(new ClusterShape(members));

        var refused = (await cluster[1].RunAsync("put", "key", "value", "--w", "3")).Expect(2);

        Assert.Contains($"{members}", refused.Error, StringComparison.Ordinal);
        Assert.Contains("3", refused.Error, StringComparison.Ordinal);
        (await cluster[1].RunAsync("get", "key")).Expect(3);
    }
}
