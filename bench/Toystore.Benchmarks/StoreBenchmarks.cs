using BenchmarkDotNet.Attributes;
using Toystore.Storage;

namespace Toystore.Benchmarks;

/// <summary>One call of a store at a time: what a caller waits and what it allocates. For many callers at once see <see cref="SyncedWritesComparison"/>.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int Keys = 100_000;
    private const int BatchKeys = 128;

    private readonly StoreKey[] _keys = [.. Enumerable.Range(0, Keys).Select(i => StoreKey.Data($"key:{i:000000000000}"))];
    private readonly byte[] _value = new byte[200];
    private DirectoryInfo _directory = null!;
    private IStore _store = null!;
    private int _next;

    /// <summary>Which store.</summary>
    [Params("memory", "rocksdb")]
    public string Store { get; set; } = "";

    [GlobalSetup]
    public async Task OpenAsync()
    {
        new Random(1).NextBytes(_value);
        _directory = Directory.CreateTempSubdirectory("toystore-bench-");
        _store = Store == "memory" ? new MemoryStore() : RocksDbStore.Open(new RocksDbStoreOptions { Directory = _directory.FullName, Shards = 1 }, TimeProvider.System);
        foreach (var keys in _keys.Chunk(BatchKeys))
        {
            await _store.WriteAsync(Batch(keys), Durability.Os, default);
        }
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Benchmark]
    public async ValueTask<StoreRead> Get() => await _store.GetAsync(Next(), default);

    [Benchmark]
    public async ValueTask<StoreWrite> PutOs() => await _store.WriteAsync(new StoreBatch().Put(Next(), _value), Durability.Os, default);

    [Benchmark]
    public async ValueTask<StoreWrite> PutFsync() => await _store.WriteAsync(new StoreBatch().Put(Next(), _value), Durability.Fsync, default);

    [Benchmark(OperationsPerInvoke = BatchKeys)]
    public async ValueTask<StoreWrite> PutBatchFsync()
    {
        var first = _next = (_next + BatchKeys) % (Keys - BatchKeys);
        return await _store.WriteAsync(Batch(_keys.AsSpan(first, BatchKeys)), Durability.Fsync, default);
    }

    private StoreKey Next() => _keys[_next = (_next + 7919) % Keys];

    private StoreBatch Batch(ReadOnlySpan<StoreKey> keys)
    {
        var batch = new StoreBatch();
        foreach (var key in keys)
        {
            batch.Put(key, _value);
        }

        return batch;
    }
}
