namespace Toystore.Storage.Rocks;

/// <summary>Makes directories that only their owner can look into: among the records are the keys of the cluster.</summary>
internal static class PrivateDirectory
{
    /// <summary>Makes it, unless it is there already: then it stays as it is.</summary>
    public static void Create(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory); // as its parent allows
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
