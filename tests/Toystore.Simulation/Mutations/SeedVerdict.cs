namespace Toystore.Simulation.Mutations;

/// <summary>How the run of a seed ended, as one process tells another.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Kind">A <see cref="Worlds.FailureKind"/>; or <see cref="Crashed"/> or <see cref="Hung"/>, if the process did; null if all is well.</param>
/// <param name="Oracle">Who found it.</param>
/// <param name="Message">What was found.</param>
/// <param name="Hash">Of all that happened.</param>
internal sealed record SeedVerdict(ulong Seed, string? Kind, string? Oracle, string? Message, ulong Hash)
{
    /// <summary>The process ended in the middle of it.</summary>
    public const string Crashed = "Crashed";

    /// <summary>It did not come to an end.</summary>
    public const string Hung = "Hung";
}
