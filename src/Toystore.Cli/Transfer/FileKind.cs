using System.Runtime.InteropServices;

namespace Toystore.Cli.Transfer;

/// <summary>Tells files from what only has a name among them. The runtime's own attributes do not.</summary>
internal static class FileKind
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint TypeWanted = 1;
    private const int ModeOffset = 28;
    private const int TypeBits = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>True if it is a pipe, socket or device; false if it is a file, or the system does not say (only Linux does).</summary>
    public static bool IsSpecial(string path)
    {
        // statx(2), unlike stat, has the same layout on every processor: 256 bytes, the mode in the 16 bits at 28.
        Span<byte> status = stackalloc byte[256];
        return OperatingSystem.IsLinux() && Status(CurrentDirectory, path, DoNotFollow, TypeWanted, ref MemoryMarshal.GetReference(status)) == 0
            && (BitConverter.ToUInt16(status[ModeOffset..]) & TypeBits) != RegularFile;
    }

    [DllImport("libc", EntryPoint = "statx", BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Status(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint wanted, ref byte status);
}
