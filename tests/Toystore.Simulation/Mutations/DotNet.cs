namespace Toystore.Simulation.Mutations;

/// <summary>The command that builds and runs.</summary>
internal static class DotNet
{
    /// <summary>The one that runs this program, if it says so; otherwise the one on the PATH.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
