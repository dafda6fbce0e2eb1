using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Toystore.Benchmarks;

/// <summary>Nodes as processes of their own on this machine, and <c>toystore bench</c> against them as one more. Dispose it: it kills what it started.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private static readonly string Toystore = Path.Combine(AppContext.BaseDirectory, "toystore.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("toystore-bench-").FullName;
    private readonly Process?[] _nodes;
    private readonly int _firstPort;
    private readonly HttpClient _http = new();

    /// <summary>So many nodes, not started yet, with HTTP doors at <paramref name="firstPort"/> + 1 and so on.</summary>
    public BenchCluster(int nodes, int firstPort, string durability)
    {
        (_nodes, _firstPort) = (new Process?[nodes], firstPort);
        var members = string.Join(", ", Enumerable.Range(1, nodes).Select(i => $$"""{"id": "n{{i}}", "peer": "127.0.0.1:{{firstPort + 1000 + i}}", "http": "127.0.0.1:{{firstPort + i}}"}"""));
        File.WriteAllText(Path.Combine(_folder, "cluster.json"), $$"""{"clusterId": "0c8cf4c5-7a2c-4f0e-9d7a-51b9c3f3a7d1", "n": 3, "r": 2, "w": 2, "durability": "{{durability}}", "members": [{{members}}]}""");
    }

    /// <summary>How many nodes.</summary>
    public int Count => _nodes.Length;

    /// <summary>Processor time that those that run have used.</summary>
    public TimeSpan Processor => _nodes.Where(node => node is not null).Aggregate(TimeSpan.Zero, (sum, node) => sum + Refreshed(node!).TotalProcessorTime);

    /// <summary>Starts a node; <paramref name="wiped"/>: with nothing on its disk.</summary>
    public void Start(int node, bool wiped = false)
    {
        var data = Path.Combine(_folder, $"n{node}");
        if (wiped)
        {
            Directory.Delete(data, recursive: true);
        }

        _nodes[node - 1] = Begin("exec", Toystore, "serve", "--config", Path.Combine(_folder, "cluster.json"), "--id", $"n{node}", "--data", data, "--log-level", "Warning", "--parent-pid", $"{Environment.ProcessId}");
    }

    /// <summary>Starts all, and waits until they take requests.</summary>
    public async Task StartAsync()
    {
        for (var node = 1; node <= _nodes.Length; node++)
        {
            Start(node);
        }

        for (var node = 1; node <= _nodes.Length; node++)
        {
            await ReadyAsync(node);
        }
    }

    /// <summary>Kills a node.</summary>
    public async Task KillAsync(int node)
    {
        _nodes[node - 1]!.Kill();
        await _nodes[node - 1]!.WaitForExitAsync();
        _nodes[node - 1] = null;
    }

    /// <summary>Waits until a node takes requests.</summary>
    public Task ReadyAsync(int node) => ReadyAsync(_http, _firstPort + node);

    /// <summary>Waits until a door of this machine takes requests.</summary>
    public static async Task ReadyAsync(HttpClient http, int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"))).EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (attempt < 300)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>What node 1 answers.</summary>
    public async Task<JsonElement> AskAsync(string path)
    {
        using var answer = JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{_firstPort + 1}{path}")));
        return answer.RootElement.Clone();
    }

    /// <summary>Has every node compared with every other now.</summary>
    public async Task CompareNowAsync()
    {
        using var answer = await _http.PostAsync(new Uri($"http://127.0.0.1:{_firstPort + 1}/v1/cluster/repair"), null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Runs <c>toystore bench</c> against these nodes.</summary>
    public Task<JsonElement> BenchAsync(IEnumerable<int> nodes, params string[] words) => BenchAsync([.. nodes.SelectMany(node => (string[])["--node", $"127.0.0.1:{_firstPort + node}"]), .. words]);

    /// <summary>Runs <c>toystore bench</c>.</summary>
    /// <exception cref="InvalidOperationException">Some requests failed.</exception>
    public static async Task<JsonElement> BenchAsync(params string[] words)
    {
        using var process = Begin(["exec", Toystore, "bench", "--json", .. words]);
        var json = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        using var report = JsonDocument.Parse(json);
        return report.RootElement.GetProperty("failed").GetInt64() > 0 ? throw new InvalidOperationException("some requests failed: " + report.RootElement.GetProperty("errors")) : report.RootElement.Clone();
    }

    /// <summary>Starts a .NET program.</summary>
    public static Process Begin(params string[] args)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var arg in args)
        {
            info.ArgumentList.Add(arg);
        }

        return Process.Start(info) ?? throw new InvalidOperationException("dotnet could not be started");
    }

    /// <summary>A percentile of a report, in milliseconds.</summary>
    public static double Milliseconds(JsonElement report, string kind, string percentile) => report.GetProperty(kind).GetProperty(percentile).GetDouble() / 1000;

    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>A number for a command line.</summary>
    public static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    private static Process Refreshed(Process process)
    {
        process.Refresh();
        return process;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (var node = 1; node <= _nodes.Length; node++)
        {
            if (_nodes[node - 1] is not null)
            {
                await KillAsync(node);
            }
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
