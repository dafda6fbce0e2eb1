using HdrHistogram;

namespace Toystore.Cli.Bench;

/// <summary>What a run found. Times are microseconds unless their name says otherwise.</summary>
internal sealed record BenchReport
{
    /// <summary><c>closed</c> or <c>open</c>.</summary>
    public required string Loop { get; init; }

    public required IReadOnlyList<string> Nodes { get; init; }

    public required int Connections { get; init; }

    /// <summary>Requests a second asked for; null in a closed loop.</summary>
    public double? Rate { get; init; }

    public required int ReadPercent { get; init; }

    public required int Keys { get; init; }

    /// <summary><c>uniform</c> or <c>zipf</c>.</summary>
    public required string Distribution { get; init; }

    public required int ValueBytes { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Requests done.</summary>
    public required long Operations { get; init; }

    public required double OperationsPerSecond { get; init; }

    public required long Failed { get; init; }

    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    public required long Retries { get; init; }

    /// <summary>Reads that found no value.</summary>
    public required long Misses { get; init; }

    /// <summary>Requests of an open loop that had been due, but not begun, at the end.</summary>
    public required long NeverBegun { get; init; }

    /// <summary>99th percentile of how late the generator woke for a request.</summary>
    public double? LatenessP99 { get; init; }

    public Latencies? Reads { get; init; }

    public Latencies? Writes { get; init; }

    /// <summary>Null if the nodes did not say.</summary>
    public IReadOnlyList<NodeCost>? Costs { get; init; }

    /// <summary>Of all nodes together, for each request done; null if one did not say.</summary>
    public double? ProcessorPerOperation { get; init; }

    /// <summary>As <see cref="ProcessorPerOperation"/>.</summary>
    public double? AllocatedBytesPerOperation { get; init; }

    /// <summary>Of this program.</summary>
    public required double GeneratorProcessorPerOperation { get; init; }

    /// <summary>Puts a run together. <paramref name="before"/> and <paramref name="after"/> frame the measurement; null if no node answered.</summary>
    public static BenchReport Of(BenchOptions options, Measures sum, TimeSpan took, TimeSpan generator, ClusterStatus? before, ClusterStatus? after)
    {
        var operations = Math.Max(1, sum.Ended);
        var costs = NodeCost.Between(before, after, operations);
        var whole = costs is { Count: > 0 } && costs.Count == after?.Members.Count;
        return new BenchReport
        {
            Loop = options.Rate is null ? "closed" : "open",
            Nodes = [.. options.Nodes.Select(node => node.ToString())],
            Connections = options.Connections,
            Rate = options.Rate,
            ReadPercent = options.ReadPercent,
            Keys = options.Keys,
            Distribution = options.ZipfExponent is null ? "uniform" : "zipf",
            ValueBytes = options.ValueBytes,
            Seconds = took.TotalSeconds,
            Operations = sum.Ended,
            OperationsPerSecond = sum.Ended / took.TotalSeconds,
            Failed = sum.Failed,
            Errors = new SortedDictionary<string, long>(sum.Errors, StringComparer.Ordinal),
            Retries = sum.Retries,
            Misses = sum.Misses,
            NeverBegun = sum.NeverBegun,
            LatenessP99 = sum.Lateness.TotalCount == 0 ? null : sum.Lateness.GetValueAtPercentile(99) / 1000.0,
            Reads = Latencies.Of(sum.Reads),
            Writes = Latencies.Of(sum.Writes),
            Costs = costs,
            ProcessorPerOperation = whole ? costs!.Sum(cost => cost.ProcessorPerOperation) : null,
            AllocatedBytesPerOperation = whole ? costs!.Sum(cost => cost.AllocatedBytesPerOperation) : null,
            GeneratorProcessorPerOperation = generator.TotalMicroseconds / operations,
        };
    }
}

/// <summary>How long requests took, in microseconds.</summary>
internal sealed record Latencies(long Count, double Mean, double P50, double P90, double P99, double P999, double Max)
{
    /// <summary>Of a histogram in nanoseconds; null if it is empty.</summary>
    public static Latencies? Of(HistogramBase histogram) => histogram.TotalCount == 0
        ? null
        : new Latencies(
            histogram.TotalCount, histogram.GetMean() / 1000, At(histogram, 50), At(histogram, 90), At(histogram, 99), At(histogram, 99.9), histogram.GetMaxValue() / 1000.0);

    private static double At(HistogramBase histogram, double percentile) => histogram.GetValueAtPercentile(percentile) / 1000.0;
}

/// <summary>What a run cost one node, for each request done by the cluster.</summary>
internal sealed record NodeCost(string Id, double ProcessorSeconds, double ProcessorPerOperation, double AllocatedBytesPerOperation)
{
    /// <summary>The nodes that answered before and after without a restart between; null if there is nothing to compare.</summary>
    public static IReadOnlyList<NodeCost>? Between(ClusterStatus? before, ClusterStatus? after, long operations) => before is null || after is null
        ? null
        : [.. from late in after.Members
              join early in before.Members on late.Id equals early.Id
              where late.Node is not null && late.Node.ProcessId == early.Node?.ProcessId
              select Of(late.Id, early.Node!, late.Node!, operations)];

    private static NodeCost Of(string id, NodeStatus early, NodeStatus late, long operations)
    {
        var processor = late.ProcessorSeconds - early.ProcessorSeconds;
        return new NodeCost(id, processor, processor * 1e6 / operations, (late.AllocatedBytes - early.AllocatedBytes) / (double)operations);
    }
}
