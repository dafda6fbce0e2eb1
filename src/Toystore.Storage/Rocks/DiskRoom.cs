namespace Toystore.Storage.Rocks;

/// <summary>The room left on a disk, asked of the system at most every 100 ms.</summary>
internal sealed class DiskRoom(string directory, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // Windows counts room by drive, the others by the file system that a path is on.
    private readonly DriveInfo _drive = new(OperatingSystem.IsWindows() ? Path.GetPathRoot(directory)! : directory);
    private readonly string _probe = Path.Combine(directory, "writable");

    // Guards the three below.
    private readonly Lock _lock = new();
    private bool _known;
    private long _asked;
    private long _free;

    /// <summary>Bytes free for this process; <see cref="long.MaxValue"/> if the system does not say.</summary>
    public long Free
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetTimestamp();
                if (!_known || time.GetElapsedTime(_asked, now) >= Interval)
                {
                    (_known, _asked, _free) = (true, now, Ask());
                }

                return _free;
            }
        }
    }

    /// <summary>True if a file can be made there.</summary>
    public bool TryProbe()
    {
        try
        {
            File.WriteAllBytes(_probe, [1]);
            File.Delete(_probe);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private long Ask()
    {
        try
        {
            return _drive.AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }
}
