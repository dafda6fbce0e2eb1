using Toystore.Storage;
using Toystore.Storage.Memory;

namespace Toystore.Simulation.Disks;

/// <summary>What a scan covers, and how a page of it is read.</summary>
internal sealed record SimulatedScan(StorePlace First, ScanStart Start, StorePlace Last, int RecordsMax, int BytesMax)
{
    /// <exception cref="StoreException">It met a record that cannot be read.</exception>
    public StorePage Read(SortedRecords from)
    {
        var start = MemoryRecord.At(First, Start);
        var records = new List<StoreRecord>();
        var bytes = 0L;
        foreach (var record in from.Range(start, MemoryRecord.After(Last)))
        {
            if (Start.After is not null && record.CompareTo(start) == 0)
            {
                continue;
            }

            bytes += record.Key.Length + record.Bytes.Length;
            if (records.Count >= RecordsMax || (records.Count > 0 && bytes > BytesMax))
            {
                return new StorePage(records, Complete: false);
            }

            records.Add(
                UnreadableBytes.Is(record.Bytes)
                    ? throw new StoreException("A scan could not read the disk: a block does not have its checksum.")
                    : new StoreRecord(record.StoreKey, record.Bytes.ToArray()));
        }

        return new StorePage(records, Complete: true);
    }
}
