using Toystore.Cli.Bench;

namespace Toystore.Tests.Cli.Bench;

public sealed class MeasuresTests
{
    [Fact]
    public void Sums_add_up()
    {
        Measures left = new(), right = new();
        left.Done(read: true, TimeSpan.FromMicroseconds(100));
        left.Fail("429");
        right.Done(read: false, TimeSpan.FromMicroseconds(300));
        right.Fail("429");
        right.Fail("timeout");
        left.Add(right);
        Assert.Equal((2, 3), (left.Ended, left.Failed));
        Assert.Equal((2, 1), (left.Errors["429"], left.Errors["timeout"]));
        Assert.Equal((1, 1), (left.Reads.TotalCount, left.Writes.TotalCount));
    }

    [Fact]
    public void What_was_never_begun_shows_in_the_latencies_but_not_in_the_throughput()
    {
        var measures = new Measures();
        measures.NotBegun(read: true, TimeSpan.FromSeconds(2));
        Assert.Equal((0, 1, 1), (measures.Ended, measures.NeverBegun, measures.Reads.TotalCount));
        Assert.InRange(Latencies.Of(measures.Reads)!.P99, 1_990_000, 2_010_000);
    }

    [Fact]
    public void Latencies_are_microseconds()
    {
        var measures = new Measures();
        for (var i = 1; i <= 1000; i++)
        {
            measures.Done(read: true, TimeSpan.FromMicroseconds(i));
        }

        var latencies = Latencies.Of(measures.Reads)!;
        Assert.InRange(latencies.P50, 499, 502);
        Assert.InRange(latencies.P99, 989, 992);
        Assert.InRange(latencies.Max, 999, 1002);
        Assert.Null(Latencies.Of(measures.Writes));
    }

    [Fact]
    public void A_nodes_cost_is_the_difference_of_two_readings()
    {
        var cost = Assert.Single(NodeCost.Between(Status(1, 2.0, 1000), Status(1, 3.0, 501_000), 10_000)!);
        Assert.Equal((1.0, 100.0, 50.0), (cost.ProcessorSeconds, cost.ProcessorPerOperation, cost.AllocatedBytesPerOperation));
    }

    [Fact]
    public void A_node_that_was_restarted_has_no_cost() => Assert.Empty(NodeCost.Between(Status(1, 2.0, 0), Status(2, 0.5, 0), 10)!);

    private static ClusterStatus Status(int processId, double processor, long allocated) => new(
        "c", "1", "n1", true, "", 3, 1, 1, 1,
        [new MemberStatus("n1", "z", 1, "p", null, null, 1, true, null, new NodeStatus("v", processId, 1, processor, 1, allocated, 0, 0, 0, 0, 0, 0, 0, 0, "os", null))]);
}
