namespace Toystore.Cli.Dev;

/// <summary>What somebody asked of a local cluster; null where nothing was said.</summary>
internal sealed record DevShape(int? Nodes, int? Zones, int? N, int? R, int? W, string? Durability, int? PortOffset = null)
{
    /// <summary>Throws if no cluster can be like that.</summary>
    /// <exception cref="UsageException">The sentence says what could be.</exception>
    public void Check()
    {
        if (Nodes > DevCluster.NodesMax)
        {
            throw new UsageException($"--nodes is 1 to {DevCluster.NodesMax}; it was {Nodes}.");
        }

        if (PortOffset is < 0 or > DevCluster.PortOffsetMax)
        {
            throw new UsageException($"--port-offset is 0 to {DevCluster.PortOffsetMax}; it was {PortOffset}.");
        }

        if (R > (N ?? 3) || W > (N ?? 3))
        {
            throw new UsageException($"--r and --w are at most --n, which is {N ?? 3}.");
        }
    }

    /// <summary>Throws if the cluster in the directory is otherwise: its data was laid out for what it is.</summary>
    /// <exception cref="UsageException">Something differs.</exception>
    public void CheckAgainst(DevCluster old, string directory)
    {
        if (PortOffset is not null && PortOffset != old.PortOffset)
        {
            throw new UsageException($"{directory} holds a cluster whose first node listens at {old.Members[0].Http}, and you asked for other ports: leave --port-offset out to start it, or add --fresh to delete it.");
        }

        var zones = old.Members.Select(member => member.Zone).Distinct().Count();
        if ((Nodes ?? old.Members.Count) != old.Members.Count || (Zones ?? zones) != zones || (N ?? old.N) != old.N || (R ?? old.R) != old.R || (W ?? old.W) != old.W || (Durability ?? old.Durability) != old.Durability)
        {
            throw new UsageException(
                $"{directory} holds a cluster of {old.Members.Count} nodes in {zones} zones with n={old.N}, durability={old.Durability}, and you asked for another: leave the options out to start it, or add --fresh to delete it.");
        }
    }
}
