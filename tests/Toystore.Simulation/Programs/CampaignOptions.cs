namespace Toystore.Simulation.Programs;

/// <summary>Which seeds are run, how, and until when.</summary>
internal sealed record CampaignOptions
{
    /// <summary>The seeds, which are begun in this order.</summary>
    public required SeedRange Seeds { get; init; }

    /// <summary>No seed is begun after so much real time; null for no such bound.</summary>
    public TimeSpan? TimeMax { get; init; }

    /// <summary>So many of the first seeds are run twice, and their hashes compared: 0 by default.</summary>
    public ulong Twice { get; init; }

    /// <summary>Worlds that run at the same time, each on a thread of its own: one for each processor by default.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>A run that takes longer in real time is held to be stuck and left behind: 5 minutes by default.</summary>
    public TimeSpan RunTimeMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>True, by default: the result of every seed is kept, without its last events unless it failed: some hundred bytes a seed.</summary>
    public bool KeepsResults { get; init; } = true;
}
