namespace Toystore.Cli.Transfer;

/// <summary>What an import or export has done so far. Written by many, read by the progress display.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new(); // guards the two lists
    private readonly List<TransferFailure> _failures = [];
    private readonly List<TransferRename> _renames = [];
    private long _files;
    private long _bytes;
    private long _retries;
    private long _skipped;

    public long Files => Volatile.Read(ref _files);

    public long Bytes => Volatile.Read(ref _bytes);

    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Links, which are not followed, and pipes, sockets and devices, which have no end.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    public IReadOnlyList<TransferFailure> Failures
    {
        get
        {
            lock (_lock)
            {
                return [.. _failures.OrderBy(failure => failure.File, StringComparer.Ordinal)];
            }
        }
    }

    public IReadOnlyList<TransferRename> Renames
    {
        get
        {
            lock (_lock)
            {
                return [.. _renames.OrderBy(rename => rename.File, StringComparer.Ordinal)];
            }
        }
    }

    public int FailureCount
    {
        get
        {
            lock (_lock)
            {
                return _failures.Count;
            }
        }
    }

    public void Done(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Increment(ref _files);
    }

    public void Retried() => Interlocked.Increment(ref _retries);

    public void Skip() => Interlocked.Increment(ref _skipped);

    public void Failed(string file, string reason)
    {
        lock (_lock)
        {
            _failures.Add(new TransferFailure(file, reason));
        }
    }

    public void Renamed(string key, string file)
    {
        lock (_lock)
        {
            _renames.Add(new TransferRename(key, file));
        }
    }
}

/// <summary>A file, or key, that was not transferred.</summary>
internal sealed record TransferFailure(string File, string Reason);

/// <summary>A key whose file is named otherwise.</summary>
internal sealed record TransferRename(string Key, string File);
