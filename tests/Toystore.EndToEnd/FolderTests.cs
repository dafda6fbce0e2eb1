using System.Text.Json;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>Real files through the command line and back.</summary>
public sealed class FolderTests : RealProcessTests
{
    [Fact]
    public async Task A_folder_put_in_through_two_nodes_comes_out_of_another_byte_for_byte_while_a_third_is_killed()
    {
        var cluster = await StartClusterAsync(new ClusterShape(5) { ValueLimit = 64 << 20 });
        var folder = Dotnet.SdkFolder();
        var files = Files(folder);
        Assert.True(files.Count > 1000, $"{folder} has only {files.Count} files.");

        var import = Keep(RunningProcess.Toystore(
            "import", folder, "--prefix", "sdk/", "--node", cluster[1].HttpAddress, "--node", cluster[2].HttpAddress, "--timeout", "60s", "--retry-for", "10m", "--json"));
        await UntilWrittenAsync(cluster, import, files.Count / 4);
        await cluster[3].KillAsync();
        await UntilWrittenAsync(cluster, import, files.Count / 2);
        Assert.True(import.IsRunning, "The import ended before the node was back.");
        await cluster[3].StartAsync(Cancel);
        var imported = JsonDocument.Parse((await import.EndAsync(Cancel)).Expect(0).Output).RootElement;
        Assert.Equal(files.Count, imported.GetProperty("files").GetInt32());
        Assert.Equal(files.Sum(file => new FileInfo(Path.Combine(folder, file)).Length), imported.GetProperty("bytes").GetInt64());
        Assert.Equal(0, imported.GetProperty("failures").GetArrayLength());

        var listed = (await cluster[5].RunAsync("list", "sdk/")).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(files.Select(file => "sdk/" + file), listed.Order(StringComparer.Ordinal));

        // Also the node that missed a part of it.
        foreach (var node in (RealNode[])[cluster[4], cluster[3]])
        {
            var exported = Path.Combine(Root, "exported-" + node.Id);
            (await node.RunAsync("export", exported, "--prefix", "sdk/", "--timeout", "60s", "--retry-for", "10m")).Expect(0);
            AssertSame(folder, exported);
            Directory.Delete(exported, recursive: true);
        }
    }

    [Fact]
    public async Task Files_with_odd_names_come_back_under_the_same_names()
    {
        var cluster = await StartClusterAsync(new ClusterShape(3) { Durability = "os" });
        var folder = Path.Combine(Root, "odd");
        string[] names =
        [
            "plain", "with space", " leading and trailing ", "%", "%2F", "100%25", "a+b", "#hash", "?query=1&b=2", "semi;colon", "quo\"te", "back\\slash", "star*", "tab\tin", "line\nend", "-dash", "--node",
            ".hidden", "..two", "...", "naïve", "日本語", "🧸", "e\u0301 is not é", "a/b/c", ".dir/.file", "dir with space/x", "dir%2Fx/y", new string('x', 255), new string('é', 127), "~tilde", "$(touch x)", "|pipe",
        ];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            await File.WriteAllTextAsync(Path.Combine(folder, name), "content of " + name, Cancel);
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "empty"), [], Cancel);
        await File.WriteAllBytesAsync(Path.Combine(folder, "all bytes"), [.. Enumerable.Range(0, 256).Select(b => (byte)b)], Cancel);
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "plain");
        await using (var pipe = RunningProcess.Start("mkfifo", [Path.Combine(folder, "pipe")]))
        {
            (await pipe.EndAsync(Cancel)).Expect(0);
        }

        foreach (var prefix in (string[])["", "odd/prefix %/"])
        {
            Assert.Contains("2 links and special files skipped", (await cluster[1].RunAsync("import", folder, "--prefix", prefix)).Expect(0).Output, StringComparison.Ordinal);
            var exported = Path.Combine(Root, "exported");
            var report = (await cluster[2].RunAsync("export", exported, "--prefix", prefix)).Expect(0);
            Assert.StartsWith($"{names.Length + 2} files", report.Output, StringComparison.Ordinal);
            Assert.Empty(report.Error);
            AssertSame(folder, exported);
            Directory.Delete(exported, recursive: true);
        }
    }

    /// <summary>Waits until the nodes have coordinated so many writes; those of the killed one do not count.</summary>
    private static async Task UntilWrittenAsync(RealCluster cluster, RunningProcess import, int writes)
    {
        var status = await RealCluster.UntilStatusAsync(
            cluster[1], $"{writes} writes are done", status => !import.IsRunning || status.Members.Sum(member => member.Node?.Writes ?? 0) >= writes, Cancel);
        Assert.True(import.IsRunning, $"The import ended too early: {status.Summary}\n{import.Text}");
    }

    private static List<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Where(file => Path.GetFileName(file) != "pipe").Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    private static void AssertSame(string expected, string actual)
    {
        var files = Files(expected);
        Assert.Equal(files, Files(actual));
        var different = files.Where(file => !File.ReadAllBytes(Path.Combine(expected, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, file))));
        Assert.Empty(different);
    }
}
