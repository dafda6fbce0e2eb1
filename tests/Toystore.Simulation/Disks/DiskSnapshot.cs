using Toystore.Storage.Memory;

namespace Toystore.Simulation.Disks;

/// <summary>A backup of a disk: all that was visible on it at one moment. Never changes.</summary>
internal sealed class DiskSnapshot(SortedRecords records)
{
    /// <summary>A copy to work on.</summary>
    public SortedRecords Copy() => records.TakeView();
}
