using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class ReadTests
{
    [Fact]
    public void While_the_owners_agree_one_digest_is_asked_and_nothing_is_written() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        await Pump.SettleAsync();
        cluster.Fabric.Sent.Clear();
        await cluster.ReadAsync(0, "k");
        Assert.IsType<PeerRequest.ReadDigest>(Assert.Single(cluster.Fabric.Sent).Request);
    });

    [Fact]
    public void Owners_that_differ_are_merged_and_the_result_is_on_w_disks_before_it_is_given_out() => TestCluster.Run(async cluster =>
    {
        await WriteAtOneAsync(cluster, 0, "a");
        cluster.Crash(2);
        cluster.Nodes[1].Store.HoldWrites();
        var reading = cluster[0].GetAsync("k").AsTask();
        await Pump.SettleAsync();
        Assert.False(reading.IsCompleted);
        cluster.Nodes[1].Store.ReleaseWrites();
        Assert.Equal("a", TestCluster.Text(await reading));
        cluster.Crash(0);
        await cluster.StartAsync(2);
        Assert.Equal("a", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void What_cannot_be_written_back_is_not_given_out() => TestCluster.Run(async cluster =>
    {
        await WriteAtOneAsync(cluster, 0, "a");
        cluster.Crash(2);
        cluster.Nodes[1].Store.Rule = static _ => StoreWrite.Full;
        Assert.Contains("written back", Assert.IsType<ReadOutcome.Unavailable>(await cluster[0].GetAsync("k")).Detail, StringComparison.Ordinal);
    });

    [Fact]
    public void A_stale_owner_that_cannot_be_mended_is_made_up_for_by_another() => TestCluster.Run(async cluster =>
    {
        await WriteAtOneAsync(cluster, 0, "a");
        cluster.Nodes[1].Store.Rule = static _ => StoreWrite.Full;
        cluster.Link(0, 2).Rule = static request => request is PeerRequest.ReadDigest ? Passage.Refuse : Passage.Deliver;
        Assert.Equal("a", await cluster.ReadAsync(0, "k"));
        Assert.Equal("a", await cluster.ReadAsync(2, "k", r: 1));
    });

    [Fact]
    public void A_read_never_shows_less_than_an_earlier_read_through_another_node() => TestCluster.Run(async cluster =>
    {
        await WriteAtOneAsync(cluster, 0, "a");
        cluster.Crash(1);
        Assert.Equal("a", await cluster.ReadAsync(0, "k"));
        await cluster.StartAsync(1);
        cluster.Crash(0);
        Assert.Equal("a", await cluster.ReadAsync(1, "k"));
    });

    [Fact]
    public void A_read_of_fewer_owners_than_promise_anything_does_not_wait_for_the_write_back() => TestCluster.Run(new ClusterShape(3, 3, 2, 1), async cluster =>
    {
        await WriteAtOneAsync(cluster, 0, "a");
        cluster.Nodes[1].Store.HoldWrites();
        cluster.Nodes[2].Store.HoldWrites();
        Assert.Equal("a", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void An_owner_that_gets_lost_after_its_digest_is_replaced_by_another() => TestCluster.Run(async cluster =>
    {
        await WriteAtOneAsync(cluster, 0, "a");
        cluster.Link(0, 1).Rule = static request => request is PeerRequest.ReadContainer ? Passage.BreakBefore : Passage.Deliver;
        cluster.Link(0, 2).Rule = cluster.Link(0, 1).Rule;
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[0].GetAsync("k"));
        cluster.Link(0, 2).Rule = static _ => Passage.Deliver;
        Assert.Equal("a", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void Too_few_owners_are_unavailable_and_say_how_many_answered() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(1);
        cluster.Crash(2);
        var unavailable = Assert.IsType<ReadOutcome.Unavailable>(await cluster[0].GetAsync("k"));
        Assert.Equal((2, 1), (unavailable.Needed, unavailable.Got));
    });

    [Fact]
    public void A_forwarded_read_passes_over_owners_that_refuse_or_are_overloaded() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(0));
        var owners = cluster.OwnersOf(key);
        await cluster.PutAsync(0, key, "v");
        cluster.Link(0, owners[0]).Rule = static _ => Passage.Refuse;
        cluster.Link(0, owners[1]).Rule = static _ => Passage.Overload;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("v", await cluster.ReadAsync(0, key));
        }
    });

    [Fact]
    public void A_late_owner_is_made_up_for_by_one_more_after_the_delay() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        cluster.Link(0, 1).Believed = PeerState.Up;
        cluster.Link(0, 2).Believed = PeerState.Suspect;
        cluster.Link(0, 1).Rule = static _ => Passage.LoseRequest;
        var began = cluster.Time.GetTimestamp();
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        Assert.InRange(cluster.Time.GetElapsedTime(began).TotalMilliseconds, 1, 20);
    });

    [Fact]
    public void One_read_in_twenty_may_ask_one_more_and_the_others_wait() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        cluster.Link(0, 2).Believed = PeerState.Suspect;
        cluster.Link(0, 1).Rule = static _ => Passage.LoseRequest;
        var answered = 0;
        for (var i = 0; i < 100; i++)
        {
            answered += await cluster[0].GetAsync("k", new ReadOptions { Timeout = TimeSpan.FromMilliseconds(600) }) is ReadOutcome.Found ? 1 : 0;
        }

        // A bucket of ten, and five earned meanwhile.
        Assert.InRange(answered, 10, 15);
    });

    [Fact]
    public void A_read_of_the_wrong_number_of_owners_is_refused_with_a_reason() => TestCluster.Run(new ClusterShape(2), async cluster =>
    {
        foreach (var r in new[] { -1, 0, 3 })
        {
            Assert.Contains("2 members", Assert.IsType<ReadOutcome.Invalid>(await cluster[0].GetAsync("k", new ReadOptions { R = r })).Problem, StringComparison.Ordinal);
            Assert.Contains("2 members", Assert.IsType<WriteOutcome.Invalid>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { W = r })).Problem, StringComparison.Ordinal);
        }
    });

    // The value reaches that node alone: the others break the connection before it has arrived.
    private static async Task WriteAtOneAsync(TestCluster cluster, int node, string text)
    {
        cluster.Isolate(node, Passage.BreakBefore);
        _ = await cluster[node].PutAsync("k", TestCluster.Value(text));
        cluster.Heal();
    }
}
