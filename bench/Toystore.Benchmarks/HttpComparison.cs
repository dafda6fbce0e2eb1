using System.Globalization;

namespace Toystore.Benchmarks;

/// <summary>
/// Processor time of a three-node cluster per request, summed over the nodes, against a bare Kestrel endpoint: the two in turn, several rounds, medians of the ratios. Processor time rather than throughput, because the load
/// generator, the nodes and whatever else the machine does share its cores.
/// </summary>
internal static class HttpComparison
{
    private const int BarePort = 8389;
    private const int Connections = 64;

    public static async Task<int> RunAsync(TextWriter output, string[] args)
    {
        var durability = args is [var first, ..] ? first : "os";
        var rounds = args is [_, var second, ..] ? int.Parse(second, CultureInfo.InvariantCulture) : 5;
        await using var cluster = new BenchCluster(3, 8390, durability);
        using var bare = BenchCluster.Begin("exec", Path.Combine(AppContext.BaseDirectory, "Toystore.Benchmarks.dll"), "bare-endpoint", $"{BarePort}");
        try
        {
            using var http = new HttpClient();
            await BenchCluster.ReadyAsync(http, BarePort);
            await cluster.StartAsync();
            await CompareAsync(output, cluster, durability, rounds);
            return 0;
        }
        finally
        {
            bare.Kill();
            await bare.WaitForExitAsync();
        }
    }

    private static async Task CompareAsync(TextWriter output, BenchCluster cluster, string durability, int rounds)
    {
        await output.WriteLineAsync($"3 nodes, N=3, R=W=2, {durability}, values of 100 bytes, 10,000 keys, {Connections} connections; warming up");
        await MeasureAsync(cluster, reads: 0, warm: 15, preload: true);
        await MeasureAsync(cluster, reads: 100, warm: 15);
        await MeasureAsync(cluster, reads: 100, warm: 10, bare: true);
        var (gets, puts, getMicros, putMicros, bareMicros) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            var bare = await MeasureAsync(cluster, reads: 100, warm: 1, bare: true);
            var get = await MeasureAsync(cluster, reads: 100, warm: 1);
            var put = await MeasureAsync(cluster, reads: 0, warm: 1);
            gets.Add(get.Micros / bare.Micros);
            puts.Add(put.Micros / bare.Micros);
            bareMicros.Add(bare.Micros);
            getMicros.Add(get.Micros);
            putMicros.Add(put.Micros);
            await output.WriteLineAsync(FormattableString.Invariant(
                $"round {round}: bare {bare.Micros:0.0} us at {bare.Rate:0}/s; GET {get.Micros:0.0} us at {get.Rate:0}/s (p50 {get.P50:0.00} p99 {get.P99:0.00} ms), {gets[^1]:0.00}x; PUT {put.Micros:0.0} us at {put.Rate:0}/s (p50 {put.P50:0.00} p99 {put.P99:0.00} ms), {puts[^1]:0.00}x"));
        }

        await output.WriteLineAsync(FormattableString.Invariant(
            $"median: bare {BenchCluster.Median(bareMicros):0.0} us; GET {BenchCluster.Median(getMicros):0.0} us, {BenchCluster.Median(gets):0.00}x (wanted <= 3); PUT {BenchCluster.Median(putMicros):0.0} us, {BenchCluster.Median(puts):0.00}x (wanted <= 6)"));
    }

    private static async Task<Figures> MeasureAsync(BenchCluster cluster, int reads, int warm, bool bare = false, bool preload = false)
    {
        string[] load = ["--connections", $"{Connections}", "--reads", $"{reads}", "--duration", "5s", "--warmup", $"{warm}s", .. preload ? Array.Empty<string>() : ["--no-preload"]];
        var root = bare ? await BenchCluster.BenchAsync([.. load, "--node", $"127.0.0.1:{BarePort}"]) : await cluster.BenchAsync([1, 2, 3], load);
        var micros = root.GetProperty("costs").EnumerateArray().Sum(node => node.GetProperty("processorPerOperation").GetDouble());
        var kind = reads == 0 ? "writes" : "reads";
        return new Figures(micros, root.GetProperty("operationsPerSecond").GetDouble(), BenchCluster.Milliseconds(root, kind, "p50"), BenchCluster.Milliseconds(root, kind, "p99"));
    }

    private readonly record struct Figures(double Micros, double Rate, double P50, double P99);
}
