using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class RequestIdTests
{
    private static readonly Guid Id = new(7, 7, 7, new byte[8]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_write_sent_again_with_its_request_id_shows_once(int again) => TestCluster.Run(async cluster =>
    {
        var options = new WriteOptions { RequestId = Id };
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v"), options));
        Assert.IsType<WriteOutcome.Done>(await cluster[again].PutAsync("k", TestCluster.Value("v"), options));
        Assert.Equal("v", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void A_write_whose_end_was_unknown_shows_once_when_it_is_sent_again_elsewhere() => TestCluster.Run(async cluster =>
    {
        var options = new WriteOptions { RequestId = Id };
        cluster.Isolate(0, Passage.BreakBefore);
        Assert.IsType<WriteOutcome.Unknown>(await cluster[0].PutAsync("k", TestCluster.Value("v"), options));
        Assert.IsType<WriteOutcome.Done>(await cluster[1].PutAsync("k", TestCluster.Value("v"), options));
        cluster.Heal();
        Assert.Equal("v", await cluster.ReadAsync(2, "k", r: 3));
        var context = TestCluster.ContextOf(await cluster[2].GetAsync("k"));
        await cluster.PutAsync(0, "k", "w", context);
        Assert.Equal("w", await cluster.ReadAsync(1, "k"));
    });

    [Fact]
    public void A_write_sent_again_mints_no_second_dot_at_the_same_coordinator() => TestCluster.Run(async cluster =>
    {
        var options = new WriteOptions { RequestId = Id };
        await cluster[0].PutAsync("k", TestCluster.Value("v"), options);
        await cluster[0].PutAsync("k", TestCluster.Value("v"), options);
        var dots = cluster.Fabric.Sent.Select(sent => sent.Request).OfType<PeerRequest.Store>().SelectMany(store => store.Container.Siblings.ToArray()).Select(sibling => sibling.Dot).Distinct();
        Assert.Single(dots);
    });

    [Fact]
    public void A_write_sent_again_counts_copies_anew() => TestCluster.Run(async cluster =>
    {
        var options = new WriteOptions { RequestId = Id, W = 3 };
        cluster.Cut(0, 2, Passage.BreakBefore);
        Assert.IsType<WriteOutcome.Unknown>(await cluster[0].PutAsync("k", TestCluster.Value("v"), options));
        cluster.Heal();
        Assert.Equal(3, Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v"), options)).Copies);
        Assert.Equal("v", await cluster.ReadAsync(2, "k", r: 1));
    });

    [Fact]
    public void A_conditional_write_sent_again_is_done_though_the_key_is_there_now() => TestCluster.Run(async cluster =>
    {
        var options = new WriteOptions { RequestId = Id, Precondition = new Precondition.Absent() };
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v"), options));
        Assert.IsType<WriteOutcome.Done>(await cluster[1].PutAsync("k", TestCluster.Value("v"), options));
        Assert.IsType<WriteOutcome.PreconditionFailed>(await cluster[1].PutAsync("k", TestCluster.Value("v"), options with { RequestId = null }));
        Assert.Equal("v", await cluster.ReadAsync(2, "k"));
    });

    // Found by a random history. The second try finds the first one's dot, and another write beside it that had not seen it.
    [Fact]
    public void A_conditional_write_sent_again_does_not_replace_what_has_come_beside_it() => TestCluster.Run(async cluster =>
    {
        var key = cluster.KeyWhere(owners => owners[0] == 0);
        var old = await cluster.PutAsync(1, key, "old", w: 3);
        var options = new WriteOptions { RequestId = Id, Precondition = new Precondition.Unchanged(old) };
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync(key, TestCluster.Value("checked"), options));
        await cluster.PutAsync(1, key, "beside", old);
        await Pump.SettleAsync();

        // The first owner has lost its copy, and reads without itself: so it is written anew.
        await cluster.Nodes[0].Store.Kept.WriteAsync(new StoreBatch().Delete(StoreKey.Data(key)), Durability.Fsync, CancellationToken.None);
        cluster.Nodes[0].Store.Rule = static batch => StoreWrite.Failed;
        await cluster[0].PutAsync(key, TestCluster.Value("checked"), options);
        cluster.Nodes[0].Store.Rule = static _ => StoreWrite.Done;
        Assert.Equal("beside,checked", await cluster.ReadAsync(1, key, r: 2));
    });
}
