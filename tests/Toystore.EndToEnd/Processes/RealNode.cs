using Toystore.Client;

namespace Toystore.EndToEnd.Processes;

/// <summary>A member of a cluster, as a process that can be killed and started again on the same data.</summary>
internal sealed class RealNode(string id, NodePlace place, int httpPort, int peerPort, string directory) : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<RunningProcess> _runs = [];

    public string Id => id;

    public string HttpAddress => $"{place.Host}:{httpPort}";

    public string PeerAddress => $"{place.Host}:{peerPort}";

    public int HttpPort => httpPort;

    public Uri Http => new("http://" + HttpAddress);

    public string DataDirectory => Path.Combine(directory, id);

    /// <summary>The file it starts with.</summary>
    public string ConfigFile { get; set; } = Path.Combine(directory, "cluster.json");

    /// <summary>The process that runs, or ran last.</summary>
    public RunningProcess Process => _runs[^1];

    /// <summary>All that its processes have printed.</summary>
    public string Text => string.Join($"\n--- {id} is started again ---\n", _runs.Select(run => run.Text));

    /// <summary>Starts it; ready some time later.</summary>
    public void Start() => _runs.Add(RunningProcess.Toystore(place.Before, ServeWords("--data", DataDirectory)));

    /// <summary>What starts this node, with these words behind.</summary>
    public string[] ServeWords(params string[] more) => ["serve", "--config", ConfigFile, "--id", id, "--parent-pid", Environment.ProcessId.ToString(), .. more];

    /// <summary>Starts it and waits until it takes requests.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Start();
        await ReadyAsync(cancellationToken);
    }

    /// <summary>Waits until it takes requests.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => Patience.UntilAsync($"{id} is ready", () => IsReadyAsync(cancellationToken), cancellationToken);

    /// <summary>Ends it as a power cut would.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Process.Terminate();
        (await Process.EndAsync(cancellationToken)).Expect(0);
    }

    /// <summary>A client of this node alone, more patient than any test is slow; the caller disposes of it.</summary>
    public ToystoreHttpClient Connect() => new(new ToystoreHttpOptions { Nodes = [Http], Timeout = Patience.Limit, ListTimeout = Patience.Limit, ConnectTimeout = Patience.Limit });

    /// <summary>Runs <c>toystore</c> against this node.</summary>
    public async Task<CommandResult> RunAsync(string verb, params string[] words)
    {
        await using var command = RunningProcess.Toystore([verb, "--node", HttpAddress, .. words]);
        return await command.EndAsync(TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
        {
            await run.DisposeAsync();
        }

        _http.Dispose();
    }

    private async ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        Assert.True(Process.IsRunning, $"The process of {id} has ended.");
        try
        {
            using var response = await _http.GetAsync(new Uri(Http, "/health/ready"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }
}
