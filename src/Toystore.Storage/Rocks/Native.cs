using System.Runtime.InteropServices;

namespace Toystore.Storage.Rocks;

/// <summary>
/// The part of RocksDB's C interface (rocksdb/c.h) that the store uses, bound at compile time. The package's own managed layer is not used: it emits its binding at run time, never asks an iterator for its error,
/// copies values twice and leaves handles to finalizers. Calls marked with SuppressGCTransition only read memory.
/// </summary>
internal static unsafe partial class Native
{
    private const string Library = "rocksdb";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, static (name, assembly, path) =>
        name != Library ? 0
        : NativeLibrary.TryLoad(name, assembly, path, out var handle) || NativeLibrary.TryLoad(name + "-musl", assembly, path, out handle) ? handle
        : 0);

    [LibraryImport(Library)] public static partial void rocksdb_free(void* memory);

    [LibraryImport(Library)] public static partial nint rocksdb_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_create_if_missing(nint options, byte value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_open_files(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_file_opening_threads(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_background_jobs(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_write_buffer_size(nint options, nuint value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_write_buffer_number(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_write_buffer_manager(nint options, nint value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_block_based_table_factory(nint options, nint value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_compression(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_level_compaction_dynamic_level_bytes(nint options, byte value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_wal_recovery_mode(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_track_and_verify_wals_in_manifest(nint options, byte value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_total_wal_size(nint options, ulong value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_bytes_per_sync(nint options, ulong value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_avoid_flush_during_shutdown(nint options, byte value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_stats_dump_period_sec(nint options, uint value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_stats_persist_period_sec(nint options, uint value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_info_log_level(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_log_file_size(nint options, nuint value);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_keep_log_file_num(nint options, nuint value);

    [LibraryImport(Library)] public static partial nint rocksdb_block_based_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_cache(nint options, nint cache);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_size(nint options, nuint value);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(nint options, byte value);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_filter_policy(nint options, nint policy);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(nint options, byte value);
    [LibraryImport(Library)] public static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);
    [LibraryImport(Library)] public static partial nint rocksdb_lru_cache_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_lru_cache_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_lru_cache_options_set_capacity(nint options, nuint value);
    [LibraryImport(Library)] public static partial void rocksdb_lru_cache_options_set_num_shard_bits(nint options, int value);
    [LibraryImport(Library)] public static partial nint rocksdb_cache_create_lru_opts(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_cache_destroy(nint cache);
    [LibraryImport(Library)] public static partial nint rocksdb_write_buffer_manager_create_with_cache(nuint bufferSize, nint cache, byte allowStall);
    [LibraryImport(Library)] public static partial void rocksdb_write_buffer_manager_destroy(nint manager);

    [LibraryImport(Library)] public static partial nint rocksdb_readoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_read_tier(nint options, int value);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_fill_cache(nint options, byte value);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_readahead_size(nint options, nuint value);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_snapshot(nint options, nint snapshot);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_iterate_upper_bound(nint options, byte* key, nuint keyLength);
    [LibraryImport(Library)] public static partial nint rocksdb_writeoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_writeoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_writeoptions_set_sync(nint options, byte value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint rocksdb_open(nint options, string name, byte** error);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint rocksdb_open_for_read_only(nint options, string name, byte errorIfWalExists, byte** error);
    [LibraryImport(Library)] public static partial void rocksdb_close(nint db);
    [LibraryImport(Library)] public static partial void rocksdb_flush_wal(nint db, byte sync, byte** error);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int rocksdb_property_int(nint db, string name, ulong* value);

    [LibraryImport(Library)] public static partial nint rocksdb_get_pinned(nint db, nint options, byte* key, nuint keyLength, byte** error);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* rocksdb_pinnableslice_value(nint slice, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_pinnableslice_destroy(nint slice);

    [LibraryImport(Library)] public static partial void rocksdb_write(nint db, nint options, nint batch, byte** error);
    [LibraryImport(Library)] public static partial nint rocksdb_writebatch_create();
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_destroy(nint batch);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_clear(nint batch);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_put(nint batch, byte* key, nuint keyLength, byte* value, nuint valueLength);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_delete(nint batch, byte* key, nuint keyLength);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_delete_range(nint batch, byte* first, nuint firstLength, byte* end, nuint endLength);

    [LibraryImport(Library)] public static partial nint rocksdb_create_iterator(nint db, nint options);
    [LibraryImport(Library)] public static partial void rocksdb_iter_destroy(nint iterator);
    [LibraryImport(Library)] public static partial void rocksdb_iter_seek(nint iterator, byte* key, nuint keyLength);
    [LibraryImport(Library)] public static partial void rocksdb_iter_next(nint iterator);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte rocksdb_iter_valid(nint iterator);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* rocksdb_iter_key(nint iterator, nuint* length);
    [LibraryImport(Library)] public static partial byte* rocksdb_iter_value(nint iterator, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_iter_get_error(nint iterator, byte** error);

    [LibraryImport(Library)] public static partial nint rocksdb_create_snapshot(nint db);
    [LibraryImport(Library)] public static partial void rocksdb_release_snapshot(nint db, nint snapshot);

    [LibraryImport(Library)] public static partial nint rocksdb_checkpoint_object_create(nint db, byte** error);
    [LibraryImport(Library)] public static partial void rocksdb_checkpoint_object_destroy(nint checkpoint);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void rocksdb_checkpoint_create(nint checkpoint, string directory, ulong logSizeForFlush, byte** error);
}
