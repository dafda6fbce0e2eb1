using System.Globalization;
using Toystore.Core;
using Toystore.Simulation.Histories;

namespace Toystore.Simulation.Workloads;

/// <summary>All clients of a run.</summary>
internal sealed class Workload
{
    /// <summary>Prefix of the keys whose last write wins: the cluster's policies must say so.</summary>
    public const string LastWritePrefix = "lww:";

    private readonly IClusterUnderTest _cluster;
    private readonly List<WorkloadClient> _clients = [];
    private int _names;

    public Workload(IClusterUnderTest cluster, History history, WorkloadPlan plan)
    {
        (_cluster, History, Plan) = (cluster, history, plan);
        Keys =
        [
            .. Enumerable.Range(0, plan.Keys).Select(i => (Key)string.Create(CultureInfo.InvariantCulture, $"k{i}")),
            .. Enumerable.Range(0, plan.LastWriteKeys).Select(i => (Key)string.Create(CultureInfo.InvariantCulture, $"{LastWritePrefix}{i}")),
        ];
        for (var client = 0; client < plan.Clients; client++)
        {
            _clients.Add(new WorkloadClient(client, this, cluster, cluster.For(string.Create(CultureInfo.InvariantCulture, $"client {client}"))));
        }
    }

    /// <summary>What they do.</summary>
    public WorkloadPlan Plan { get; }

    /// <summary>What they share.</summary>
    public IReadOnlyList<Key> Keys { get; }

    /// <summary>Where they write down what they ask and are told.</summary>
    public History History { get; }

    /// <summary>When they go home.</summary>
    public long Until { get; private set; }

    /// <summary>They work until their time is up, and until each has been told how its last request ended.</summary>
    public Task RunAsync()
    {
        Until = _cluster.Loop.Now + Plan.Duration.Ticks;
        return Task.WhenAll(_clients.Select(client => client.RunAsync()));
    }

    /// <summary>A name that no other write has, and a request id to go with it.</summary>
    public (string Name, Guid Request) NewName() => (string.Create(CultureInfo.InvariantCulture, $"v{++_names}"), new Guid(_names, 7, 7, new byte[8]));
}
