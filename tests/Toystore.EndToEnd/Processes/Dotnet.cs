using System.Runtime.InteropServices;

namespace Toystore.EndToEnd.Processes;

/// <summary>The .NET that runs this test.</summary>
internal static class Dotnet
{
    /// <summary>The folder it is installed in: the runtime lies in shared/Microsoft.NETCore.App/VERSION/ below it.</summary>
    private static readonly string Root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>The command <c>dotnet</c>.</summary>
    public static string Host { get; } = Path.Combine(Root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>The command line as it was built with this test.</summary>
    public static string ToystoreDll { get; } = Path.Combine(AppContext.BaseDirectory, "toystore.dll");

    /// <summary>The folder of the SDK: thousands of files, a few of them over 16 MiB.</summary>
    public static string SdkFolder() =>
        Directory.EnumerateDirectories(Path.Combine(Root, "sdk")).Where(folder => File.Exists(Path.Combine(folder, "dotnet.dll"))).Order(StringComparer.Ordinal).LastOrDefault()
        ?? throw new DirectoryNotFoundException($"There is no SDK below {Root}: these tests need the one that builds them.");
}
