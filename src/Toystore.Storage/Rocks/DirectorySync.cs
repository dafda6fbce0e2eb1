using System.Runtime.InteropServices;

namespace Toystore.Storage.Rocks;

/// <summary>
/// Makes names durable: on Unix a new file or directory survives a power cut only once the directory that names it was synced too, and .NET opens no directories. Windows journals names by itself.
/// </summary>
internal static partial class DirectorySync
{
    /// <summary>Syncs a directory.</summary>
    /// <exception cref="StoreException">The system refused.</exception>
    public static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var handle = open(directory, flags: 0);
        var failed = handle < 0 || fsync(handle) != 0;
        var error = Marshal.GetLastPInvokeErrorMessage();
        if (handle >= 0)
        {
            _ = close(handle);
        }

        if (failed)
        {
            throw new StoreException($"{directory} could not be synced to disk: {error}");
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int handle);

    [LibraryImport("libc")]
    private static partial int close(int handle);
}
