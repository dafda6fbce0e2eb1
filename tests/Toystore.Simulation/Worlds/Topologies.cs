using System.Collections.Concurrent;
using System.Globalization;
using Toystore.Node;
using Toystore.Simulation.Workloads;

namespace Toystore.Simulation.Worlds;

/// <summary>The topologies of the clusters that are simulated; making one takes longer than many a run, so that runs share them.</summary>
internal static class Topologies
{
    /// <summary>How long a node rests between two rounds of verifying its disk.</summary>
    public static readonly TimeSpan ScrubPause = TimeSpan.FromSeconds(60);

    private static readonly ConcurrentDictionary<(int Members, int N, int R, int W), ToystoreSetup> Made = new();

    /// <summary>A cluster of this shape, as its first node is set up.</summary>
    public static ToystoreSetup Of(Shape shape) => Made.GetOrAdd((shape.Members, shape.N, shape.R, shape.W), key =>
    {
        var setup = ToystoreSetup.Read(OptionsOf(shape), out var problems) ?? throw new InvalidOperationException(string.Join(" ", problems));
        return setup;
    });

    /// <summary>How the nodes of such a cluster are set up.</summary>
    public static ToystoreOptions OptionsOf(Shape shape)
    {
        var options = new ToystoreOptions
        {
            ClusterId = "8f0e7a34-52c6-4d2b-9c55-0b9f6f1f2a01",
            NodeId = "n1",
            N = shape.N,
            R = shape.R,
            W = shape.W,
            Store = StoreKind.Memory,
            Durability = shape.Durability,
            RequestsMax = shape.RequestsMax,
            SiblingsMax = shape.SiblingsMax,
            ScrubPause = ScrubPause,
            Timeout = shape.Work.Patience,
        };
        options.Policies.Add(new PolicyOptions { Prefix = Workload.LastWritePrefix, Policy = "lww" });
        for (var i = 1; i <= shape.Members; i++)
        {
            options.Members.Add(new MemberOptions { Id = string.Create(CultureInfo.InvariantCulture, $"n{i:x}"), Peer = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{7000 + i}") });
        }

        return options;
    }
}
