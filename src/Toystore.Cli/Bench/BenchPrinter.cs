using Spectre.Console;
using Toystore.Cli.Commands;

namespace Toystore.Cli.Bench;

/// <summary>A report for people.</summary>
internal static class BenchPrinter
{
    public static void Print(IAnsiConsole console, BenchReport report)
    {
        var loop = report.Rate is { } rate ? $"open loop at {Sizes.Count(rate)} a second, latency from when a request was due" : "closed loop";
        console.WriteLine(FormattableString.Invariant(
            $"{loop}; {report.Connections} connections to {report.Nodes.Count} nodes; {report.ReadPercent} % reads; {Sizes.Count(report.Keys)} keys, {report.Distribution}; values of {report.ValueBytes} bytes"));
        console.WriteLine(FormattableString.Invariant($"{Sizes.Count(report.OperationsPerSecond)} operations a second ({Sizes.Count(report.Operations)} in {report.Seconds:0.0} s)"));
        console.Write(LatencyTable(report));
        if (report.Costs is { Count: > 0 } costs)
        {
            console.Write(CostTable(report, costs));
        }

        console.WriteLine(FormattableString.Invariant($"this program itself: {report.GeneratorProcessorPerOperation:0.0} µs of processor time for each operation"));
        Remarks(console, report);
    }

    private static Table LatencyTable(BenchReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("");
        foreach (var column in (string[])["count", "mean", "p50", "p90", "p99", "p99.9", "max"])
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap());
        }

        foreach (var (name, latencies) in (IEnumerable<(string, Latencies?)>)[("reads", report.Reads), ("writes", report.Writes)])
        {
            if (latencies is { } found)
            {
                table.AddRow(name, Sizes.Count(found.Count), Time(found.Mean), Time(found.P50), Time(found.P90), Time(found.P99), Time(found.P999), Time(found.Max));
            }
        }

        return table;
    }

    private static Table CostTable(BenchReport report, IReadOnlyList<NodeCost> costs)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("node");
        foreach (var column in (string[])["processor time", "for each operation", "allocated for each operation"])
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap());
        }

        foreach (var cost in costs)
        {
            table.AddRow(cost.Id, Sizes.Time(cost.ProcessorSeconds), Time(cost.ProcessorPerOperation), Sizes.Bytes(cost.AllocatedBytesPerOperation));
        }

        if (report is { ProcessorPerOperation: { } processor, AllocatedBytesPerOperation: { } allocated })
        {
            table.AddRow("all", Sizes.Time(costs.Sum(cost => cost.ProcessorSeconds)), Time(processor), Sizes.Bytes(allocated));
        }

        return table;
    }

    private static void Remarks(IAnsiConsole console, BenchReport report)
    {
        if (report.Failed > 0)
        {
            var kinds = string.Join(", ", report.Errors.Select(error => $"{error.Key}: {Sizes.Count(error.Value)}"));
            console.WriteLine($"{Sizes.Count(report.Failed)} operations failed ({kinds})");
        }

        if (report.Retries > 0)
        {
            console.WriteLine($"{Sizes.Count(report.Retries)} requests were sent again");
        }

        if (report.Misses > 0)
        {
            console.WriteLine($"{Sizes.Count(report.Misses)} reads found no value");
        }

        if (report.NeverBegun > 0)
        {
            console.WriteLine($"{Sizes.Count(report.NeverBegun)} requests were due but never begun: the cluster, or this machine, does not keep up with the rate. They count with the time they had waited.");
        }

        if (report.LatenessP99 is > 1000 and var late)
        {
            console.WriteLine($"this program woke up to {Time(late)} late (p99): its machine is busy, and part of the latencies is its own");
        }
    }

    private static string Time(double microseconds) =>
        microseconds >= 1_000_000 ? FormattableString.Invariant($"{microseconds / 1_000_000:0.00} s")
        : microseconds >= 1000 ? FormattableString.Invariant($"{microseconds / 1000:0.00} ms")
        : FormattableString.Invariant($"{microseconds:0} µs");
}
