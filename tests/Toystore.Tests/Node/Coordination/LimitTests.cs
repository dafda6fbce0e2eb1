using Toystore.Core;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

public sealed class LimitTests
{
    [Fact]
    public void Beyond_the_bound_of_requests_everything_is_overloaded_at_once_and_not_after() => TestCluster.Run(new ClusterShape { Set = options => options.RequestsMax = 2 }, async cluster =>
    {
        cluster.Isolate(0, Passage.LoseRequest);
        var first = cluster[0].PutAsync("k", TestCluster.Value("v")).AsTask();
        var second = cluster[0].GetAsync("k").AsTask();
        Assert.IsType<ReadOutcome.Overloaded>(await cluster[0].GetAsync("k"));
        Assert.IsType<ListOutcome.Overloaded>(await cluster[0].ListAsync());
        Assert.Equal(NotDoneReason.Overloaded, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].DeleteAsync("k")).Reason);
        await first;
        await second;
        cluster.Heal();
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
    });

    [Fact]
    public void The_value_limit_is_exact() => TestCluster.Run(new ClusterShape { Set = options => options.ValueBytesMax = 100 }, async cluster =>
    {
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", new Value(new byte[100])));
        Assert.Equal(NotDoneReason.TooLarge, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", new Value(new byte[101]))).Reason);
    });

    [Fact]
    public void Siblings_are_capped_in_number_at_puts_and_a_write_with_the_context_frees_the_key() =>
        TestCluster.Run(new ClusterShape { Set = options => (options.SiblingsWarn, options.SiblingsMax) = (3, 4) }, async cluster =>
    {
        for (var i = 0; i < 4; i++)
        {
            await cluster.PutAsync(i % 3, "k", $"v{i}", w: 3);
        }

        Assert.Equal(NotDoneReason.TooManySiblings, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", TestCluster.Value("x"))).Reason);
        var seen = TestCluster.ContextOf(await cluster[1].GetAsync("k"));
        await cluster.PutAsync(0, "k", "all", seen);
        await cluster.PutAsync(0, "k", "one more");
        Assert.Equal("all,one more", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void Siblings_beyond_the_cap_that_meet_in_a_merge_all_stay() => TestCluster.Run(new ClusterShape { Set = options => (options.SiblingsWarn, options.SiblingsMax) = (2, 2) }, async cluster =>
    {
        for (var node = 0; node < 3; node++)
        {
            cluster.Isolate(node);
            await cluster.PutAsync(node, "k", $"a{node}", w: 1);
            await cluster.PutAsync(node, "k", $"b{node}", w: 1);
            cluster.Heal();
        }

        Assert.Equal("a0,a1,a2,b0,b1,b2", await cluster.ReadAsync(0, "k", r: 3));
    });

    [Fact]
    public void Siblings_are_capped_in_bytes_but_a_single_value_is_not() => TestCluster.Run(new ClusterShape { Set = options => options.ValueBytesMax = 10 }, async cluster =>
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", new Value(new byte[10])));
        }

        Assert.Equal(NotDoneReason.TooManySiblings, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", new Value(new byte[1]))).Reason);
    });

    [Fact]
    public void A_key_that_is_none_and_a_content_type_that_is_too_long_are_refused() => TestCluster.Run(async cluster =>
    {
        Assert.IsType<ReadOutcome.Invalid>(await cluster[0].GetAsync(default));
        Assert.IsType<WriteOutcome.Invalid>(await cluster[0].PutAsync(default, TestCluster.Value("v")));
        Assert.IsType<WriteOutcome.Invalid>(await cluster[0].PutAsync("k", TestCluster.Value("v") with { ContentType = new string('x', 256) }));
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v") with { ContentType = new string('x', 255) }));
    });

    [Fact]
    public void The_longest_key_works() => TestCluster.Run(async cluster =>
    {
        var key = Key.From(new byte[Key.BytesMax]);
        await cluster.PutAsync(0, key, "v");
        Assert.Equal("v", await cluster.ReadAsync(1, key));
    });
}
