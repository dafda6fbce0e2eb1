using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

/// <summary>Whatever hangs, who asked has an answer when the time is up.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_read_whose_peers_or_disk_hang_ends_in_time(int r) => TestCluster.Run(async cluster =>
    {
        Hang(cluster);
        Assert.IsType<ReadOutcome.Unavailable>(await InTimeAsync(cluster, cluster[0].GetAsync("k", new ReadOptions { R = r, Timeout = Patience })));
    });

    [Fact]
    public void A_read_whose_own_disk_hangs_is_answered_by_the_others() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        cluster.Nodes[0].Store.HoldReads();
        Assert.Equal("v", TestCluster.Text(await InTimeAsync(cluster, cluster[0].GetAsync("k", new ReadOptions { Timeout = Patience }))));
    });

    [Theory]
    [InlineData(1, "k", true)]
    [InlineData(1, "k", false)]
    [InlineData(2, "k", false)]
    [InlineData(3, "lww:k", false)]
    public void A_write_whose_peers_and_disk_hang_ends_in_time_as_unknown_or_not_done(int w, string key, bool alsoReads) => TestCluster.Run(async cluster =>
    {
        for (var node = 0; node < 3; node++)
        {
            cluster.Isolate(node, Passage.LoseRequest);
            cluster.Nodes[node].Store.HoldWrites();
            if (alsoReads)
            {
                cluster.Nodes[node].Store.HoldReads();
            }
        }

        var outcome = await InTimeAsync(cluster, cluster[0].PutAsync(key, TestCluster.Value("v"), new WriteOptions { W = w, Timeout = Patience }));
        Assert.True(alsoReads ? outcome is WriteOutcome.NotDone : outcome is WriteOutcome.Unknown, $"{outcome}");
    });

    // The disk gave up its answer after the client was told that nothing was done: then nothing may be done any more.
    [Fact]
    public void A_write_that_was_not_done_because_the_disk_did_not_read_in_time_is_not_done_later() => TestCluster.Run(async cluster =>
    {
        cluster.Nodes[0].Store.HoldReads();
        Assert.IsType<WriteOutcome.NotDone>(await InTimeAsync(cluster, cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { Timeout = Patience })));
        cluster.Nodes[0].Store.ReleaseReads();
        await Pump.SettleAsync();
        Assert.Equal("-", await cluster.ReadAsync(0, "k", r: 3));
        await cluster.PutAsync(0, "k", "w");
        Assert.Equal("w", await cluster.ReadAsync(1, "k", r: 3));
    });

    [Fact]
    public void A_delete_and_a_conditional_write_end_in_time() => TestCluster.Run(async cluster =>
    {
        Hang(cluster);
        var options = new WriteOptions { Timeout = Patience };
        Assert.IsType<WriteOutcome.NotDone>(await InTimeAsync(cluster, cluster[0].DeleteAsync("k", options)));
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        Assert.IsType<WriteOutcome.NotDone>(await InTimeAsync(cluster, cluster[0].PutAsync(key, TestCluster.Value("v"), options with { Precondition = new Precondition.Absent() })));
    });

    [Fact]
    public void A_forwarded_request_ends_in_time() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        Hang(cluster);
        var key = cluster.KeyWhere(owners => !owners.Contains(0));
        Assert.IsType<ReadOutcome.Unavailable>(await InTimeAsync(cluster, cluster[0].GetAsync(key, new ReadOptions { Timeout = Patience })));
        Assert.IsType<WriteOutcome.Unknown>(await InTimeAsync(cluster, cluster[0].PutAsync(key, TestCluster.Value("v"), new WriteOptions { Timeout = Patience })));
    });

    [Fact]
    public void A_listing_ends_in_time_though_peers_and_the_disk_hang() => TestCluster.Run(async cluster =>
    {
        Hang(cluster);
        Assert.IsType<ListOutcome.Unavailable>(await InTimeAsync(cluster, cluster[0].ListAsync(new ListOptions { Timeout = Patience })));
    });

    [Fact]
    public void A_timeout_that_makes_no_sense_is_refused() => TestCluster.Run(async cluster =>
    {
        foreach (var timeout in new[] { TimeSpan.Zero, TimeSpan.FromMilliseconds(-1), TimeSpan.FromSeconds(61) })
        {
            Assert.IsType<ReadOutcome.Invalid>(await cluster[0].GetAsync("k", new ReadOptions { Timeout = timeout }));
            Assert.IsType<WriteOutcome.Invalid>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { Timeout = timeout }));
            Assert.IsType<ListOutcome.Invalid>(await cluster[0].ListAsync(new ListOptions { Timeout = timeout }));
        }
    });

    [Fact]
    public void A_read_that_is_cancelled_throws() => TestCluster.Run(async cluster =>
    {
        Hang(cluster);
        using var cancellation = new CancellationTokenSource();
        var reading = cluster[0].GetAsync("k", null, cancellation.Token).AsTask();
        cancellation.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    });

    private static void Hang(TestCluster cluster)
    {
        for (var node = 0; node < cluster.Nodes.Count; node++)
        {
            cluster.Isolate(node, Passage.LoseRequest);
            cluster.Nodes[node].Store.HoldReads();
        }
    }

    private static async Task<T> InTimeAsync<T>(TestCluster cluster, ValueTask<T> request)
    {
        var began = cluster.Time.GetTimestamp();
        var outcome = await request;
        Assert.InRange(cluster.Time.GetElapsedTime(began), TimeSpan.Zero, Patience + TimeSpan.FromMilliseconds(10));
        return outcome;
    }

    [Fact]
    public void A_read_through_a_node_that_owns_nothing_of_it_gets_past_owners_that_hang() => TestCluster.Run(new ClusterShape(Members: 5), async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(0));
        var owners = cluster.OwnersOf(key);
        await cluster.PutAsync(owners[0], key, "v", w: 3);
        foreach (var owner in owners.Take(2))
        {
            cluster.Link(0, owner).Hold();
        }

        for (var read = 0; read < 8; read++)
        {
            Assert.IsType<ReadOutcome.Found>(await cluster[0].GetAsync(key));
        }
    });
}
