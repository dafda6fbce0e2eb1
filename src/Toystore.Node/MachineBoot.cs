using System.Security.Cryptography;

namespace Toystore.Node;

/// <summary>Which start of the machine this is.</summary>
internal static class MachineBoot
{
    private const string Path = "/proc/sys/kernel/random/boot_id";

    /// <summary>The same in all processes between two starts of a Linux machine. Elsewhere another one in each process: then whoever was not stopped cleanly counts as one whose machine lost power.</summary>
    public static Guid Id { get; } = Read();

    private static Guid Read()
    {
        try
        {
            if (File.Exists(Path) && Guid.TryParse(File.ReadAllText(Path).Trim(), out var boot))
            {
                return boot;
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // as if there were none
        }

        return new Guid(RandomNumberGenerator.GetBytes(16));
    }
}
