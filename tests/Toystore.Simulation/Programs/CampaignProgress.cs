namespace Toystore.Simulation.Programs;

/// <summary>What has happened so far, over all seeds that have ended.</summary>
internal sealed record CampaignProgress
{
    /// <summary>Seeds that have ended.</summary>
    public ulong Seeds { get; init; }

    /// <summary>Of how many; null if only time ends it.</summary>
    public ulong? SeedsAll { get; init; }

    /// <summary>Those of them that were run a second time to compare.</summary>
    public ulong Compared { get; init; }

    /// <summary>Those that failed.</summary>
    public ulong Failed { get; init; }

    /// <summary>Real time.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Time of the worlds, all together. A second run to compare does not count.</summary>
    public TimeSpan VirtualTime { get; init; }

    /// <summary>Writes that clients were told are done.</summary>
    public long Done { get; init; }

    /// <summary>Writes that clients were told are not done.</summary>
    public long NotDone { get; init; }

    /// <summary>Writes of which clients do not know.</summary>
    public long Unknown { get; init; }

    /// <summary>Reads that were answered.</summary>
    public long Reads { get; init; }

    /// <summary>Reads that were not.</summary>
    public long FailedReads { get; init; }

    /// <summary>Faults that came to pass.</summary>
    public long Faults { get; init; }

    /// <summary>Pieces of work that ran.</summary>
    public long Steps { get; init; }

    /// <summary>The seed that took longest in real time.</summary>
    public ulong SlowestSeed { get; init; }

    /// <summary>How long that took.</summary>
    public TimeSpan SlowestTime { get; init; }

    /// <summary>The seed that has been running longest; null if none runs.</summary>
    public ulong? OldestSeed { get; init; }

    /// <summary>How long it has been running.</summary>
    public TimeSpan OldestTime { get; init; }

    /// <summary>Virtual time by real time.</summary>
    public double Ratio => Elapsed > TimeSpan.Zero ? VirtualTime / Elapsed : 0;

    /// <summary>Seeds in a second of real time.</summary>
    public double SeedsPerSecond => Elapsed > TimeSpan.Zero ? Seeds / Elapsed.TotalSeconds : 0;
}
