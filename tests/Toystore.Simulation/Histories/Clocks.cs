namespace Toystore.Simulation.Histories;

/// <summary>What the wall clocks of the nodes have said: they disagree, and what has expired for one has not for another.</summary>
internal sealed class Clocks(IClusterUnderTest cluster)
{
    /// <summary>The latest time that any of them has shown.</summary>
    public DateTimeOffset Latest { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>How far they may be apart before one does not follow another.</summary>
    public TimeSpan SkewMax => cluster.ClockSkewMax;

    /// <summary>When one of them was last set.</summary>
    public long LastSet { get; private set; }

    /// <summary>Looks at all of them; by node.</summary>
    public DateTimeOffset[] Look()
    {
        var now = new DateTimeOffset[cluster.Nodes];
        for (var node = 0; node < now.Length; node++)
        {
            now[node] = cluster.WallClock(node);
            Latest = now[node] > Latest ? now[node] : Latest;
        }

        return now;
    }

    /// <summary>One of them was set.</summary>
    public void WereSet(long moment)
    {
        LastSet = moment;
        Look();
    }

    /// <summary>True if a value may have expired for some node.</summary>
    public bool MayHaveExpired(WriteOp write) => write.ExpiresAt is { } at && Latest.AddMilliseconds(1) >= at;

    /// <summary>True if it had expired by every clock before a read began.</summary>
    public bool HadExpired(WriteOp write, ReadOp read) => write.ExpiresAt is { } at && at <= read.EarliestClock && LastSet < read.Begin;
}
