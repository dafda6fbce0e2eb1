using System.Diagnostics.Metrics;

namespace Toystore.Node.Healing;

/// <summary>How a node keeps its copies like the others', as metrics; docs/operations.md says what each means.</summary>
internal static class HealingMetrics
{
    private const string Outcome = "toystore.repair.outcome";
    private const string Direction = "toystore.repair.direction";

    /// <summary>Publishes them.</summary>
    /// <param name="meter">The node's; who disposes of it ends these, too.</param>
    /// <param name="book">The exchanges it began.</param>
    /// <param name="counters">What came of everything.</param>
    /// <param name="desk">How its repairs go.</param>
    public static void Publish(Meter meter, ExchangeBook book, NodeCounters counters, RepairDesk desk)
    {
        meter.CreateObservableCounter("toystore.repair.exchange.count", () => Exchanges(book.Totals), "{exchange}", "Comparisons with other owners that this node began, by how they ended.");
        meter.CreateObservableCounter("toystore.repair.key.count", () => BothWays(book.Totals.KeysSent, book.Totals.KeysReceived), "{key}", "Keys of which one of two owners lacked something, and was given it.");
        meter.CreateObservableCounter("toystore.repair.io", () => BothWays(book.Totals.BytesSent, book.Totals.BytesReceived), "By", "Keys and records that were given.");
        meter.CreateObservableCounter("toystore.repair.read.count", () => counters.ReadRepairs, "{read}", "Reads that found owners differing, and mended them.");
        meter.CreateObservableGauge("toystore.repair.pace", () => desk.Pace.BytesPerSecond, "By/s", "How much may be moved for repairs.");
        meter.CreateObservableGauge("toystore.repair.share", () => desk.Share, "1", "How much of its pace background work uses: less while clients would notice it.");
        meter.CreateObservableGauge("toystore.floor.age", () => desk.OldestFloor is { } age ? [new Measurement<double>(age.TotalSeconds)] : Array.Empty<Measurement<double>>(), "s", "How far back deleted data may still take up room.");
        meter.CreateObservableUpDownCounter("toystore.floor.missing", () => (long)desk.SlotsWithoutFloor, "{slot}", "Slots that have no floor yet: nothing that is deleted in them goes.");
        meter.CreateObservableCounter("toystore.floor.purged", () => counters.Swept, "{record}", "Records of which something deleted, expired or replaced was removed for good.");
        meter.CreateObservableCounter("toystore.floor.late.count", () => counters.Stale, "{copy}", "Copies that came too late to be taken unseen, and were refused.");
        meter.CreateObservableCounter("toystore.record.corrupt", () => counters.CorruptRecords, "{record}", "Readings of records that failed their checksum.");
        meter.CreateObservableCounter("toystore.record.restored", () => counters.Restored, "{record}", "Damaged records that other owners have given back.");
        meter.CreateObservableUpDownCounter("toystore.record.damaged", () => (long)desk.Damaged, "{record}", "Records that are damaged and have not been given back yet.");
        meter.CreateObservableCounter("toystore.scrub.io", () => desk.Scrub?.Bytes ?? 0, "By", "Records that were read to verify them.");
    }

    private static IEnumerable<Measurement<long>> Exchanges(ExchangeTotals totals) =>
        [new(totals.Whole, Tag(Outcome, "whole")), new(totals.Partial, Tag(Outcome, "partial")), new(totals.NotBegun, Tag(Outcome, "not_begun"))];

    private static IEnumerable<Measurement<long>> BothWays(long sent, long received) => [new(sent, Tag(Direction, "sent")), new(received, Tag(Direction, "received"))];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
