namespace Toystore.Storage.Rocks;

/// <summary>A snapshot of every shard, or of some. Disposing it while a scan runs takes effect when that scan ends.</summary>
internal sealed class RocksSnapshot(Shard[] shards, ShardSnapshot?[] snapshots, DiskThreads scans) : IStoreSnapshot
{
    // Guards the two below.
    private readonly Lock _lock = new();
    private int _scanning;
    private bool _disposed;

    public ValueTask<StorePage> ScanAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, CancellationToken cancellationToken)
    {
        var range = new ScanRange(first, start, last, recordsMax, bytesMax);
        return new ValueTask<StorePage>(scans.RunAsync(() => Scan(() => ShardScan.Read(shards, snapshots, range)), cancellationToken));
    }

    public ValueTask<StoreKey?> ShowAsync(StorePlace first, ScanStart start, StorePlace last, int recordsMax, int bytesMax, RecordVisitor visitor, CancellationToken cancellationToken)
    {
        var range = new ScanRange(first, start, last, recordsMax, bytesMax);
        return new ValueTask<StoreKey?>(scans.RunAsync(() => Scan(() => ShardScan.Show(shards, snapshots, range, visitor)), cancellationToken));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (_scanning > 0)
            {
                return;
            }
        }

        Release();
    }

    private T Scan<T>(Func<T> read)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _scanning++;
        }

        try
        {
            return read();
        }
        finally
        {
            bool last;
            lock (_lock)
            {
                last = --_scanning == 0 && _disposed;
            }

            if (last)
            {
                Release();
            }
        }
    }

    private void Release()
    {
        for (var i = 0; i < shards.Length; i++)
        {
            if (snapshots[i] is { } snapshot)
            {
                shards[i].Release(snapshot);
            }
        }
    }
}
