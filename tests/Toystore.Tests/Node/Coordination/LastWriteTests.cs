using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class LastWriteTests
{
    [Fact]
    public void The_last_of_several_blind_puts_is_the_value() => TestCluster.Run(async cluster =>
    {
        for (var i = 0; i < 6; i++)
        {
            await cluster.PutAsync(i % 3, "lww:k", $"v{i}");
            Assert.Equal($"v{i}", await cluster.ReadAsync((i + 1) % 3, "lww:k"));
        }
    });

    [Fact]
    public void A_last_write_replaces_siblings() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "a");
        await cluster.PutAsync(1, "k", "b");
        Assert.IsType<WriteOutcome.Done>(await cluster[2].PutAsync("k", TestCluster.Value("last"), new WriteOptions { Policy = ConflictPolicy.LastWriteWins }));
        Assert.Equal("last", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void A_delete_is_a_last_write_too() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "lww:k", "a");
        Assert.IsType<WriteOutcome.Done>(await cluster[1].DeleteAsync("lww:k"));
        Assert.Equal("-", await cluster.ReadAsync(2, "lww:k"));
        await cluster.PutAsync(2, "lww:k", "b");
        Assert.Equal("b", await cluster.ReadAsync(0, "lww:k"));
    });

    // Hand-worked: in the same millisecond both coordinators read (t, 0) from clocks that have not heard of each other; the order of the dots is then that of the actors, and for one of the two node orders wrong.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_later_write_in_the_same_millisecond_through_another_node_wins(int first, int second) => TestCluster.Run(async cluster =>
    {
        cluster.Cut(0, 1);
        await cluster.PutAsync(first, "lww:k", "first");
        await cluster.PutAsync(second, "lww:k", "second");
        cluster.Heal();
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal("second", await cluster.ReadAsync(node, "lww:k", r: 3));
        }
    });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_later_delete_through_another_node_wins(int first, int second) => TestCluster.Run(async cluster =>
    {
        cluster.Cut(0, 1);
        await cluster.PutAsync(first, "lww:k", "first");
        Assert.IsType<WriteOutcome.Done>(await cluster[second].DeleteAsync("lww:k"));
        cluster.Heal();
        Assert.Equal("-", await cluster.ReadAsync(2, "lww:k", r: 3));
    });

    [Fact]
    public void A_node_whose_clock_is_behind_mints_above_what_another_owner_holds() => TestCluster.Run(async cluster =>
    {
        cluster.Nodes[0].Clock.Ahead = TimeSpan.FromSeconds(5);
        cluster.Cut(0, 1);
        await cluster.PutAsync(0, "lww:k", "first");
        await cluster.PutAsync(1, "lww:k", "second");
        Assert.Equal("second", await cluster.ReadAsync(1, "lww:k"));
        cluster.Heal();
        Assert.Equal("second", await cluster.ReadAsync(0, "lww:k", r: 3));
    });

    [Fact]
    public void A_retried_write_that_has_to_be_minted_anew_is_so() => TestCluster.Run(async cluster =>
    {
        cluster.Nodes[0].Clock.Ahead = TimeSpan.FromSeconds(5);
        cluster.Cut(0, 1);
        await cluster.PutAsync(0, "lww:k", "first");
        Assert.IsType<WriteOutcome.Done>(await cluster[1].PutAsync("lww:k", TestCluster.Value("second"), new WriteOptions { RequestId = new Guid(1, 2, 3, new byte[8]) }));
        cluster.Heal();
        Assert.Equal("second", await cluster.ReadAsync(0, "lww:k", r: 3));
    });

    // The second write was acknowledged by owners of which only the retry's coordinator is there now: it alone can tell that the first one must be minted anew.
    [Fact]
    public void A_retried_write_that_is_here_and_was_outdone_meanwhile_is_minted_anew() => TestCluster.Run(async cluster =>
    {
        var options = new WriteOptions { RequestId = new Guid(1, 2, 3, new byte[8]) };
        cluster.Isolate(0, Passage.BreakBefore);
        Assert.IsType<WriteOutcome.Unknown>(await cluster[0].PutAsync("lww:k", TestCluster.Value("first"), options));
        cluster.Heal();
        await cluster.PassAsync(1);
        cluster.Cut(2, 1);
        await cluster.PutAsync(2, "lww:k", "second");
        cluster.Heal();
        cluster.Isolate(2);
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("lww:k", TestCluster.Value("first"), options));
        cluster.Heal();
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal("first", await cluster.ReadAsync(node, "lww:k", r: 3));
        }
    });

    // The first round was stored by W owners; when the second round (above the higher dot) ends in nothing, the write is still there.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_last_write_that_was_stored_and_could_not_be_minted_anew_is_not_reported_as_not_done(bool alsoHere) => TestCluster.Run(async cluster =>
    {
        cluster.Nodes[0].Clock.Ahead = TimeSpan.FromSeconds(5);
        cluster.Cut(0, 1);
        await cluster.PutAsync(0, "lww:k", "first");
        var stores = 0;
        cluster.Link(1, 2).Rule = request => request is PeerRequest.Store && ++stores > 1 ? Passage.Refuse : Passage.Deliver;
        var written = 0;
        cluster.Nodes[1].Store.Rule = batch => alsoHere && batch.Changes[0].Key.Area == StoreArea.Data && ++written > 1 ? StoreWrite.Full : StoreWrite.Done;
        var outcome = await cluster[1].PutAsync("lww:k", TestCluster.Value("second"));
        Assert.IsType<WriteOutcome.Unknown>(outcome);
    });
}
