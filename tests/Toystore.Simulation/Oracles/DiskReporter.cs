using Toystore.Simulation.Disks;
using Toystore.Simulation.Histories;
using Toystore.Storage;

namespace Toystore.Simulation.Oracles;

/// <summary>Tells the oracles what becomes of the disk of one node.</summary>
internal sealed class DiskReporter(OracleSet oracles, int node) : IDiskWatch
{
    public void Written(SimulatedDisk disk, StoreBatch batch, bool synced) => oracles.Written(node, batch, synced);

    public void Lost(SimulatedDisk disk, StoreBatch batch) => oracles.DiskChanged(node, DiskLoss.PowerCut);

    public void Damaged(SimulatedDisk disk, StoreKey key)
    {
        if (key.Area == StoreArea.Data)
        {
            oracles.Damaged(node, key.Key);
        }
    }

    public void Replaced(SimulatedDisk disk) => oracles.DiskChanged(node, disk.IsEmpty ? DiskLoss.Wiped : DiskLoss.RolledBack);
}
