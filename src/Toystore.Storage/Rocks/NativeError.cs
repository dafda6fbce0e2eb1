using System.Runtime.InteropServices;

namespace Toystore.Storage.Rocks;

/// <summary>What RocksDB says went wrong. Its C interface gives errors as text only, so their kind is read from the words that RocksDB and the system put there.</summary>
internal enum NativeErrorKind : byte
{
    /// <summary>Nothing went wrong.</summary>
    None,

    /// <summary>A read confined to memory would have had to go to the disk.</summary>
    Incomplete,

    /// <summary>No room on the disk, or a quota is used up.</summary>
    NoSpace,

    /// <summary>The file system takes no writes.</summary>
    ReadOnly,

    /// <summary>Another process, or another store in this one, has the directory open.</summary>
    Locked,

    /// <summary>Bytes on the disk are not what was written.</summary>
    Corrupt,

    /// <summary>Anything else: a failing disk.</summary>
    Broken,
}

/// <summary>An error of RocksDB, or <c>default</c> for none.</summary>
internal readonly record struct NativeError(NativeErrorKind Kind, string? Message)
{
    /// <summary>Takes over what a call left in its error pointer.</summary>
    public static unsafe NativeError Take(byte* error)
    {
        if (error is null)
        {
            return default;
        }

        // An inline read that misses the cache comes through here: no string is made for it.
        var incomplete = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error).StartsWith("Result incomplete"u8);
        var message = incomplete ? null : Marshal.PtrToStringUTF8((nint)error)!;
        Native.rocksdb_free(error);
        return message is null ? new NativeError(NativeErrorKind.Incomplete, null) : new NativeError(KindOf(message), message);
    }

    /// <summary>True if the failed call cannot have written anything that a later start would find: it ended before the last byte of its log record.</summary>
    public bool WroteNothing => Kind is NativeErrorKind.NoSpace or NativeErrorKind.ReadOnly && !Says("sync");

    private static NativeErrorKind KindOf(string message)
    {
        var error = new NativeError(NativeErrorKind.Broken, message);
        return
            error.Says("No space left") || error.Says("Disk quota exceeded") || error.Says("not enough space") ? NativeErrorKind.NoSpace
            : error.Says("Read-only file system") ? NativeErrorKind.ReadOnly
            : error.Says("While lock file") || error.Says("lock hold by current process") || error.Says("lock held by current process") ? NativeErrorKind.Locked
            : message.StartsWith("Corruption", StringComparison.Ordinal) ? NativeErrorKind.Corrupt
            : NativeErrorKind.Broken;
    }

    private bool Says(string words) => Message!.Contains(words, StringComparison.OrdinalIgnoreCase);
}
