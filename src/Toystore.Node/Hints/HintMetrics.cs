using System.Diagnostics.Metrics;
using Toystore.Core;

namespace Toystore.Node.Hints;

/// <summary>What a node keeps for others, as metrics; docs/operations.md says what each means.</summary>
internal static class HintMetrics
{
    /// <summary>Publishes them.</summary>
    /// <param name="meter">The node's; who disposes of it ends these, too.</param>
    /// <param name="book">What is kept.</param>
    /// <param name="counters">What became of it.</param>
    /// <param name="time">To tell how old it is.</param>
    public static void Publish(Meter meter, HintBook book, NodeCounters counters, TimeProvider time)
    {
        meter.CreateObservableUpDownCounter("toystore.hint.count", () => book.Tallies().Select(tally => new Measurement<long>(tally.Count, Tag(tally))), "{hint}", "Keys of which something is kept for an owner that missed it.");
        meter.CreateObservableUpDownCounter("toystore.hint.size", () => book.Tallies().Select(tally => new Measurement<long>(tally.Bytes, Tag(tally))), "By", "What that takes up.");
        meter.CreateObservableGauge(
            "toystore.hint.age", () => book.Tallies().Select(tally => new Measurement<double>(tally.AgeAt(UnixTime.From(time.GetUtcNow())).TotalSeconds, Tag(tally))), "s", "How long ago the first of them was kept.");
        meter.CreateObservableCounter("toystore.hint.delivered", () => counters.DeliveredHints, "{hint}", "Hints that their owners have on their disks now.");
        meter.CreateObservableCounter("toystore.hint.dropped", () => counters.DroppedHints, "{hint}", "What owners missed and nobody keeps for them: too much, too old, or lost.");
        meter.CreateObservableCounter("toystore.standin.write.count", () => counters.StandIns, "{copy}", "Copies that others took in the place of owners for writes that this node coordinated.");
    }

    private static KeyValuePair<string, object?> Tag(HintTally tally) => new("toystore.hint.target", tally.Target.ToString());
}
