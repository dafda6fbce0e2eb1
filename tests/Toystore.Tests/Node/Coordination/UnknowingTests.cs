using Toystore.Core;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

/// <summary>Owners whose disk garbled a record: their silence proves nothing until the others have given it back.</summary>
public sealed class UnknowingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_corrupt_record_never_hides_a_value_and_is_given_back_by_a_read(int reader) => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        Assert.Equal("v", await cluster.ReadAsync(reader, "k", r: 2));

        // Not every read comes past it.
        await cluster.ReadAsync(0, "k");
        await Pump.SettleAsync();
        Assert.Equal((false, 1), await RecordAsync(cluster, 0, "k"));
        Assert.Equal("v", await cluster.ReadAsync(0, "k", r: 1));
    });

    [Fact]
    public void A_record_that_the_disk_does_not_give_is_left_as_it_is_and_the_others_answer() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        cluster.Nodes[0].Store.MakeUnreadable("k");
        var asked = cluster.Nodes[0].Store.Asked.Count;
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        await Pump.SettleAsync();
        Assert.Equal(asked, cluster.Nodes[0].Store.Asked.Count);
    });

    // Each wrote what it was asked to over a record that it could not read this time, and in the end nobody had the first value.
    [Fact]
    public void Owners_that_cannot_read_a_record_one_after_another_do_not_lose_what_is_in_it() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "kept", w: 3);
        for (var node = 0; node < 3; node++)
        {
            cluster.Nodes[node].Store.MakeUnreadable("k");
            await cluster.PutAsync(node, "k", $"put at {node}");
            cluster.Nodes[node].Store.MakeReadable("k");
        }

        Assert.Equal("kept,put at 0,put at 1,put at 2", await cluster.ReadAsync(0, "k", r: 3));
    });

    [Fact]
    public void A_write_that_no_owner_can_add_to_what_it_holds_is_not_done() => TestCluster.Run(new ClusterShape(1), async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        cluster.Nodes[0].Store.MakeUnreadable("k");
        Assert.Equal(NotDoneReason.ReadOnly, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", TestCluster.Value("w"))).Reason);
        cluster.Nodes[0].Store.MakeReadable("k");
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void An_owner_that_does_not_know_does_not_count_towards_r() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        cluster.Crash(2);
        Assert.Equal(nameof(ReadOutcome.Unavailable), await cluster.ReadAsync(1, "k", r: 3));
    });

    [Fact]
    public void A_read_of_all_owners_heals_the_one_that_does_not_know_and_then_counts_it() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        Assert.Equal("v", await cluster.ReadAsync(1, "k", r: 3));
        Assert.Equal((false, 1), await RecordAsync(cluster, 0, "k"));
    });

    [Fact]
    public void With_two_members_the_other_ones_copy_is_enough_to_give_a_record_back() => TestCluster.Run(new ClusterShape(2), async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        await cluster.Nodes[0].Store.CorruptAsync("k");
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        Assert.Equal((false, 1), await RecordAsync(cluster, 0, "k"));
    });

    // N - W + 1 = 2 others must have been heard: one alone may have missed what W owners acknowledged.
    [Fact]
    public void With_too_few_others_it_still_does_not_know_but_keeps_what_it_was_given() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(2);
        await cluster.PutAsync(0, "k", "v");
        await cluster.Nodes[0].Store.CorruptAsync("k");
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[0].GetAsync("k"));
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[1].GetAsync("k"));
        await cluster.StartAsync(2);
        Assert.Equal("v", await cluster.ReadAsync(1, "k"));
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        await Pump.SettleAsync();
        Assert.Equal((false, 1), await RecordAsync(cluster, 0, "k"));
    });

    // Each of two would wait for ever for the other to know first.
    [Fact]
    public void Where_too_many_do_not_know_what_all_of_them_still_have_is_what_there_is() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        await cluster.Nodes[1].Store.CorruptAsync("k");
        cluster.Crash(2);
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[1].GetAsync("k"));
        await cluster.StartAsync(2);
        Assert.Equal("v", await cluster.ReadAsync(1, "k"));
        await Pump.SettleAsync();
        Assert.Equal((false, 1), await RecordAsync(cluster, 0, "k"));
        Assert.Equal((false, 1), await RecordAsync(cluster, 1, "k"));
    });

    [Fact]
    public void But_one_that_cannot_be_read_this_time_may_have_more() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(1, "k", "v", w: 3);
        await cluster.Nodes[2].Store.Kept.WriteAsync(new StoreBatch().Delete(StoreKey.Data("k")), Durability.Fsync, CancellationToken.None);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        cluster.Nodes[1].Store.MakeUnreadable("k");
        for (var reader = 0; reader < 3; reader++)
        {
            Assert.Contains("did not give the record", Assert.IsType<ReadOutcome.Unavailable>(await cluster[reader].GetAsync("k")).Detail, StringComparison.Ordinal);
        }

        cluster.Nodes[1].Store.MakeReadable("k");
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_write_to_a_key_that_is_not_known_leaves_it_unknown() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        await cluster.PutAsync(0, "k", "w");
        Assert.Equal((true, 1), await RecordAsync(cluster, 0, "k"));
        Assert.Equal("v,w", await cluster.ReadAsync(0, "k"));
    });

    // The garbled record held a dot of this node. Under the same actor the next dot's vector would cover it, and erase the value at the other owners.
    [Fact]
    public void A_blind_put_over_a_corrupt_record_erases_nothing_elsewhere() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "acknowledged", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        await cluster.PutAsync(0, "k", "new", w: 3);
        Assert.Equal("acknowledged,new", await cluster.ReadAsync(1, "k", r: 2));
    });

    [Fact]
    public void Nor_does_one_after_another_owner_has_written_there_meanwhile() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "acknowledged", w: 3);
        await cluster.Nodes[0].Store.CorruptAsync("k");
        cluster.Nodes[1].Store.Rule = static _ => StoreWrite.Full;
        cluster.Cut(1, 2);
        await cluster.Nodes[2].Store.Kept.WriteAsync(new StoreBatch().Delete(StoreKey.Data("k")), Durability.Fsync, CancellationToken.None);
        await cluster.PutAsync(2, "k", "other");
        cluster.Heal();
        cluster.Nodes[1].Store.Rule = static _ => StoreWrite.Done;
        await cluster.PutAsync(0, "k", "new", w: 3);
        Assert.Equal("acknowledged,new,other", await cluster.ReadAsync(1, "k", r: 2));
    });

    private static async Task<(bool Incomplete, int Siblings)> RecordAsync(TestCluster cluster, int node, Key key)
    {
        var place = StoreKey.Data(key);
        var read = await cluster.Nodes[node].Store.Kept.GetAsync(place, CancellationToken.None);
        Assert.True(RecordFormat.TryDecode(place, read.Bytes, out var container, out var flags));
        return (flags.HasFlag(RecordFlags.Incomplete), container.Siblings.Length);
    }
}
