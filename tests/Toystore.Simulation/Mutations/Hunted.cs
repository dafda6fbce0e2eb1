namespace Toystore.Simulation.Mutations;

/// <summary>What became of a mutation.</summary>
/// <param name="Mutation">Which.</param>
/// <param name="Found">The run that found it; null if none did.</param>
/// <param name="Seeds">How many seeds ran, with the one that found it.</param>
/// <param name="Took">How long that took.</param>
internal sealed record Hunted(Mutation Mutation, SeedVerdict? Found, int Seeds, TimeSpan Took)
{
    /// <summary>In a line.</summary>
    public override string ToString() => Found is null
        ? $"NOT found in {Seeds} seeds ({Took.TotalSeconds:0} s): {Mutation.Name}: {Mutation.Sentence}"
        : $"found after {Seeds,3} seeds ({Took.TotalSeconds:0} s): {Mutation.Name}: {Found.Kind}{(Found.Oracle is null ? "" : $", {Found.Oracle}")}: {FirstLine(Found.Message)}";

    private static string FirstLine(string? text) => text is null ? "" : text.AsSpan().Trim().IndexOf('\n') is >= 0 and var end ? text.Trim()[..end] : text.Trim();
}
