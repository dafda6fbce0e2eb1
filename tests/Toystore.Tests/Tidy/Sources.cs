using System.Runtime.CompilerServices;

namespace Toystore.Tests.Tidy;

/// <summary>The files of this repository, as the tidy tests read them.</summary>
internal static class Sources
{
    /// <summary>The folder with the solution in it.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file below the given folders with one of these endings, build outputs left out, as paths from the root.</summary>
    public static IEnumerable<string> Files(string[] folders, params string[] endings) =>
        from folder in folders
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Split('/').Any(part => part is "bin" or "obj" or ".git" or "artifacts" or ".data")
        where endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal))
        orderby path
        select path;

    /// <summary>The lines of one of them.</summary>
    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    /// <summary>The text of one of them.</summary>
    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(folder, "Toystore.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Run the tests from a checkout: Toystore.slnx is not above " + here);
        }

        return folder;
    }
}
