using System.Text.Json;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary><c>toystore bench</c> against real nodes.</summary>
public sealed class BenchTests : RealProcessTests
{
    [Theory]
    [InlineData()]
    [InlineData("--rate", "200")]
    public async Task A_bench_run_has_no_errors_and_says_what_it_cost_each_node(params string[] more)
    {
        var cluster = await StartClusterAsync(new ClusterShape(3));

        var result = await cluster[1].RunAsync(
            "bench", ["--json", "--duration", "2s", "--warmup", "500ms", "--connections", "4", "--keys", "200", "--value-size", "100", "--timeout", "60s", .. more]);

        var report = JsonDocument.Parse(result.Expect(0).Output).RootElement;
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.Empty(report.GetProperty("errors").EnumerateObject());
        Assert.Equal(0, report.GetProperty("misses").GetInt64());
        var operations = report.GetProperty("operations").GetInt64();
        Assert.True(operations > 0);
        var counted = operations + report.GetProperty("neverBegun").GetInt64(); // a slow machine does not keep up with the rate
        Assert.Equal(counted, report.GetProperty("reads").GetProperty("count").GetInt64() + report.GetProperty("writes").GetProperty("count").GetInt64());
        var costs = report.GetProperty("costs").EnumerateArray().ToList();
        Assert.Equal(["n1", "n2", "n3"], costs.Select(cost => cost.GetProperty("id").GetString()));
        Assert.All(costs, cost => Assert.True(cost.GetProperty("processorPerOperation").GetDouble() > 0));
        Assert.Equal(costs.Sum(cost => cost.GetProperty("processorPerOperation").GetDouble()), report.GetProperty("processorPerOperation").GetDouble(), 6);

        Assert.Contains("All 3 nodes are up", (await cluster[2].RunAsync("status")).Expect(0).Output, StringComparison.Ordinal);
    }
}
