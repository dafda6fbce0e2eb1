using Toystore.Client;

namespace Toystore.EndToEnd.Processes;

/// <summary>A cluster of real processes on this machine, with ports and a directory of its own.</summary>
internal sealed class RealCluster : IAsyncDisposable
{
    private RealCluster(string directory, ClusterShape shape)
    {
        Directory.CreateDirectory(directory);
        var ports = FreePorts.Take(2 * shape.Nodes);
        Nodes = [.. Enumerable.Range(0, shape.Nodes).Select(i => new RealNode($"n{i + 1:x}", shape.PlaceOf(i + 1), ports[2 * i], ports[(2 * i) + 1], directory))];
        Id = Guid.NewGuid();
        File.WriteAllText(Path.Combine(directory, "cluster.json"), shape.ToJson(Id, Nodes));
    }

    public Guid Id { get; }

    /// <summary>n1, n2 and so on.</summary>
    public IReadOnlyList<RealNode> Nodes { get; }

    /// <summary>Node 1 to the number of nodes.</summary>
    public RealNode this[int number] => Nodes[number - 1];

    /// <summary>A cluster that is not started yet.</summary>
    public static RealCluster New(string directory, ClusterShape shape) => new(directory, shape);

    /// <summary>Starts all nodes and waits until each takes requests and finds all others well.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var node in Nodes)
        {
            node.Start();
        }

        foreach (var node in Nodes)
        {
            await node.ReadyAsync(cancellationToken);
        }

        foreach (var node in Nodes)
        {
            await UntilStatusAsync(node, "all is well", status => status.Healthy, cancellationToken);
        }
    }

    /// <summary>Kills all nodes, as one power cut would.</summary>
    public Task KillAllAsync() => Task.WhenAll(Nodes.Where(node => node.Process.IsRunning).Select(node => node.KillAsync()));

    /// <summary>Waits until the node says so of the cluster.</summary>
    public static async Task<ClusterStatus> UntilStatusAsync(RealNode node, string what, Func<ClusterStatus, bool> holds, CancellationToken cancellationToken)
    {
        using var client = node.Connect();
        ClusterStatus? last = null;
        await Patience.UntilAsync(
            $"{node.Id} says that {what}", async () => await AskAsync(client, cancellationToken) is { } status && holds(last = status), cancellationToken);
        return last!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static async Task<ClusterStatus?> AskAsync(ToystoreHttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.StatusAsync(cancellationToken);
        }
        catch (ClusterUnreachableException)
        {
            return null;
        }
    }
}
