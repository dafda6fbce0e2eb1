using Toystore.Simulation.Faults;

namespace Toystore.Simulation.Programs;

/// <summary>What to type to see something again.</summary>
internal static class Commands
{
    private const string Program = "dotnet run -c Release --project tests/Toystore.Simulation --";

    /// <summary>Runs a seed as it was.</summary>
    public static string Replay(ulong seed) => $"{Program} --seed {seed} --trace";

    /// <summary>Runs a seed with these of its faults.</summary>
    public static string Replay(ulong seed, IReadOnlyList<Fault> faults) => $"{Program} --seed {seed} --faults {(faults.Count == 0 ? "none" : Numbers(faults, ","))} --trace";

    /// <summary>Runs a seed twice.</summary>
    public static string Twice(ulong seed) => $"{Program} --seed {seed} --twice 1";

    /// <summary>The body of a test that fails as long as the seed does.</summary>
    public static string Test(ulong seed, IReadOnlyList<Fault> faults) => $"Assert.Null(Replay.Failure({seed}, [{Numbers(faults, ", ")}]));";

    private static string Numbers(IReadOnlyList<Fault> faults, string separator) => string.Join(separator, faults.Select(fault => fault.Number));
}
