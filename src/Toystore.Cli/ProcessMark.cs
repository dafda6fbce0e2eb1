using System.ComponentModel;
using System.Diagnostics;

namespace Toystore.Cli;

/// <summary>A running process: its number, and the moment it started, since numbers are used again.</summary>
internal sealed record ProcessMark(int Id, string Started)
{
    /// <summary>The running process with this number; null if there is none, or only its remains.</summary>
    public static ProcessMark? Find(int id)
    {
        if (OperatingSystem.IsLinux())
        {
            return FromProc(id);
        }

        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited ? null : new ProcessMark(id, process.StartTime.Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The words the process was started with, separated by spaces; its name where the system keeps those to itself; empty if it is gone.</summary>
    public static string CommandLine(int id)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ').Trim();
            }

            using var process = Process.GetProcessById(id);
            return process.ProcessName;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException or Win32Exception)
        {
            return "";
        }
    }

    /// <summary>proc(5): after the name in parentheses, field 3 is the state and field 22 the start, in ticks since boot.</summary>
    private static ProcessMark? FromProc(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : new ProcessMark(id, fields[19]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
