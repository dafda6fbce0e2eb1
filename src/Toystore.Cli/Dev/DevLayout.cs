using System.Globalization;

namespace Toystore.Cli.Dev;

/// <summary>Where a local cluster keeps what: <c>cluster.json</c>, <c>pid</c> (of <c>toystore dev</c>), and for each node <c>n1/</c> with its data, its <c>pid</c> and its <c>log</c>.</summary>
internal sealed class DevLayout(string directory)
{
    public string Root { get; } = Path.GetFullPath(directory);

    public string ClusterFile => Path.Combine(Root, "cluster.json");

    public string SupervisorPidFile => Path.Combine(Root, "pid");

    public string NodeDirectory(string id) => Path.Combine(Root, id);

    public string PidFile(string id) => Path.Combine(Root, id, "pid");

    public string LogFile(string id) => Path.Combine(Root, id, "log");

    /// <summary>The number in a pid file; null if there is no such file, or nothing sensible in it.</summary>
    public static int? ReadPid(string file)
    {
        try
        {
            return int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? id : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Writes a pid file whole.</summary>
    public static void WritePid(string file, int id)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file + ".tmp", id.ToString(CultureInfo.InvariantCulture) + "\n");
        File.Move(file + ".tmp", file, overwrite: true);
    }

    /// <summary>The running process of a node: the number in its pid file, if what has that number is toystore on the node's directory and not a stranger that got the number later.</summary>
    public ProcessMark? RunningNode(string id) => Running(PidFile(id), words => words.Contains(NodeDirectory(id), StringComparison.Ordinal));

    /// <summary>The running <c>toystore dev</c>.</summary>
    public ProcessMark? RunningSupervisor() => Running(SupervisorPidFile, words => words.Split(' ').Contains("dev", StringComparer.Ordinal));

    /// <summary>Deletes what a cluster has left here, and nothing else that may lie in the directory.</summary>
    public void Clear(IEnumerable<string> ids)
    {
        foreach (var id in ids.Where(id => Directory.Exists(NodeDirectory(id))))
        {
            Directory.Delete(NodeDirectory(id), recursive: true);
        }

        File.Delete(ClusterFile);
        File.Delete(SupervisorPidFile);
    }

    private static ProcessMark? Running(string pidFile, Func<string, bool> isOurs)
    {
        if (ReadPid(pidFile) is not { } id || ProcessMark.Find(id) is not { } process)
        {
            return null;
        }

        var words = ProcessMark.CommandLine(id);
        return words.Contains("toystore", StringComparison.OrdinalIgnoreCase) && (!OperatingSystem.IsLinux() || isOurs(words)) ? process : null;
    }
}
