using System.Runtime.CompilerServices;

namespace Toystore.Storage.Rocks;

/// <summary>
/// One RocksDB database with a share of the slots. Reads come from any thread; writing, closing and opening again are for its writer thread alone. After a full or read-only disk it is opened read-only until the disk takes
/// writes again: RocksDB's C interface has no way to resume a database that failed to write, but closing and opening it does.
/// </summary>
internal sealed unsafe class Shard
{
    private readonly string _directory;
    private readonly Tuning _tuning;
    private readonly UseGate _gate = new();

    // Guards itself and the handles inside: snapshots are taken and given back on any thread.
    private readonly HashSet<ShardSnapshot> _snapshots = [];
    private nint _db;

    private Shard(string directory, Tuning tuning)
    {
        _directory = directory;
        _tuning = tuning;
    }

    /// <summary>Why it takes no writes; no error if it does. Set by its writer thread, read by all.</summary>
    public ShardTrouble? Trouble { get; private set => Volatile.Write(ref field, value); }

    /// <summary>Opens a shard; read-only, with <see cref="Trouble"/> set, if the disk takes no writes.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static Shard Open(string directory, Tuning tuning)
    {
        var shard = new Shard(directory, tuning);
        var error = shard.OpenDatabase();
        return error.Kind switch
        {
            NativeErrorKind.None or NativeErrorKind.NoSpace or NativeErrorKind.ReadOnly when shard._db != 0 => shard,
            NativeErrorKind.Locked => throw new StoreException(
                $"{directory} is in use by another process, or by another store in this one. A directory belongs to one node at a time: stop the other one, or give this one a directory of its own. ({error.Message})"),
            NativeErrorKind.NoSpace => throw new StoreException($"{directory} cannot be opened, even for reading, because its disk is full. Make room and start again. ({error.Message})"),
            NativeErrorKind.ReadOnly => throw new StoreException($"{directory} cannot be opened because its file system is mounted read-only. Mount it writable and start again. ({error.Message})"),
            _ => throw new StoreException($"{directory} cannot be opened: its files are damaged, or are not a store's. {Layout.Advice(Path.GetDirectoryName(directory)!)} ({error.Message})") { IsDamage = true },
        };
    }

