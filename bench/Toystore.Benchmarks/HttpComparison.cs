using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Toystore.Benchmarks;

/// <summary>
/// Processor time of a three-node cluster per request, summed over the nodes, against a bare Kestrel endpoint: the two in turn, several rounds, medians of the ratios. Processor time rather than throughput, because the load
/// generator, the nodes and whatever else the machine does share its cores.
/// </summary>
internal static class HttpComparison
{
    private const int BarePort = 8390;
    private const int Connections = 64;
    private static readonly string Toystore = Path.Combine(AppContext.BaseDirectory, "toystore.dll");

    public static async Task<int> RunAsync(TextWriter output, string[] args)
    {
        var durability = args is [var first, ..] ? first : "os";
        var rounds = args is [_, var second, ..] ? int.Parse(second, CultureInfo.InvariantCulture) : 5;
        var folder = Directory.CreateTempSubdirectory("toystore-bench-").FullName;
        var running = new List<Process>();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "cluster.json"), ClusterFile(durability));
            running.Add(Start("exec", Path.Combine(AppContext.BaseDirectory, "Toystore.Benchmarks.dll"), "bare-endpoint", $"{BarePort}"));
            for (var node = 1; node <= 3; node++)
            {
                running.Add(Start("exec", Toystore, "serve", "--config", Path.Combine(folder, "cluster.json"), "--id", $"n{node}", "--data", Path.Combine(folder, $"n{node}"), "--log-level", "Warning"));
            }

            await ReadyAsync([BarePort, 8391, 8392, 8393]);
            await CompareAsync(output, durability, rounds);
            return 0;
        }
        finally
        {
            foreach (var process in running)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(TextWriter output, string durability, int rounds)
    {
        await output.WriteLineAsync($"3 nodes, N=3, R=W=2, {durability}, values of 100 bytes, 10,000 keys, {Connections} connections; warming up");
        await MeasureAsync(reads: 0, warm: 15, preload: true);
        await MeasureAsync(reads: 100, warm: 15);
        await MeasureAsync(reads: 100, warm: 10, bare: true);
        var (gets, puts, getMicros, putMicros, bareMicros) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            var bare = await MeasureAsync(reads: 100, warm: 1, bare: true);
            var get = await MeasureAsync(reads: 100, warm: 1);
            var put = await MeasureAsync(reads: 0, warm: 1);
            gets.Add(get.Micros / bare.Micros);
            puts.Add(put.Micros / bare.Micros);
            bareMicros.Add(bare.Micros);
            getMicros.Add(get.Micros);
            putMicros.Add(put.Micros);
            await output.WriteLineAsync(FormattableString.Invariant(
                $"round {round}: bare {bare.Micros:0.0} us at {bare.Rate:0}/s; GET {get.Micros:0.0} us at {get.Rate:0}/s (p50 {get.P50:0.00} p99 {get.P99:0.00} ms), {gets[^1]:0.00}x; PUT {put.Micros:0.0} us at {put.Rate:0}/s (p50 {put.P50:0.00} p99 {put.P99:0.00} ms), {puts[^1]:0.00}x"));
        }

        await output.WriteLineAsync(FormattableString.Invariant(
            $"median: bare {Median(bareMicros):0.0} us; GET {Median(getMicros):0.0} us, {Median(gets):0.00}x (wanted <= 3); PUT {Median(putMicros):0.0} us, {Median(puts):0.00}x (wanted <= 6)"));
    }

    private static async Task<Figures> MeasureAsync(int reads, int warm, bool bare = false, bool preload = false)
    {
        string[] nodes = bare ? ["--node", $"127.0.0.1:{BarePort}"] : ["--node", "127.0.0.1:8391", "--node", "127.0.0.1:8392", "--node", "127.0.0.1:8393"];
        string[] load = ["exec", Toystore, "bench", "--json", "--connections", $"{Connections}", "--reads", $"{reads}", "--duration", "5s", "--warmup", $"{warm}s"];
        using var process = Start([.. load, .. nodes, .. preload ? Array.Empty<string>() : ["--no-preload"]]);
        var json = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        using var report = JsonDocument.Parse(json);
        var root = report.RootElement;
        var micros = root.GetProperty("costs").EnumerateArray().Sum(node => node.GetProperty("processorPerOperation").GetDouble());
        var latencies = root.GetProperty(reads == 0 ? "writes" : "reads");
        return root.GetProperty("failed").GetInt64() > 0
            ? throw new InvalidOperationException("some requests failed: " + root.GetProperty("errors"))
            : new Figures(micros, root.GetProperty("operationsPerSecond").GetDouble(), latencies.GetProperty("p50").GetDouble() / 1000, latencies.GetProperty("p99").GetDouble() / 1000);
    }

    private static async Task ReadyAsync(int[] ports)
    {
        using var client = new HttpClient();
        foreach (var port in ports)
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    (await client.GetAsync($"http://127.0.0.1:{port}/health/ready")).EnsureSuccessStatusCode();
                    break;
                }
                catch (HttpRequestException) when (attempt < 200)
                {
                    await Task.Delay(100);
                }
            }
        }
    }

    private static Process Start(params string[] args)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var arg in args)
        {
            info.ArgumentList.Add(arg);
        }

        return Process.Start(info) ?? throw new InvalidOperationException("dotnet could not be started");
    }

    private static string ClusterFile(string durability)
    {
        var members = string.Join(", ", Enumerable.Range(1, 3).Select(i => $$"""{"id": "n{{i}}", "peer": "127.0.0.1:{{9390 + i}}", "http": "127.0.0.1:{{8390 + i}}"}"""));
        return $$"""{"clusterId": "0c8cf4c5-7a2c-4f0e-9d7a-51b9c3f3a7d1", "n": 3, "r": 2, "w": 2, "durability": "{{durability}}", "members": [{{members}}]}""";
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private readonly record struct Figures(double Micros, double Rate, double P50, double P99);
}
