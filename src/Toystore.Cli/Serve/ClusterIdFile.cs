using Toystore.Core;

namespace Toystore.Cli.Serve;

/// <summary>The cluster id of a node that was started alone and given none: made up once, then kept in its data directory.</summary>
internal static class ClusterIdFile
{
    /// <summary>The id in the directory; a new one, written down first, if there is none.</summary>
    /// <exception cref="UsageException">The file is there and holds something else.</exception>
    public static ClusterId ReadOrCreate(string directory)
    {
        var path = Path.Combine(directory, "cluster-id");
        if (File.Exists(path))
        {
            return ClusterId.TryParse(File.ReadAllText(path).Trim(), out var kept) ? kept : throw new UsageException($"{path} holds no cluster id: restore it, or start with --cluster-id.");
        }

        Directory.CreateDirectory(directory);
        var made = new ClusterId(Seeds.NewGuid());
        File.WriteAllText(path + ".tmp", made + "\n");
        File.Move(path + ".tmp", path);
        return made;
    }
}