    /// <summary>The record of a key, without touching the disk. False if that takes the disk.</summary>
    public bool TryGetFromMemory(in StoreKey key, out StoreRead read)
    {
        read = default;
        if (!_gate.TryEnter())
        {
            return false;
        }

        try
        {
            return Get(key, _tuning.ReadMemory, out read) != NativeErrorKind.Incomplete;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>The record of a key. May block on the disk.</summary>
    public StoreRead Get(in StoreKey key)
    {
        _gate.Enter();
        try
        {
            Get(key, _tuning.Read, out var read);
            return read;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Holds the database open until the lease is disposed.</summary>
    /// <exception cref="StoreException">The database could not be opened again after a failure of the disk.</exception>
    public Lease Use()
    {
        _gate.Enter();
        if (_db == 0)
        {
            _gate.Exit();
            throw new StoreException(Trouble?.Sentence ?? $"{_directory} is not open.");
        }

        return new Lease(this);
    }

    /// <summary>Takes a snapshot; give it back with <see cref="Release"/>.</summary>
    public ShardSnapshot TakeSnapshot()
    {
        using var lease = Use();
        var snapshot = new ShardSnapshot { Handle = Native.rocksdb_create_snapshot(lease.Database) };
        lock (_snapshots)
        {
            _snapshots.Add(snapshot);
        }

        return snapshot;
    }

    /// <summary>Gives a snapshot back. No harm if the database was closed since.</summary>
    public void Release(ShardSnapshot snapshot)
    {
        // Under the lock it is either still in the set, and then the database is still open, or closing has already released it.
        lock (_snapshots)
        {
            if (_snapshots.Remove(snapshot))
            {
                Native.rocksdb_release_snapshot(_db, snapshot.Handle);
                snapshot.Handle = 0;
            }
        }
    }

    /// <summary>Estimate of the bytes it takes up on disk and in unwritten records; 0 if it cannot be told now.</summary>
    public long BytesUsed()
    {
        if (!_gate.TryEnter())
        {
            return 0;
        }

        try
        {
            return _db == 0 ? 0 : Property("rocksdb.live-sst-files-size") + Property("rocksdb.cur-size-all-mem-tables");
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Writer thread: writes a batch, and on failure sets <see cref="Trouble"/>.</summary>
    public NativeError Write(nint batch, bool sync)
    {
        byte* text = null;
        Native.rocksdb_write(_db, sync ? _tuning.WriteFsync : _tuning.WriteOs, batch, &text);
        var error = NativeError.Take(text);
        if (error.Kind != NativeErrorKind.None)
        {
            Trouble = ShardTrouble.From(error, _directory);
        }

        return error;
    }

    /// <summary>Writer thread: closes the database and opens it again, for writing if the disk lets it. Readers wait meanwhile; snapshots are lost.</summary>
    public void Reopen()
    {
        _gate.Close(forGood: false);
        CloseDatabase();
        var error = OpenDatabase();
        if (_db == 0)
        {
            Trouble = ShardTrouble.From(error, _directory);
        }

        _gate.Open();
    }

    /// <summary>Writer thread, last of all: brings the log to disk and closes the database.</summary>
    public void Close()
    {
        _gate.Close(forGood: true);
        if (_db != 0 && Trouble is null)
        {
            byte* text = null;
            Native.rocksdb_flush_wal(_db, 1, &text);
            _ = NativeError.Take(text);
        }

        CloseDatabase();
    }

    [SkipLocalsInit]
    private NativeErrorKind Get(in StoreKey key, nint options, out StoreRead read)
    {
        read = new StoreRead(StoreReadStatus.Unreadable, default);
        if (_db == 0)
        {
            return NativeErrorKind.Broken;
        }

        Span<byte> buffer = stackalloc byte[StoreKeyBytes.LengthMax];
        var bytes = StoreKeyBytes.Write(key, buffer);
        byte* text = null;
        nint slice;
        fixed (byte* start = bytes)
        {
            slice = Native.rocksdb_get_pinned(_db, options, start, (nuint)bytes.Length, &text);
        }

        if (text is not null)
        {
            var kind = NativeError.Take(text).Kind;
            if (kind == NativeErrorKind.Corrupt)
            {
                read = new StoreRead(StoreReadStatus.Garbled, default);
            }

            return kind;
        }

        if (slice == 0)
        {
            read = default;
            return NativeErrorKind.None;
        }

        nuint length;
        var value = Native.rocksdb_pinnableslice_value(slice, &length);
        read = new StoreRead(StoreReadStatus.Found, Copy(value, length));
        Native.rocksdb_pinnableslice_destroy(slice);
        return NativeErrorKind.None;
    }

    /// <summary>The one copy from native to managed memory.</summary>
    internal static byte[] Copy(byte* bytes, nuint length)
    {
        if (length == 0)
        {
            return [];
        }

        var copy = GC.AllocateUninitializedArray<byte>(checked((int)length));
        new ReadOnlySpan<byte>(bytes, copy.Length).CopyTo(copy);
        return copy;
    }

    private NativeError OpenDatabase()
    {
        byte* text = null;
        _db = Native.rocksdb_open(_tuning.Database, _directory, &text);
        var error = NativeError.Take(text);
        Trouble = null;
        if (error.Kind is NativeErrorKind.NoSpace or NativeErrorKind.ReadOnly)
        {
            text = null;
            _db = Native.rocksdb_open_for_read_only(_tuning.Database, _directory, 0, &text);
            _ = NativeError.Take(text);
            Trouble = ShardTrouble.From(error, _directory);
        }

        return error;
    }

    private void CloseDatabase()
    {
        if (_db == 0)
        {
            return;
        }

        lock (_snapshots)
        {
            foreach (var snapshot in _snapshots)
            {
                Native.rocksdb_release_snapshot(_db, snapshot.Handle);
                snapshot.Handle = 0;
            }

            _snapshots.Clear();
        }

        Native.rocksdb_close(_db);
        _db = 0;
    }

    private long Property(string name)
    {
        ulong value;
        return Native.rocksdb_property_int(_db, name, &value) == 0 ? (long)value : 0;
    }

    /// <summary>Holds a shard's database open. Dispose it, once.</summary>
    public readonly struct Lease(Shard shard) : IDisposable
    {
        /// <summary>The database.</summary>
        public nint Database => shard._db;

        /// <summary>Lets go.</summary>
        public void Dispose() => shard._gate.Exit();
    }
}

/// <summary>A native snapshot. Its handle is 0 once the database was closed under it.</summary>
internal sealed class ShardSnapshot
{
    /// <summary>The snapshot of RocksDB.</summary>
    public nint Handle { get; set; }
}

/// <summary>Why a shard takes no writes: how writes end, and a sentence for people.</summary>
internal sealed record ShardTrouble(StoreWrite Outcome, string Sentence)
{
    /// <summary>What an error means for the writes after it.</summary>
    public static ShardTrouble From(NativeError error, string directory) => error.Kind switch
    {
        NativeErrorKind.NoSpace => new ShardTrouble(StoreWrite.Full, $"The disk of {directory} is full: make room, and writes go on by themselves. ({error.Message})"),

        // What is in the log comes up when it is opened again, under whoever has read that it is not there: that is for the next process to do.
        NativeErrorKind.ReadOnly when !error.WroteNothing => new ShardTrouble(
            StoreWrite.Failed, $"The file system of {directory} became read-only in the middle of a write: mount it writable, then restart the node. ({error.Message})"),
        NativeErrorKind.ReadOnly => new ShardTrouble(StoreWrite.ReadOnly, $"The file system of {directory} is mounted read-only: mount it writable, and writes go on by themselves. ({error.Message})"),
        _ when error.Message?.StartsWith("Corruption", StringComparison.Ordinal) == true => new ShardTrouble(
            StoreWrite.Failed,
            $"Files in {directory} are damaged; reads go on as far as they can. {Layout.Advice(Path.GetDirectoryName(directory)!)} ({error.Message})"),
        _ => new ShardTrouble(StoreWrite.Failed, $"The disk of {directory} failed; reads go on as far as they can. Check the disk, then restart the node. ({error.Message})"),
    };
}
