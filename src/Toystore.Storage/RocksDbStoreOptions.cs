using System.ComponentModel.DataAnnotations;

namespace Toystore.Storage;

/// <summary>How a <see cref="RocksDbStore"/> is opened.</summary>
public sealed record RocksDbStoreOptions
{
    /// <summary>Where the store lies. Made if it does not exist; belongs to one process at a time.</summary>
    [Required]
    public required string Directory { get; init; }

    /// <summary>
    /// How many parts, each with its own log and writer, a <em>new</em> directory is given; one that exists keeps its number. 1 to 16; 0 (the default) takes 1 on up to 4 cores, else a quarter of the cores, at most 4.
    /// </summary>
    [Range(0, 16)]
    public int Shards { get; init; }

    /// <summary>Memory for blocks, indexes, filters and unwritten records together, in bytes, of all shards. 8 MiB or more, 64 MiB by default. Not filled before it is needed.</summary>
    [Range(8L << 20, long.MaxValue)]
    public long BlockCacheBytes { get; init; } = 64L << 20;

    /// <summary>How much of <see cref="BlockCacheBytes"/> a shard may fill with records before it writes them to a sorted file. 64 KiB or more, 16 MiB by default.</summary>
    [Range(64L << 10, 1L << 30)]
    public long WriteBufferBytes { get; init; } = 16L << 20;

    /// <summary>
    /// Below this much room on the disk, writes are refused as <see cref="StoreWrite.Full"/>. What the node knows of itself and batches that only remove may use three quarters of it, so that a full node
    /// can be emptied and stopped. 256 MiB by default: the room that merging files needs.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long FreeBytesReserve { get; init; } = 256L << 20;

    /// <summary>Bytes that may wait to be written, in all; one batch alone may be larger. Beyond: <see cref="StoreWrite.Overloaded"/>. 32 MiB by default.</summary>
    [Range(1L << 10, long.MaxValue)]
    public long QueueBytesMax { get; init; } = 32L << 20;

    /// <summary>Batches that may wait to be written, in all. Beyond: <see cref="StoreWrite.Overloaded"/>. 16384 by default.</summary>
    [Range(1, int.MaxValue)]
    public int QueueBatchesMax { get; init; } = 16384;

    /// <summary>Threads for reads that memory cannot answer. One more does scans and checkpoints. 1 to 64, 3 by default.</summary>
    [Range(1, 64)]
    public int ReadThreads { get; init; } = 3;

    /// <summary>
    /// Open a store whose log is damaged before its end, dropping the log from the damage on: for the day when a power cut hit every copy. Acknowledged writes may be lost, so the node must count its store as
    /// one that lost writes. False by default: such a directory is refused.
    /// </summary>
    public bool AcceptDamagedLog { get; init; }

    internal int ShardsOfNew => Shards > 0 ? Shards : Environment.ProcessorCount <= 4 ? 1 : Math.Min(4, Environment.ProcessorCount / 4);

    internal void Require()
    {
        if (string.IsNullOrWhiteSpace(Directory))
        {
            throw new ArgumentException("A store needs a directory.");
        }

        RequireRange(Shards, 0, 16, nameof(Shards));
        RequireRange(BlockCacheBytes, 8L << 20, long.MaxValue, nameof(BlockCacheBytes));
        RequireRange(WriteBufferBytes, 64L << 10, 1L << 30, nameof(WriteBufferBytes));
        RequireRange(FreeBytesReserve, 0, long.MaxValue, nameof(FreeBytesReserve));
        RequireRange(QueueBytesMax, 1L << 10, long.MaxValue, nameof(QueueBytesMax));
        RequireRange(QueueBatchesMax, 1, int.MaxValue, nameof(QueueBatchesMax));
        RequireRange(ReadThreads, 1, 64, nameof(ReadThreads));
    }

    private static void RequireRange(long value, long min, long max, string name)
    {
        if (value < min || value > max)
        {
            throw new ArgumentException($"{name} is {value}; it must lie between {min} and {max}.");
        }
    }
}
