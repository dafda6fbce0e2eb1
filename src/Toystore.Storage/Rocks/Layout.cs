using System.Globalization;
using System.Text;

namespace Toystore.Storage.Rocks;

/// <summary>
/// What a store's directory looks like: a file <c>STORE</c> that says which format it is and how many shards there are, and a RocksDB directory for each.
/// <code>
/// STORE         toystore store 1⏎shards 2⏎
/// shard-00/     slots 0, 2, 4, ...
/// shard-01/     slots 1, 3, 5, ...
/// </code>
/// </summary>
internal static class Layout
{
    private const string FileName = "STORE";
    private const string FirstLine = "toystore store 1";
    private const string Creating = "creating";
    private const int ShardsMax = 16;

    /// <summary>Where a shard lies.</summary>
    public static string ShardDirectory(string directory, int shard) => Path.Combine(directory, FormattableString.Invariant($"shard-{shard:00}"));

    /// <summary>What a directory holds; it is made with <paramref name="shardsOfNew"/> if it is new.</summary>
    /// <exception cref="StoreException">It cannot be read or made, or is something else.</exception>
    public static (int Shards, bool Creating) Prepare(string directory, int shardsOfNew)
    {
        try
        {
            if (File.Exists(Path.Combine(directory, FileName)))
            {
                return Read(directory);
            }

            if (Directory.Exists(ShardDirectory(directory, 0)))
            {
                throw new StoreException($"{directory} has shards but no file {FileName}, so it is not known how many there should be. {Advice(directory)}") { IsDamage = true };
            }

            PrivateDirectory.Create(directory);
            Write(directory, shardsOfNew, creating: true);
            for (var shard = 0; shard < shardsOfNew; shard++)
            {
                // The directory itself may have been there before, open to others.
                PrivateDirectory.Create(ShardDirectory(directory, shard));
            }

            return (shardsOfNew, true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The store's directory {directory} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes the file that describes a directory, and makes it durable. While it says <paramref name="creating"/>, shards that are missing may be made; later a missing shard is lost data.
    /// </summary>
    public static void Write(string directory, int shards, bool creating)
    {
        var path = Path.Combine(directory, FileName);
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{FirstLine}\nshards {shards}\n{(creating ? Creating + "\n" : "")}")));
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
        DirectorySync.Sync(directory);
        if (Path.GetDirectoryName(Path.GetFullPath(directory)) is { } parent)
        {
            DirectorySync.Sync(parent);
        }
    }

    /// <summary>The files of a store: what describes it, and its shards.</summary>
    public static IEnumerable<string> PartsOf(string directory) => Directory.EnumerateFileSystemEntries(directory).Where(path => Path.GetFileName(path) is var name && (name.StartsWith(FileName, StringComparison.Ordinal) || name.StartsWith("shard-", StringComparison.Ordinal)));

    /// <summary>What to do with a directory that cannot be opened.</summary>
    public static string Advice(string directory) =>
        $"Nothing was deleted. To go on, start the node with --damaged-store refill: its files are set aside in {directory}, and the other owners give everything back. Or move it away yourself (mv '{directory}' '{directory}.broken'). "
        + "If no other owner has a whole copy and only the log is damaged, --damaged-store cut opens what was written before the damage.";

    private static (int Shards, bool Creating) Read(string directory)
    {
        var lines = File.ReadAllLines(Path.Combine(directory, FileName));
        if (lines.Length > 0 && lines[0].StartsWith("toystore store ", StringComparison.Ordinal) && lines[0] != FirstLine)
        {
            throw new StoreException($"{directory} was written by a newer Toystore ('{lines[0]}'; this one knows '{FirstLine}'). Start that version again, or upgrade this one.");
        }

        var creating = lines.Length == 3 && lines[2] == Creating;
        return (lines.Length == 2 || creating) && lines[0] == FirstLine && lines[1].StartsWith("shards ", StringComparison.Ordinal)
            && int.TryParse(lines[1].AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var shards) && shards is > 0 and <= ShardsMax
            ? (shards, creating)
            : throw new StoreException($"The file {FileName} in {directory} is damaged. {Advice(directory)}") { IsDamage = true };
    }
}
