using System.Diagnostics;
using System.Reflection;

namespace Toystore.Simulation.Mutations;

/// <summary>A copy of the sources with mutations in it, built. The sources themselves stay as they are. Dispose it: it is a directory.</summary>
internal sealed class MutatedTree : IDisposable
{
    private static readonly string[] Folders = ["src/Toystore.Abstractions", "src/Toystore.Core", "src/Toystore.Storage", "src/Toystore.Node", "tests/Toystore.Simulation"];
    private static readonly string[] Files = ["Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", "global.json"];

    // The copy's own: it does nothing but what SeedHunt is asked.
    private const string ProgramSource =
        """
        return Toystore.Simulation.Mutations.SeedHunt.Run(args, seed => Toystore.Simulation.Worlds.SimulationRun.Run(seed), System.Console.Out);

        """;

    // Nodes tell one another their version, so that it is part of what happens; the copy is in no repository to take it from.
    private static string OwnVersion => typeof(MutatedTree).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private MutatedTree(string directory) => Directory = directory;

    /// <summary>Where it is.</summary>
    public string Directory { get; }

    /// <summary>What was built: <see cref="SeedHunt"/> takes its arguments.</summary>
    public string Program => Path.Combine(Directory, "tests", "Toystore.Simulation", "bin", "Release", "net10.0", "Toystore.Simulation.dll");

    /// <summary>The directory with the solution in it, above this program.</summary>
    /// <exception cref="PlantingException">There is none.</exception>
    public static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Toystore.slnx")))
            {
                return directory;
            }
        }

        throw new PlantingException($"Mutations are planted in a copy of the sources, and Toystore.slnx is not above {AppContext.BaseDirectory}: run this from a checkout.");
    }

    /// <summary>Copies the sources, plants the mutations and builds.</summary>
    /// <exception cref="PlantingException">A mutation does not fit the sources, or they do not build with it.</exception>
    public static async Task<MutatedTree> MakeAsync(string root, IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        var tree = new MutatedTree(System.IO.Directory.CreateTempSubdirectory("toystore-mutations-").FullName);
        try
        {
            tree.Copy(root);
            tree.Plant(mutations);
            await tree.BuildAsync(cancellationToken);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private void Copy(string root)
    {
        foreach (var folder in Folders)
        {
            foreach (var file in System.IO.Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories))
            {
                var path = Path.GetRelativePath(root, file);
                if (!path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
                {
                    CopyFile(root, path);
                }
            }
        }

        foreach (var file in Files)
        {
            CopyFile(root, file);
        }
    }

    private void CopyFile(string root, string path)
    {
        var to = Path.Combine(Directory, path);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(Path.Combine(root, path), to);
    }

    private void Plant(IReadOnlyList<Mutation> mutations)
    {
        foreach (var file in mutations.SelectMany(mutation => mutation.Edits).Select(edit => edit.File).Distinct())
        {
            var path = Path.Combine(Directory, file);
            if (!File.Exists(path))
            {
                throw new PlantingException($"A mutation is for {file}, which is not there any more: adapt it.");
            }

            File.WriteAllText(path, Planting.Plant(file, File.ReadAllText(path), mutations));
        }

        File.WriteAllText(Path.Combine(Directory, Planting.SwitchFile), Planting.SwitchSource);
        File.WriteAllText(Path.Combine(Directory, "tests", "Toystore.Simulation", "Program.cs"), ProgramSource);
    }

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        // Nothing is fetched: whoever runs this has just built the original with the same packages.
        var noPackages = Path.Combine(Directory, "no-packages");
        System.IO.Directory.CreateDirectory(noPackages);
        var start = new ProcessStartInfo(DotNet.Path) { WorkingDirectory = Directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["build", "tests/Toystore.Simulation", "-c", "Release", "-v", "quiet", "-nologo", "-nodeReuse:false",
            $"-p:RestoreSources={noPackages}", "-p:NuGetAudit=false", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:GenerateDocumentationFile=false", "-p:DebugType=none", "-p:UseAppHost=false", $"-p:InformationalVersion={OwnVersion}", "-p:IncludeSourceRevisionInInformationalVersion=false"])
        {
            start.ArgumentList.Add(argument);
        }

        using var build = Process.Start(start) ?? throw new PlantingException($"{DotNet.Path} could not be started.");
        try
        {
            var output = build.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = build.StandardError.ReadToEndAsync(cancellationToken);
            await build.WaitForExitAsync(cancellationToken);
            if (build.ExitCode != 0)
            {
                throw new PlantingException($"The sources with the mutations in them do not build:\n{await output}{await errors}");
            }
        }
        finally
        {
            if (!build.HasExited)
            {
                build.Kill(entireProcessTree: true);
            }
        }
    }
}
