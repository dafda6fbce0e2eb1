using System.Runtime.InteropServices;

namespace Toystore.Cli.Bench;

/// <summary>Sleeps to the microsecond where the system can (Linux, macOS), without spinning: the cores belong to what is measured.</summary>
internal static class PreciseSleep
{
    private const int SetTimerSlack = 29; // PR_SET_TIMERSLACK, linux/prctl.h

    /// <summary>Asks Linux to wake this thread when it says, not up to 50 µs later. Call once on each thread that sleeps.</summary>
    public static void Prepare()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = PrCtl(SetTimerSlack, 1);
        }
    }

    /// <summary>Sleeps about this long; not at all for less than a microsecond.</summary>
    public static void For(TimeSpan span)
    {
        if (span.TotalMicroseconds < 1)
        {
            return;
        }

        if (OperatingSystem.IsWindows() || span.TotalSeconds >= 0.5)
        {
            Thread.Sleep(span);
        }
        else
        {
            _ = USleep((uint)span.TotalMicroseconds);
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int USleep(uint microseconds);

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrCtl(int option, ulong value);
}
