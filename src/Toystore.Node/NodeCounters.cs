namespace Toystore.Node;

/// <summary>What a node counts of itself since it started.</summary>
internal sealed class NodeCounters
{
    private long _reads;
    private long _writes;
    private long _failures;
    private long _readRepairs;
    private long _corruptRecords;
    private long _hedges;
    private long _standIns;
    private long _deliveredHints;
    private long _droppedHints;
    private long _swept;
    private long _restored;
    private long _stale;

    public long Reads => Interlocked.Read(ref _reads);

    public long Writes => Interlocked.Read(ref _writes);

    public long Failures => Interlocked.Read(ref _failures);

    public long ReadRepairs => Interlocked.Read(ref _readRepairs);

    public long CorruptRecords => Interlocked.Read(ref _corruptRecords);

    public long Hedges => Interlocked.Read(ref _hedges);

    public long StandIns => Interlocked.Read(ref _standIns);

    public long DeliveredHints => Interlocked.Read(ref _deliveredHints);

    public long DroppedHints => Interlocked.Read(ref _droppedHints);

    public long Swept => Interlocked.Read(ref _swept);

    public long Restored => Interlocked.Read(ref _restored);

    public long Stale => Interlocked.Read(ref _stale);

    public void CountRestored() => Interlocked.Increment(ref _restored);

    public void CountStale() => Interlocked.Increment(ref _stale);

    public void CountRead() => Interlocked.Increment(ref _reads);

    public void CountWrite() => Interlocked.Increment(ref _writes);

    public void CountFailure() => Interlocked.Increment(ref _failures);

    public void CountReadRepair() => Interlocked.Increment(ref _readRepairs);

    public void CountCorruptRecord() => Interlocked.Increment(ref _corruptRecords);

    public void CountSwept() => Interlocked.Increment(ref _swept);

    public void CountHedge() => Interlocked.Increment(ref _hedges);

    public void CountStandIn() => Interlocked.Increment(ref _standIns);

    public void CountDeliveredHint() => Interlocked.Increment(ref _deliveredHints);

    public void CountDroppedHints(long count) => Interlocked.Add(ref _droppedHints, count);
}
