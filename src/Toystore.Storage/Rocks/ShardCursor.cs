namespace Toystore.Storage.Rocks;

/// <summary>An iterator over one shard. Keys and values are native memory that dies with the next move. Dispose it: nothing else frees it.</summary>
internal sealed unsafe class ShardCursor : IDisposable
{
    private readonly Shard.Lease _lease;
    private readonly nint _options;
    private readonly nint _iterator;
    private byte* _key;
    private int _keyLength;

    /// <param name="shard">Stays open until <see cref="Dispose"/>.</param>
    /// <param name="snapshot">What to look at; null for now.</param>
    /// <param name="end">The first key not to be seen; must stay where it is until <see cref="Dispose"/>.</param>
    /// <param name="endLength">Its length.</param>
    /// <param name="readAheadBytes">How much is read from the disk at a time; 0: as RocksDB finds best.</param>
    /// <exception cref="StoreException">The snapshot was lost.</exception>
    public ShardCursor(Shard shard, ShardSnapshot? snapshot, byte* end, int endLength, int readAheadBytes)
    {
        _lease = shard.Use();
        if (snapshot is { Handle: 0 })
        {
            _lease.Dispose();
            throw new StoreException("The store was closed or opened anew since this snapshot was taken, and the snapshot is lost: take another one.");
        }

        _options = Native.rocksdb_readoptions_create();
        Native.rocksdb_readoptions_set_fill_cache(_options, 0);
        Native.rocksdb_readoptions_set_iterate_upper_bound(_options, end, (nuint)endLength);
        Native.rocksdb_readoptions_set_readahead_size(_options, (nuint)readAheadBytes);
        if (snapshot is not null)
        {
            Native.rocksdb_readoptions_set_snapshot(_options, snapshot.Handle);
        }

        _iterator = Native.rocksdb_create_iterator(_lease.Database, _options);
    }

    /// <summary>False at the end.</summary>
    public bool IsValid { get; private set; }

    /// <summary>The key under it, if valid.</summary>
    public ReadOnlySpan<byte> Key => new(_key, _keyLength);

    /// <summary>The value under it, if valid.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            nuint length;
            var bytes = Native.rocksdb_iter_value(_iterator, &length);
            return new ReadOnlySpan<byte>(bytes, checked((int)length));
        }
    }

    /// <summary>Moves to the first key that is not before <paramref name="start"/>.</summary>
    /// <exception cref="StoreException">The disk could not be read.</exception>
    public void Seek(ReadOnlySpan<byte> start)
    {
        fixed (byte* bytes = start)
        {
            Native.rocksdb_iter_seek(_iterator, bytes, (nuint)start.Length);
        }

        Look();
    }

    /// <summary>Moves on.</summary>
    /// <exception cref="StoreException">The disk could not be read.</exception>
    public void Next()
    {
        Native.rocksdb_iter_next(_iterator);
        Look();
    }

    public void Dispose()
    {
        Native.rocksdb_iter_destroy(_iterator);
        Native.rocksdb_readoptions_destroy(_options);
        _lease.Dispose();
    }

    // An iterator that fails looks as if it were at its end: only asking tells the two apart.
    private void Look()
    {
        IsValid = Native.rocksdb_iter_valid(_iterator) != 0;
        if (!IsValid)
        {
            byte* text = null;
            Native.rocksdb_iter_get_error(_iterator, &text);
            if (text is not null)
            {
                throw new StoreException($"A scan could not read the disk: {NativeError.Take(text).Message}");
            }

            return;
        }

        nuint length;
        _key = Native.rocksdb_iter_key(_iterator, &length);
        _keyLength = (int)length;
    }
}
