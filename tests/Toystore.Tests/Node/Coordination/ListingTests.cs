using System.Text;
using Toystore.Core;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class ListingTests
{
    private static readonly ClusterShape Five = new(Members: 5);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void All_keys_are_listed_once_page_by_page(int limit) => TestCluster.Run(Five, async cluster =>
    {
        var written = await FillAsync(cluster, 60);
        Assert.Equal(written.Order(StringComparer.Ordinal), (await ListAsync(cluster, 2, new ListOptions { Limit = limit })).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Only_keys_with_the_prefix_are_listed() => TestCluster.Run(Five, async cluster =>
    {
        await FillAsync(cluster, 30);
        Assert.Equal(11, (await ListAsync(cluster, 0, new ListOptions { Prefix = Encoding.UTF8.GetBytes("key-1"), Limit = 3 })).Count);
        Assert.Empty(await ListAsync(cluster, 0, new ListOptions { Prefix = Encoding.UTF8.GetBytes("none") }));
    });

    [Fact]
    public void Deleted_and_expired_keys_are_not_listed_but_those_of_others_are() => TestCluster.Run(Five, async cluster =>
    {
        await FillAsync(cluster, 40);
        for (var i = 0; i < 40; i += 2)
        {
            Assert.IsType<WriteOutcome.Done>(await cluster[i % 5].DeleteAsync($"key-{i}"));
        }

        await cluster[0].PutAsync("brief", TestCluster.Value("v") with { ExpiresAt = cluster.Time.GetUtcNow().AddSeconds(1) });
        await cluster[0].PutAsync("lww:gone", TestCluster.Value("v"));
        await cluster[0].DeleteAsync("lww:gone");
        await cluster.PassAsync(1000);
        var keys = await ListAsync(cluster, 3, new ListOptions { Limit = 5 });
        Assert.Equal(20, keys.Count);
        Assert.All(keys, key => Assert.True(key[^1] % 2 == 1));
    });

    [Fact]
    public void A_page_of_deleted_keys_only_is_followed_by_the_next_within_one_request() => TestCluster.Run(async cluster =>
    {
        await FillAsync(cluster, 50);
        for (var i = 0; i < 49; i++)
        {
            await cluster[0].DeleteAsync($"key-{i}");
        }

        Assert.Single(Assert.IsType<ListOutcome.Page>(await cluster[0].ListAsync(new ListOptions { Limit = 4 })).Keys);
    });

    [Fact]
    public void With_one_node_down_the_listing_is_complete_and_with_two_unavailable() => TestCluster.Run(Five, async cluster =>
    {
        var written = await FillAsync(cluster, 60);
        cluster.Crash(4);
        Assert.Equal(written.Count, (await ListAsync(cluster, 0, new ListOptions { Limit = 10 })).Count);
        cluster.Crash(3);
        Assert.IsType<ListOutcome.Unavailable>(await cluster[0].ListAsync());
        Assert.Equal(written.Count, (await ListAsync(cluster, 0, new ListOptions { Limit = 10, R = 1 })).Count);
    });

    [Fact]
    public void A_node_that_missed_deletes_does_not_bring_keys_back() => TestCluster.Run(async cluster =>
    {
        await FillAsync(cluster, 20);
        cluster.Isolate(2);
        for (var i = 0; i < 10; i++)
        {
            await cluster[0].DeleteAsync($"key-{i}");
        }

        cluster.Heal();
        cluster.Crash(0);
        Assert.Equal(10, (await ListAsync(cluster, 2, new ListOptions { Limit = 3 })).Count);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_corrupt_record_hides_no_key(int asked) => TestCluster.Run(Five, async cluster =>
    {
        var written = await FillAsync(cluster, 20);
        foreach (var key in written)
        {
            await cluster.Nodes[cluster.OwnersOf(key)[0]].Store.CorruptAsync(key);
        }

        Assert.Equal(written.Order(StringComparer.Ordinal), (await ListAsync(cluster, asked, new ListOptions())).Order(StringComparer.Ordinal));
    });

    // Of each key the last write is at one owner alone: whoever asks all five must find it, although the listing owner's own record is lost.
    [Fact]
    public void A_corrupt_record_is_asked_for_at_as_many_owners_as_the_listing_asks() => TestCluster.Run(new ClusterShape(5, N: 5, R: 3, W: 3), async cluster =>
    {
        for (var holder = 1; holder < 5; holder++)
        {
            var key = $"key-{holder}";
            await cluster.PutAsync(0, key, "v", w: 5);
            Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync(key, new WriteOptions { W = 5 }));
            cluster.Isolate(holder);
            await cluster.PutAsync(holder, key, "again", w: 1);
            cluster.Heal();
            await cluster.Nodes[0].Store.CorruptAsync(key);
        }

        Assert.Equal(["key-1", "key-2", "key-3", "key-4"], (await ListAsync(cluster, 0, new ListOptions { R = 5 })).Order(StringComparer.Ordinal));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_corrupt_record_brings_no_deleted_key_back(int asked) => TestCluster.Run(Five, async cluster =>
    {
        var written = await FillAsync(cluster, 20);
        foreach (var key in written)
        {
            Assert.IsType<WriteOutcome.Done>(await cluster[asked].DeleteAsync(key));
            await cluster.Nodes[cluster.OwnersOf(key)[0]].Store.CorruptAsync(key);
        }

        Assert.Empty(await ListAsync(cluster, asked, new ListOptions()));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_key_that_too_few_owners_know_makes_the_listing_unavailable_rather_than_short(int asked) => TestCluster.Run(Five, async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        foreach (var owner in cluster.OwnersOf("k"))
        {
            await cluster.Nodes[owner].Store.CorruptAsync("k");
        }

        Assert.IsType<ListOutcome.Unavailable>(await cluster[asked].ListAsync());
    });

    [Fact]
    public void What_makes_no_sense_is_refused() => TestCluster.Run(async cluster =>
    {
        Assert.IsType<ListOutcome.Invalid>(await cluster[0].ListAsync(new ListOptions { Limit = 0 }));
        Assert.IsType<ListOutcome.Invalid>(await cluster[0].ListAsync(new ListOptions { Limit = ListOptions.LimitMax + 1 }));
        Assert.IsType<ListOutcome.Invalid>(await cluster[0].ListAsync(new ListOptions { R = 4 }));
        Assert.IsType<ListOutcome.Invalid>(await cluster[0].ListAsync(new ListOptions { R = 0 }));
        Assert.IsType<ListOutcome.Invalid>(await cluster[0].ListAsync(new ListOptions { Prefix = new byte[Key.BytesMax + 1] }));
    });

    private static async Task<List<string>> FillAsync(TestCluster cluster, int count)
    {
        var keys = new List<string>();
        for (var i = 0; i < count; i++)
        {
            keys.Add($"key-{i}");
            await cluster.PutAsync(i % cluster.Nodes.Count, $"key-{i}", $"v{i}");
        }

        return keys;
    }

    private static async Task<List<string>> ListAsync(TestCluster cluster, int node, ListOptions options)
    {
        var keys = new List<string>();
        for (var rounds = 0; ; rounds++)
        {
            Assert.True(rounds < 1000);
            var page = Assert.IsType<ListOutcome.Page>(await cluster[node].ListAsync(options));
            Assert.True(page.Keys.Count <= options.Limit);
            keys.AddRange(page.Keys.Select(key => key.ToString()));
            if (page.Next is null)
            {
                Assert.Equal(keys.Count, keys.Distinct().Count());
                return keys;
            }

            options = options with { After = page.Next };
        }
    }
}
