namespace Toystore.Simulation.Mutations;

/// <summary>What became of a mutation.</summary>
/// <param name="Mutation">Which.</param>
/// <param name="Found">The run that found it; null if none did.</param>
/// <param name="Seeds">How many seeds ran, with the one that found it.</param>
/// <param name="Took">How long that took.</param>
internal sealed record Hunted(Mutation Mutation, SeedVerdict? Found, int Seeds, TimeSpan Took)
{
    private const int LineMax = 200;

    /// <summary>In a line.</summary>
    public override string ToString() => Found is null
        ? $"NOT found in {Seeds} seeds ({Took.TotalSeconds:0} s): {Mutation.Name}: {Mutation.Sentence}"
        : $"found after {Seeds,3} seeds ({Took.TotalSeconds:0} s): {Mutation.Name}: {Found.Kind}{(Found.Oracle is null ? "" : $", {Found.Oracle}")}: {FirstLine(Found.Message)}";

    private static string FirstLine(string? text)
    {
        var line = text is null ? "" : text.Trim().Split('\n')[0];
        return line.Length <= LineMax ? line : $"{line[..LineMax]}…";
    }
}
