namespace Toystore.Storage.Rocks;

/// <summary>Copies all shards into a directory that appears whole or not at all: it is built under another name first.</summary>
internal static unsafe class ShardCheckpoint
{
    /// <summary>Makes the copy. Blocks on the disk.</summary>
    /// <exception cref="StoreException">It could not be made; nothing is left of it.</exception>
    public static void Write(Shard[] shards, string directory)
    {
        if (Path.Exists(directory))
        {
            throw new StoreException($"{directory} exists already: a checkpoint makes its own directory.");
        }

        var partial = Path.TrimEndingDirectorySeparator(directory) + ".partial";
        try
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true); // what a crash left
            }

            PrivateDirectory.Create(partial);
            for (var i = 0; i < shards.Length; i++)
            {
                Write(shards[i], Layout.ShardDirectory(partial, i));
            }

            Layout.Write(partial, shards.Length, creating: false);
            Directory.Move(partial, directory);
            DirectorySync.Sync(Path.GetDirectoryName(Path.GetFullPath(directory))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreException)
        {
            Remove(partial);
            throw new StoreException($"The checkpoint {directory} could not be made: {e.Message}", e);
        }
    }

    private static void Write(Shard shard, string directory)
    {
        using var lease = shard.Use();
        byte* text = null;
        var checkpoint = Native.rocksdb_checkpoint_object_create(lease.Database, &text);
        if (text is null)
        {
            Native.rocksdb_checkpoint_create(checkpoint, directory, logSizeForFlush: 0, &text);
            Native.rocksdb_checkpoint_object_destroy(checkpoint);
        }

        if (text is not null)
        {
            throw new StoreException(NativeError.Take(text).Message ?? directory);
        }
    }

    private static void Remove(string partial)
    {
        try
        {
            Directory.Delete(partial, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk that refused the copy may refuse this too; the next checkpoint of that name clears it away.
        }
    }
}
