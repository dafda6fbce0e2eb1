using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class ReadWriteTests
{
    private static readonly ClusterShape Five = new(Members: 5);

    [Fact]
    public void What_is_written_through_any_node_is_read_through_any_other() => TestCluster.Run(Five, async cluster =>
    {
        for (var writer = 0; writer < 5; writer++)
        {
            var key = cluster.KeyWhere(owners => !owners.Contains((writer + 1) % 5), $"w{writer}-");
            await cluster.PutAsync(writer, key, $"v{writer}");
            for (var reader = 0; reader < 5; reader++)
            {
                Assert.Equal($"v{writer}", await cluster.ReadAsync(reader, key));
            }
        }
    });

    [Fact]
    public void What_is_deleted_through_any_node_is_gone_at_every_other() => TestCluster.Run(Five, async cluster =>
    {
        for (var node = 0; node < 5; node++)
        {
            var key = cluster.KeyWhere(owners => !owners.Contains((node + 1) % 5), $"d{node}-");
            await cluster.PutAsync(node, key, "v");
            Assert.IsType<WriteOutcome.Done>(await cluster[(node + 1) % 5].DeleteAsync(key));
            for (var reader = 0; reader < 5; reader++)
            {
                Assert.IsType<ReadOutcome.NotFound>(await cluster[reader].GetAsync(key));
            }
        }
    });

    [Fact]
    public void A_node_that_owns_the_key_coordinates_itself_and_any_other_forwards_once() => TestCluster.Run(Five, async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(0) && owners.Contains(1));
        await cluster.PutAsync(0, key, "v");
        await cluster.PutAsync(1, key, "w");
        var coordinated = cluster.Fabric.Sent.Where(sent => sent.Request is Toystore.Node.Peers.PeerRequest.CoordinateWrite).ToList();
        Assert.Equal(cluster.Nodes[0].Id, Assert.Single(coordinated).From);
    });

    [Fact]
    public void A_key_that_was_never_written_is_not_found_and_has_no_context() => TestCluster.Run(async cluster =>
        Assert.Null(Assert.IsType<ReadOutcome.NotFound>(await cluster[0].GetAsync("nothing")).Context));

    [Fact]
    public void Deleting_what_never_was_is_done_and_leaves_no_record() => TestCluster.Run(async cluster =>
    {
        Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync("nothing"));
        Assert.All(cluster.Nodes, node => Assert.DoesNotContain(node.Store.Asked, asked => asked.Batch.Changes[0].Key.Area == Toystore.Storage.StoreArea.Data));
    });

    [Fact]
    public void Blind_puts_stand_beside_each_other() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        await cluster.PutAsync(1, "k", "b");
        await cluster.PutAsync(1, "k", "c");
        Assert.Equal("a,b,c", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void Two_writes_with_the_same_context_through_two_nodes_are_siblings() => TestCluster.Run(async cluster =>
    {
        var context = await cluster.PutAsync(0, "k", "old");
        await cluster.PutAsync(1, "k", "left", context);
        await cluster.PutAsync(2, "k", "right", context);
        Assert.Equal("left,right", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void Two_writes_with_the_same_context_through_the_same_node_are_siblings() => TestCluster.Run(async cluster =>
    {
        var context = await cluster.PutAsync(0, "k", "old");
        await cluster.PutAsync(1, "k", "left", context);
        await cluster.PutAsync(1, "k", "right", context);
        Assert.Equal("left,right", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_put_with_the_context_of_a_read_replaces_all_that_it_showed_and_nothing_else() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        await cluster.PutAsync(1, "k", "b");
        var seen = TestCluster.ContextOf(await cluster[2].GetAsync("k"));
        await cluster.PutAsync(0, "k", "c");
        await cluster.PutAsync(1, "k", "resolved", seen);
        Assert.Equal("c,resolved", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void A_delete_with_a_context_leaves_what_the_context_had_not_seen() => TestCluster.Run(async cluster =>
    {
        var seen = await cluster.PutAsync(0, "k", "a");
        await cluster.PutAsync(1, "k", "b");
        Assert.IsType<WriteOutcome.Done>(await cluster[2].DeleteAsync("k", new WriteOptions { Context = seen }));
        Assert.Equal("b", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_writer_that_goes_on_with_its_own_context_replaces_its_own_write() => TestCluster.Run(async cluster =>
    {
        var context = await cluster.PutAsync(0, "k", "a");
        context = await cluster.PutAsync(1, "k", "b", context);
        await cluster.PutAsync(0, "k", "c", context);
        Assert.Equal("c", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void The_context_of_a_blind_put_does_not_cover_an_earlier_write_of_the_same_coordinator() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        var second = await cluster.PutAsync(0, "k", "b");
        await cluster.PutAsync(0, "k", "c", second);
        Assert.Contains("a", await cluster.ReadAsync(1, "k"), StringComparison.Ordinal);
    });

    [Fact]
    public void A_deleted_key_stays_deleted_when_an_owner_that_missed_the_delete_comes_back() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        cluster.Isolate(2);
        Assert.IsType<WriteOutcome.Done>(await cluster[0].DeleteAsync("k"));
        cluster.Heal();
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal("-", await cluster.ReadAsync(node, "k"));
        }
    });

    [Fact]
    public void The_context_of_another_key_or_garbage_is_refused_with_a_reason() => TestCluster.Run(async cluster =>
    {
        var other = await cluster.PutAsync(0, "other", "v");
        Assert.Contains("another key", Assert.IsType<WriteOutcome.Invalid>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { Context = other })).Problem, StringComparison.Ordinal);
        Assert.IsType<WriteOutcome.Invalid>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { Context = new ContextToken("nonsense") }));
        Assert.Equal("-", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_context_from_the_future_is_refused_and_does_not_drag_the_clock_along() => TestCluster.Run(async cluster =>
    {
        var now = HybridTime.At(UnixTime.From(cluster.Time.GetUtcNow()));
        Assert.Contains("still to come", Assert.IsType<WriteOutcome.Invalid>(await PutAsync(now + TimeSpan.FromHours(1))).Problem, StringComparison.Ordinal);
        Assert.IsType<WriteOutcome.Done>(await PutAsync(now));
        await cluster.PassAsync(1000);
        Assert.IsType<WriteOutcome.Done>(await PutAsync(now + TimeSpan.FromSeconds(1)));

        ValueTask<WriteOutcome> PutAsync(HybridTime floor)
        {
            var context = new CausalContext(Slot.Of("k"), VersionVector.UpTo(floor)).ToToken(cluster.ClusterId);
            return cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { Context = new ContextToken(context) });
        }
    });

    [Fact]
    public void A_value_keeps_its_content_type_and_its_expiry() => TestCluster.Run(async cluster =>
    {
        var at = cluster.Time.GetUtcNow().AddSeconds(5);
        await cluster[0].PutAsync("k", TestCluster.Value("v") with { ContentType = "text/plain", ExpiresAt = at });
        var value = Assert.Single(Assert.IsType<ReadOutcome.Found>(await cluster[1].GetAsync("k")).Values);
        Assert.Equal(("text/plain", (DateTimeOffset?)at), (value.ContentType, value.ExpiresAt));
    });

    [Fact]
    public void A_value_is_gone_from_the_moment_of_its_expiry_on_and_its_siblings_are_not() => TestCluster.Run(async cluster =>
    {
        await cluster[0].PutAsync("k", TestCluster.Value("brief") with { ExpiresAt = cluster.Time.GetUtcNow().AddSeconds(5) });
        await cluster.PutAsync(1, "k", "lasting");
        await cluster.PassAsync(4999);
        Assert.Equal("brief,lasting", await cluster.ReadAsync(2, "k"));
        await cluster.PassAsync(1);
        Assert.Equal("lasting", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void Expiry_is_judged_by_the_coordinators_clock_alone() => TestCluster.Run(async cluster =>
    {
        cluster.Nodes[1].Clock.Ahead = TimeSpan.FromSeconds(6);
        await cluster[0].PutAsync("k", TestCluster.Value("v") with { ExpiresAt = cluster.Time.GetUtcNow().AddSeconds(5) });
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        Assert.Equal("-", await cluster.ReadAsync(1, "k"));
    });

    [Fact]
    public void An_empty_value_is_a_value() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "");
        Assert.Single(Assert.IsType<ReadOutcome.Found>(await cluster[1].GetAsync("k")).Values);
    });

    [Fact]
    public void With_one_owner_down_everything_goes_on() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        cluster.Crash(2);
        var context = TestCluster.ContextOf(await cluster[1].GetAsync("k"));
        Assert.Equal(2, Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("b"), new WriteOptions { Context = context })).Copies);
        Assert.Equal("b", await cluster.ReadAsync(1, "k"));
    });

    [Fact]
    public void An_owner_that_was_down_is_brought_up_to_date_by_reads() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        cluster.Crash(2);
        var context = TestCluster.ContextOf(await cluster[1].GetAsync("k"));
        await cluster.PutAsync(0, "k", "b", context);
        await cluster.StartAsync(2);
        Assert.Equal("b", await cluster.ReadAsync(2, "k"));
        Assert.Equal("b", await cluster.ReadAsync(2, "k", r: 1));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_cluster_of_one_or_two_members_reads_and_writes(int members) => TestCluster.Run(new ClusterShape(members), async cluster =>
    {
        for (var node = 0; node < members; node++)
        {
            var context = await cluster.PutAsync(node, "k", "a");
            Assert.Equal("a", await cluster.ReadAsync(members - 1, "k"));
            Assert.IsType<WriteOutcome.Done>(await cluster[node].DeleteAsync("k", new WriteOptions { Context = context }));
            Assert.Equal("-", await cluster.ReadAsync(members - 1, "k"));
        }
    });

    [Fact]
    public void Of_two_members_one_alone_cannot_answer_by_majority_but_can_be_asked_for_less() => TestCluster.Run(new ClusterShape(2), async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        cluster.Crash(1);
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[0].GetAsync("k"));
        Assert.Equal("a", await cluster.ReadAsync(0, "k", r: 1));
        Assert.Equal(NotDoneReason.Unavailable, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", TestCluster.Value("b"))).Reason);
        await cluster.PutAsync(0, "k", "c", w: 1);
        Assert.Equal("a,c", await cluster.ReadAsync(0, "k", r: 1));
    });
}
