using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Toystore.Cli.Dev;

/// <summary>Which ports are taken, and by whom.</summary>
internal static class Ports
{
    /// <summary>True if nothing listens on this port of 127.0.0.1 and it can be taken now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A phrase about the process that listens there, as far as this user may know.</summary>
    public static string Holder(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return $"find out who has it with: lsof -iTCP:{port} -sTCP:LISTEN";
        }

        var inodes = Listening(port).ToHashSet(StringComparer.Ordinal);
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            if (Holds(process, inodes))
            {
                var id = int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture);
                var words = ProcessMark.CommandLine(id);
                return $"process {id} has it ({(words.Length > 80 ? words[..80] + "…" : words)})";
            }
        }

        return inodes.Count == 0 ? "a connection that has just ended may still hold it: try again in a minute" : "a process of another user has it";
    }

    /// <summary>Inodes of the sockets that listen on a port: proc_net_tcp(5), local address in field 1, state 0A in field 3, inode in field 9.</summary>
    private static IEnumerable<string> Listening(int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in File.Exists(table) ? File.ReadLines(table) : [])
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9 && fields[3] == "0A" && fields[1].EndsWith(suffix, StringComparison.Ordinal))
                {
                    yield return fields[9];
                }
            }
        }
    }

    private static bool Holds(string process, HashSet<string> inodes)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd"))
                .Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal) && inodes.Contains(target[8..^1]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
