using Toystore.Storage;

namespace Toystore.Simulation.Disks;

/// <summary>What one caller wrote, in one shard.</summary>
/// <param name="batch">Null to drop a slot, until it is known what that deletes.</param>
/// <param name="place">What to drop.</param>
internal sealed class LogPart(StoreBatch? batch, StorePlace place = default)
{
    public StoreBatch? Batch { get; set; } = batch;

    public StorePlace Place => place;
}

/// <summary>What was written to a log at once: all of it is there after a failure, or nothing.</summary>
internal sealed class LogRecord(IReadOnlyList<LogPart> parts)
{
    private const int HeaderBytes = 19;

    public IReadOnlyList<LogPart> Parts => parts;

    /// <summary>How much of the log it takes up.</summary>
    public long Bytes { get; } = HeaderBytes + parts.Sum(part => part.Batch?.Bytes ?? 0);

    /// <summary>True once it can be read; false while it is being synced, and for good in the life in which that failed.</summary>
    public bool IsVisible { get; set; }
}
