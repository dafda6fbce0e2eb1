using Toystore.Storage;

namespace Toystore.Simulation.Disks;

/// <summary>Hears of all that becomes of what is on a disk, as it happens. A batch that lies in several shards is heard of part by part; a dropped slot is a batch that deletes what was in it.</summary>
internal interface IDiskWatch
{
    /// <summary>
    /// A batch has become visible (<paramref name="synced"/> is false), or is on the platter now: then it is called again, or for the first time if both happen at once. What was in the log of a life that ended becomes visible when
    /// that ends.
    /// </summary>
    void Written(SimulatedDisk disk, StoreBatch batch, bool synced);

    /// <summary>A batch that was visible, and not on the platter, went with the power.</summary>
    void Lost(SimulatedDisk disk, StoreBatch batch)
    {
    }

    /// <summary>A record on the platter was damaged.</summary>
    void Damaged(SimulatedDisk disk, StoreKey key)
    {
    }

    /// <summary>The disk was wiped or rolled back: anything may be on it now.</summary>
    void Replaced(SimulatedDisk disk)
    {
    }
}
