namespace Toystore.Node.Agreement;

/// <summary>When a node looks after the topology.</summary>
internal sealed record TopologyTiming
{
    /// <summary>How often it compares epochs with some other member, between half of it and all of it: so all have heard of a new one after some log2 of their number of these. 2 s by default.</summary>
    public TimeSpan BetweenGossips { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often it tries again while it has no topology. 200 ms by default.</summary>
    public TimeSpan BetweenTries { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>For how many tries a majority of the seeds waits for the others before it founds the cluster without them, and each seed for every one before it to do it. 3 by default.</summary>
    public int TriesForAll { get; init; } = 3;
}
