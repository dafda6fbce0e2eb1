using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>
/// What tests with real processes share: a directory, and clusters and commands in it. All processes are ended and the directory is deleted with the test; if it failed, it shows what the processes printed.
/// </summary>
public abstract class RealProcessTests : IAsyncDisposable
{
    private const int LinesShown = 60;

    private readonly List<RealCluster> _clusters = [];
    private readonly List<RunningProcess> _commands = [];
    private readonly List<IAsyncDisposable> _surroundings = [];

    /// <summary>The directory of this test.</summary>
    protected string Root { get; } = Directory.CreateTempSubdirectory("toystore-e2e-").FullName;

    /// <summary>Cancelled when the run is.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (var (name, text) in _clusters.SelectMany(cluster => cluster.Nodes).Select(node => (node.Id, node.Text)).Concat(_commands.Select(command => ($"process {command.Id}", command.Text))))
        {
            if (failed)
            {
                var lines = text.Split('\n');
                TestContext.Current.TestOutputHelper?.WriteLine($"=== {name}, the last of {lines.Length} lines\n{string.Join('\n', lines.TakeLast(LinesShown))}");
            }
        }

        foreach (var cluster in _clusters)
        {
            await cluster.DisposeAsync();
        }

        foreach (var command in _commands)
        {
            await command.DisposeAsync();
        }

        foreach (var surrounding in _surroundings)
        {
            await surrounding.DisposeAsync();
        }

        Directory.Delete(Root, recursive: true);
    }

    /// <summary>A cluster that is not started yet.</summary>
    internal RealCluster NewCluster(ClusterShape shape)
    {
        var cluster = RealCluster.New(Path.Combine(Root, $"cluster{_clusters.Count + 1}"), shape);
        _clusters.Add(cluster);
        return cluster;
    }

    /// <summary>A cluster that runs.</summary>
    internal async Task<RealCluster> StartClusterAsync(ClusterShape shape)
    {
        var cluster = NewCluster(shape);
        await cluster.StartAsync(Cancel);
        return cluster;
    }

    /// <summary>A process that is ended with the test, if it still runs.</summary>
    internal RunningProcess Keep(RunningProcess process)
    {
        _commands.Add(process);
        return process;
    }

    /// <summary>Something that processes run in: it goes after them.</summary>
    internal T KeepLongest<T>(T surrounding)
        where T : IAsyncDisposable
    {
        _surroundings.Add(surrounding);
        return surrounding;
    }

    /// <summary>Runs <c>toystore</c> with these words to its end.</summary>
    internal Task<CommandResult> ToystoreAsync(params string[] words) => Keep(RunningProcess.Toystore(words)).EndAsync(Cancel);
}
