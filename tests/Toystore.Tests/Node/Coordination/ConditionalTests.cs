using Toystore.Core;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class ConditionalTests
{
    private static readonly ClusterShape Five = new(Members: 5);
    private static readonly WriteOptions IfAbsent = new() { Precondition = new Precondition.Absent() };
    private static readonly WriteOptions IfPresent = new() { Precondition = new Precondition.Present() };

    [Fact]
    public void A_put_if_absent_is_done_once() => TestCluster.Run(async cluster =>
    {
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("a"), IfAbsent));
        var failed = Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[1].PutAsync("k", TestCluster.Value("b"), IfAbsent));
        Assert.Equal("a", await cluster.ReadAsync(2, "k"));
        await cluster.PutAsync(2, "k", "c", failed.Context);
        Assert.Equal("c", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void A_put_if_absent_is_done_after_a_delete_and_after_expiry() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        await cluster[0].DeleteAsync("k");
        Assert.IsType<WriteOutcome.Done>(await cluster[1].PutAsync("k", TestCluster.Value("b") with { ExpiresAt = cluster.Time.GetUtcNow().AddSeconds(1) }, IfAbsent));
        await cluster.PassAsync(1000);
        Assert.IsType<WriteOutcome.Done>(await cluster[2].PutAsync("k", TestCluster.Value("c"), IfAbsent));
        Assert.Equal("c", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_put_if_present_needs_a_value_and_replaces_it() => TestCluster.Run(async cluster =>
    {
        Assert.Null(Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[0].PutAsync("k", TestCluster.Value("a"), IfPresent)).Context);
        await cluster.PutAsync(0, "k", "a");
        Assert.IsType<WriteOutcome.Done>(await cluster[1].PutAsync("k", TestCluster.Value("b"), IfPresent));
        Assert.Equal("b", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void A_put_if_unchanged_fails_when_anything_was_written_since() => TestCluster.Run(async cluster =>
    {
        var seen = await cluster.PutAsync(0, "k", "a");
        var options = new WriteOptions { Precondition = new Precondition.Unchanged(seen) };
        Assert.IsType<WriteOutcome.Done>(await cluster[1].PutAsync("k", TestCluster.Value("b"), options));
        Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[2].PutAsync("k", TestCluster.Value("c"), options));
        Assert.Equal("b", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_delete_if_unchanged_deletes_once() => TestCluster.Run(async cluster =>
    {
        var seen = await cluster.PutAsync(0, "k", "a");
        var options = new WriteOptions { Precondition = new Precondition.Unchanged(seen) };
        Assert.IsType<WriteOutcome.Done>(await cluster[1].DeleteAsync("k", options));
        Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[1].DeleteAsync("k", options));
        Assert.Equal("-", await cluster.ReadAsync(0, "k"));
    });

    [Theory]
    [InlineData("k")]
    [InlineData("lww:k")]
    public void Of_many_concurrent_puts_if_absent_through_all_nodes_exactly_one_wins(string name) => TestCluster.Run(Five, async cluster =>
    {
        Key key = name;
        Jitter(cluster);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => cluster[i % 5].PutAsync(key, TestCluster.Value($"v{i}"), IfAbsent).AsTask()));
        var winner = Assert.Single(Enumerable.Range(0, 40), i => outcomes[i] is WriteOutcome.Done);
        Assert.All(outcomes.Where((_, i) => i != winner), outcome => Assert.IsType<WriteOutcome.PreconditionFailed>(outcome));
        Assert.Empty(cluster.Fabric.Failures);
        Assert.Equal($"v{winner}", await cluster.ReadAsync(3, key));
    });

    [Fact]
    public void Of_many_concurrent_increments_none_is_lost() => TestCluster.Run(Five, async cluster =>
    {
        Jitter(cluster);
        await cluster.PutAsync(0, "counter", "0");
        var done = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => IncrementAsync(cluster, i % 5)));
        Assert.Equal(10, done.Sum());
        Assert.Equal("10", await cluster.ReadAsync(4, "counter"));
    });

    [Fact]
    public void It_goes_to_the_first_owner_whichever_node_was_asked() => TestCluster.Run(Five, async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 3);
        for (var node = 0; node < 5; node++)
        {
            await cluster[node].PutAsync(key, TestCluster.Value("v"), IfAbsent);
        }

        Assert.All(cluster.Fabric.Sent.Where(sent => sent.Request is PeerRequest.CoordinateWrite), sent => Assert.Equal(cluster.Nodes[3].Id, sent.To));
    });

    [Fact]
    public void When_the_first_owner_refuses_connections_the_next_one_does_it() => TestCluster.Run(Five, async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 3 && !owners.Contains(0));
        cluster.Crash(3);
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync(key, TestCluster.Value("v"), IfAbsent));
        Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[0].PutAsync(key, TestCluster.Value("w"), IfAbsent));
    });

    [Theory]
    [InlineData(Passage.LoseRequest)]
    [InlineData(Passage.LoseReply)]
    [InlineData(Passage.BreakBefore)]
    [InlineData(Passage.BreakAfter)]
    public void When_the_first_owner_does_not_answer_the_end_is_unknown_and_nobody_else_is_asked(Passage passage) => TestCluster.Run(Five, async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 3 && !owners.Contains(0));
        cluster.Cut(0, 3, passage);
        Assert.IsType<WriteOutcome.Unknown>(await cluster[0].PutAsync(key, TestCluster.Value("v"), IfAbsent));
        Assert.Single(cluster.Fabric.Sent, sent => sent.Request is PeerRequest.CoordinateWrite);
    });

    // Another owner might read without the first owner's write still on its way, and then two have won.
    [Fact]
    public void When_the_first_owner_cannot_hear_the_others_in_time_nobody_else_is_asked() => TestCluster.Run(Five, async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 3 && !owners.Contains(0));
        var owners = cluster.OwnersOf(key);
        cluster.Cut(3, owners[1], Passage.BreakBefore);
        cluster.Cut(3, owners[2], Passage.BreakBefore);
        Assert.Equal(NotDoneReason.Unavailable, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync(key, TestCluster.Value("v"), IfAbsent)).Reason);
        Assert.Single(cluster.Fabric.Sent, sent => sent.Request is PeerRequest.CoordinateWrite);
    });

    [Fact]
    public void When_the_first_owners_disk_is_full_nobody_takes_its_place() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 1);
        cluster.Nodes[1].Store.Writable = StoreWrite.Full;
        cluster.Nodes[1].Store.Rule = _ => StoreWrite.Full;
        Assert.Equal(NotDoneReason.DiskFull, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync(key, TestCluster.Value("v"), IfAbsent)).Reason);
        Assert.IsType<ReadOutcome.NotFound>(await cluster[2].GetAsync(key));
    });

    [Fact]
    public void It_reads_and_writes_by_majority_even_where_the_cluster_does_not() => TestCluster.Run(new ClusterShape(3, 3, 1, 1), async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        await cluster.PutAsync(1, key, "a", w: 3);
        cluster.Crash(1);
        cluster.Crash(2);
        Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync(key, TestCluster.Value("b"), IfPresent));
        Assert.Equal("a", await cluster.ReadAsync(0, key));
    });

    [Fact]
    public void One_that_waits_for_others_longer_than_it_may_is_overloaded_and_not_done() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        cluster.Link(0, 1).Hold();
        cluster.Link(0, 2).Hold();
        var first = cluster[0].PutAsync(key, TestCluster.Value("a"), IfAbsent).AsTask();
        var second = await cluster[0].PutAsync(key, TestCluster.Value("b"), IfAbsent with { Timeout = TimeSpan.FromMilliseconds(100) });
        Assert.Equal(NotDoneReason.Overloaded, Assert.IsType<WriteOutcome.NotDone>(second).Reason);
        cluster.Heal();
        Assert.IsType<WriteOutcome.Done>(await first);
        Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[0].PutAsync(key, TestCluster.Value("c"), IfAbsent));
    });

    private static async Task<int> IncrementAsync(TestCluster cluster, int node)
    {
        for (var attempt = 0; ; attempt++)
        {
            Assert.True(attempt < 100);
            var read = Assert.IsType<ReadOutcome.Found>(await cluster[node].GetAsync("counter"));
            var next = int.Parse(TestCluster.Text(read), System.Globalization.CultureInfo.InvariantCulture) + 1;
            var outcome = await cluster[node].PutAsync("counter", TestCluster.Value($"{next}"), new WriteOptions { Precondition = new Precondition.Unchanged(read.Context) });
            if (outcome is WriteOutcome.Done)
            {
                return 1;
            }

            Assert.True(outcome is WriteOutcome.PreconditionFailed, $"{outcome}");
        }
    }

    private static void Jitter(TestCluster cluster)
    {
        var random = new Random(5);
        for (var from = 0; from < cluster.Nodes.Count; from++)
        {
            for (var to = 0; to < cluster.Nodes.Count; to++)
            {
                cluster.Link(from, to).Delay = () => TimeSpan.FromMicroseconds(random.Next(100, 3000));
            }
        }
    }
}
