using System.Diagnostics;

namespace Toystore.Tests.Storage;

/// <summary>A file system of its own, of a few MiB, mounted for one test.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _mount = Directory.CreateTempSubdirectory("toystore-disk-");

    public SmallDisk(int mebibytes) => Run($"mount -t tmpfs -o size={mebibytes}m tmpfs {_mount.FullName}");

    public string this[string name] => Path.Combine(_mount.FullName, name);

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using var ballast = File.Create(this["ballast"]);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                ballast.Write(block);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            // Full: what was wanted.
        }
    }

    /// <summary>Leaves little room.</summary>
    public void FillTo(long bytesLeft)
    {
        using var ballast = File.Create(this["ballast"]);
        ballast.Write(new byte[new DriveInfo(_mount.FullName).AvailableFreeSpace - bytesLeft]);
    }

    public void Empty() => File.Delete(this["ballast"]);

    public void MakeReadOnly() => Run($"mount -o remount,ro {_mount.FullName}");

    public void MakeWritable() => Run($"mount -o remount,rw {_mount.FullName}");

    public void Dispose()
    {
        Run($"umount {_mount.FullName}");
        _mount.Delete();
    }

    private static void Run(string command)
    {
        var space = command.IndexOf(' ', StringComparison.Ordinal);
        using var process = Process.Start(new ProcessStartInfo(command[..space], command[(space + 1)..]) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"This test mounts a small file system, which takes root (in a container: docker run --cap-add SYS_ADMIN). '{command}' said: {error}");
    }
}
