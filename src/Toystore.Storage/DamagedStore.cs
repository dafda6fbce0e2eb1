using System.Globalization;
using Toystore.Storage.Rocks;

namespace Toystore.Storage;

/// <summary>
/// What can be done about a directory that <see cref="RocksDbStore.Open"/> refuses as damaged, by somebody's decision. Whatever is given up is marked in the directory first (a file <c>LOST</c>), on the disk: whoever opens it must count its store as one that
/// has lost records until it has taken note of that for good.
/// </summary>
public static class DamagedStore
{
    private const string Mark = "LOST";

    /// <summary>True if records were given up, and nobody has taken note yet.</summary>
    public static bool HasLost(string directory) => File.Exists(Path.Combine(directory, Mark));

    /// <summary>Records are going to be given up.</summary>
    /// <exception cref="StoreException">The disk does not take note.</exception>
    public static void MarkLost(string directory)
    {
        try
        {
            using (var file = new FileStream(Path.Combine(directory, Mark), FileMode.Create, FileAccess.Write))
            {
                file.Flush(flushToDisk: true);
            }

            DirectorySync.Sync(directory);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The store's directory {directory} cannot be used: {problem.Message}", problem);
        }
    }

    /// <summary>That records were given up is known elsewhere, for good.</summary>
    public static void ForgetLoss(string directory) => File.Delete(Path.Combine(directory, Mark));

    /// <summary>Moves the files of the store into a directory of their own inside it, named with the time; nothing is deleted. Returns where they are.</summary>
    /// <exception cref="StoreException">They cannot be moved.</exception>
    public static string SetAside(string directory, DateTimeOffset now)
    {
        var aside = Path.Combine(directory, "damaged-" + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        try
        {
            for (var again = 2; Directory.Exists(aside); again++)
            {
                aside = string.Create(CultureInfo.InvariantCulture, $"{aside.Split('_')[0]}_{again}");
            }

            PrivateDirectory.Create(aside);
            foreach (var part in Layout.PartsOf(directory).ToList())
            {
                Directory.Move(part, Path.Combine(aside, Path.GetFileName(part)));
            }

            DirectorySync.Sync(aside);
            DirectorySync.Sync(directory);
            return aside;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The files of the damaged store in {directory} could not be set aside: {problem.Message}", problem);
        }
    }
}
