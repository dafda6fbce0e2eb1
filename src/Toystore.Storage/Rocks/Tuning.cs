namespace Toystore.Storage.Rocks;

/// <summary>
/// The native options that all shards of a store share, with one block cache and one bound on memory. Lives longer than every database opened with it.
/// </summary>
internal sealed class Tuning : IDisposable
{
    // rocksdb/options.h, WALRecoveryMode::kTolerateCorruptedTailRecords. A log that ends in the middle of a record is what a crash leaves, and that record was acknowledged to nobody. Damage before
    // the end is not: the default (point in time) would drop it and every acknowledged write after it in silence. Here the store refuses to open instead, and reads give its records back from the other owners.
    private const int TolerateTornTail = 0;
    private const int PointInTime = 2;
    private const int CompressionLz4 = 4;
    private const int LogErrorsOnly = 3;
    private const int BlockCacheTier = 1;

    private readonly nint _cache;
    private readonly nint _buffers;
    private readonly nint _table;

    public Tuning(RocksDbStoreOptions options, int shards, bool mayCreate)
    {
        var bufferBytes = (nuint)Math.Min(options.WriteBufferBytes, options.BlockCacheBytes / 4);
        _cache = CreateCache(options.BlockCacheBytes);
        _buffers = Native.rocksdb_write_buffer_manager_create_with_cache((nuint)Math.Max(options.BlockCacheBytes / 2, (long)bufferBytes), _cache, allowStall: 0);

        _table = Native.rocksdb_block_based_options_create();
        Native.rocksdb_block_based_options_set_block_cache(_table, _cache);
        Native.rocksdb_block_based_options_set_cache_index_and_filter_blocks(_table, 1);
        Native.rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(_table, 1);
        Native.rocksdb_block_based_options_set_block_size(_table, 8 << 10);
        Native.rocksdb_block_based_options_set_filter_policy(_table, Native.rocksdb_filterpolicy_create_bloom_full(10));

        Database = Native.rocksdb_options_create();
        Native.rocksdb_options_set_create_if_missing(Database, mayCreate ? (byte)1 : (byte)0);
        Native.rocksdb_options_set_block_based_table_factory(Database, _table);
        Native.rocksdb_options_set_write_buffer_manager(Database, _buffers);
        Native.rocksdb_options_set_write_buffer_size(Database, bufferBytes);
        Native.rocksdb_options_set_max_write_buffer_number(Database, 3);
        Native.rocksdb_options_set_max_total_wal_size(Database, 4 * (ulong)bufferBytes);
        Native.rocksdb_options_set_compression(Database, CompressionLz4);
        Native.rocksdb_options_set_level_compaction_dynamic_level_bytes(Database, 1);
        Native.rocksdb_options_set_max_open_files(Database, 512 / shards);
        Native.rocksdb_options_set_max_file_opening_threads(Database, 2);
        Native.rocksdb_options_set_max_background_jobs(Database, 2);
        Native.rocksdb_options_set_bytes_per_sync(Database, 1 << 20);
        Native.rocksdb_options_set_wal_recovery_mode(Database, options.AcceptDamagedLog ? PointInTime : TolerateTornTail);
        Native.rocksdb_options_set_track_and_verify_wals_in_manifest(Database, 1);
        Native.rocksdb_options_set_avoid_flush_during_shutdown(Database, 1);
        Native.rocksdb_options_set_stats_dump_period_sec(Database, 0);
        Native.rocksdb_options_set_stats_persist_period_sec(Database, 0);
        Native.rocksdb_options_set_info_log_level(Database, LogErrorsOnly);
        Native.rocksdb_options_set_max_log_file_size(Database, 1 << 20);
        Native.rocksdb_options_set_keep_log_file_num(Database, 2);

        Read = Native.rocksdb_readoptions_create();
        ReadMemory = Native.rocksdb_readoptions_create();
        Native.rocksdb_readoptions_set_read_tier(ReadMemory, BlockCacheTier);
        WriteOs = Native.rocksdb_writeoptions_create();
        WriteFsync = Native.rocksdb_writeoptions_create();
        Native.rocksdb_writeoptions_set_sync(WriteFsync, 1);
    }

    /// <summary>How to open a database.</summary>
    public nint Database { get; }

    /// <summary>A read that may go to the disk.</summary>
    public nint Read { get; }

    /// <summary>A read that gives up (<see cref="NativeErrorKind.Incomplete"/>) rather than go to the disk.</summary>
    public nint ReadMemory { get; }

    /// <summary>A write that ends with the operating system.</summary>
    public nint WriteOs { get; }

    /// <summary>A write that ends on the disk.</summary>
    public nint WriteFsync { get; }

    public void Dispose()
    {
        Native.rocksdb_writeoptions_destroy(WriteFsync);
        Native.rocksdb_writeoptions_destroy(WriteOs);
        Native.rocksdb_readoptions_destroy(ReadMemory);
        Native.rocksdb_readoptions_destroy(Read);
        Native.rocksdb_options_destroy(Database);
        Native.rocksdb_block_based_options_destroy(_table);
        Native.rocksdb_write_buffer_manager_destroy(_buffers);
        Native.rocksdb_cache_destroy(_cache);
    }

    // By itself RocksDB cuts the cache into parts of half a MiB or so; the filter of one large file fills such a part and keeps being thrown out, which was seen as reads of hot keys that went to the disk.
    private static nint CreateCache(long bytes)
    {
        var options = Native.rocksdb_lru_cache_options_create();
        Native.rocksdb_lru_cache_options_set_capacity(options, (nuint)bytes);
        Native.rocksdb_lru_cache_options_set_num_shard_bits(options, bytes >= 1L << 30 ? 4 : bytes >= 64 << 20 ? 2 : 0);
        var cache = Native.rocksdb_cache_create_lru_opts(options);
        Native.rocksdb_lru_cache_options_destroy(options);
        return cache;
    }
}
