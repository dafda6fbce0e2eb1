using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Toystore.Cli.Dev;

/// <summary>Starts and ends the processes of a local cluster.</summary>
internal static class NodeProcess
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    /// <summary>
    /// Appends both outputs to the log and becomes the node: the shell's process is the node's, and the node does not depend on whoever started it to read what it prints. With setsid, where there is one,
    /// it belongs to no terminal, so that neither Ctrl-C nor a closed window reaches it but through <c>toystore dev</c>.
    /// </summary>
    private const string Launch = "exec </dev/null >>\"$0\" 2>&1; if command -v setsid >/dev/null 2>&1; then exec setsid \"$@\"; else exec \"$@\"; fi";

    /// <summary>Starts a node of the cluster and notes its process id.</summary>
    /// <exception cref="IOException">It could not be started.</exception>
    public static ProcessMark Start(DevLayout layout, string id, int? parentProcessId)
    {
        Directory.CreateDirectory(layout.NodeDirectory(id));
        var start = new ProcessStartInfo { UseShellExecute = false, CreateNoWindow = true };
        string[] launcher = OperatingSystem.IsWindows() ? [] : ["/bin/sh", "-c", Launch, layout.LogFile(id)];
        foreach (var word in launcher.Concat(SelfCommand()).Concat(["serve", "--config", layout.ClusterFile, "--id", id, "--data", layout.NodeDirectory(id)]))
        {
            Append(start, word);
        }

        if (parentProcessId is { } parent)
        {
            Append(start, "--parent-pid");
            Append(start, parent.ToString(CultureInfo.InvariantCulture));
        }

        try
        {
            using var process = Process.Start(start) ?? throw new IOException($"{id} could not be started.");
            DevLayout.WritePid(layout.PidFile(id), process.Id);
            return ProcessMark.Find(process.Id) ?? new ProcessMark(process.Id, "");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{id} could not be started: {e.Message}", e);
        }
    }

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(ProcessMark process) => Send(process, SigTerm);

    /// <summary>Ends a process at once, as a power cut would.</summary>
    public static void Kill(ProcessMark process) => Send(process, SigKill);

    /// <summary>Asks all to end, waits up to <paramref name="patience"/>, then ends what is left. The number that had to be ended.</summary>
    public static async Task<int> StopAllAsync(IReadOnlyList<ProcessMark> processes, TimeSpan patience, TimeProvider time)
    {
        foreach (var process in processes)
        {
            Terminate(process);
        }

        var begun = time.GetTimestamp();
        var left = processes;
        while ((left = [.. left.Where(IsRunning)]).Count > 0 && time.GetElapsedTime(begun) < patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None);
        }

        foreach (var process in left)
        {
            Kill(process);
        }

        return left.Count;
    }

    /// <summary>True while the process runs.</summary>
    public static bool IsRunning(ProcessMark process) => ProcessMark.Find(process.Id) == process;

    /// <summary>How this program was started: itself, or dotnet with toystore.dll.</summary>
    private static IEnumerable<string> SelfCommand()
    {
        var host = Environment.ProcessPath ?? throw new IOException("This system does not say how this program was started: start the nodes with toystore serve.");
        return Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? [host, Path.Combine(AppContext.BaseDirectory, "toystore.dll")] : [host];
    }

    private static void Append(ProcessStartInfo start, string word)
    {
        if (start.FileName.Length == 0)
        {
            start.FileName = word;
        }
        else
        {
            start.ArgumentList.Add(word);
        }
    }

    private static void Send(ProcessMark process, int signal)
    {
        if (!IsRunning(process))
        {
            return;
        }

        if (!OperatingSystem.IsWindows())
        {
            _ = SendSignal(process.Id, signal);
            return;
        }

        try
        {
            using var running = Process.GetProcessById(process.Id);
            running.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It ended by itself meanwhile.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
