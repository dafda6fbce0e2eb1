namespace Toystore.Simulation.Membership;

/// <summary>What a cluster suffers in <see cref="SwimMeasures.FalseDeaths"/>.</summary>
internal sealed record SwimTrouble
{
    public int Members { get; init; } = 100;

    /// <summary>Members that stop and run by turns.</summary>
    public int SlowMembers { get; init; } = 20;

    /// <summary>True: only their packets stop, both ways, and their clocks go on, as in Lifeguard's experiments. False: they stop whole.</summary>
    public bool OnlyPacketsStop { get; init; } = true;

    /// <summary>How long they stop: anything between these two.</summary>
    public TimeSpan StopMin { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan StopMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long they run between two stops, at least and on average.</summary>
    public TimeSpan RunMean { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a packet is lost.</summary>
    public double Loss { get; init; } = 0.05;

    /// <summary>For how long.</summary>
    public TimeSpan Span { get; init; } = TimeSpan.FromMinutes(10);
}
