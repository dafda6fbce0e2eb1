using System.Diagnostics.Metrics;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

public sealed class HealingMetricsTests
{
    [Fact]
    public void What_repairs_come_to_is_published_and_every_metric_is_explained()
    {
        using var meter = new Meter("test");
        TestCluster.Run(new ClusterShape { Meter = meter }, async cluster =>
        {
            await cluster.PutAsync(0, "key", "value");
            await cluster[0].DeleteAsync("key");
            await cluster.PassAsync(6 * 60_000);
            var (heard, units) = MeterReading.Collect(meter);
            Assert.InRange(heard["toystore.repair.exchange.count whole"], 6, 20);
            Assert.Equal((0, 1, 0), (heard["toystore.repair.exchange.count partial"], heard["toystore.floor.purged"], heard["toystore.record.corrupt"]));
            Assert.InRange(heard["toystore.floor.age"], 10, 240);
            Assert.Equal((0, 1), (heard["toystore.floor.missing"], heard["toystore.repair.share"]));
            var table = Tidy.Sources.Text("docs/operations.md");
            Assert.All(units.Where(unit => !unit.Key.StartsWith("toystore.membership", StringComparison.Ordinal)), instrument => Assert.Contains($"| `{instrument.Key}` | {instrument.Value} |", table, StringComparison.Ordinal));
        });
    }
}
