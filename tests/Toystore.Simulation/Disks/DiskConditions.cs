using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Disks;

/// <summary>How a disk does at the moment. Everything may be changed at any time, from the world, and holds for what happens from then on; outlives the lives on it. By default a healthy SSD.</summary>
internal sealed class DiskConditions
{
    private readonly List<(Life Life, Action Run)> _heldReads = [];
    private readonly List<(Life Life, Action Run)> _heldWrites = [];

    /// <summary>What a read takes that memory does not answer, and a page of a scan.</summary>
    public Latency Read { get; set; } = Latency.Microseconds(50);

    /// <summary>What it takes to hand a group of writes to the operating system.</summary>
    public Latency Write { get; set; } = Latency.Microseconds(5);

    /// <summary>What an fsync takes.</summary>
    public Latency Sync { get; set; } = Latency.Microseconds(100);

    /// <summary>How often a read is answered from memory, and so at once: 0 to 1.</summary>
    public double ReadsFromMemory { get; set; } = 0.9;

    /// <summary>How often an <c>os</c> write that finds nothing before it is made at once, by its caller: 0 to 1.</summary>
    public double OsWritesAtOnce { get; set; } = 0.9;

    /// <summary>How often a read that takes the disk fails: 0 to 1. A get answers that it is unreadable, a scan throws.</summary>
    public double ReadErrors { get; set; }

    /// <summary>How often a group of writes fails: 0 to 1. The shard then takes no writes until the store is opened again: a disk that failed is not trusted.</summary>
    public double WriteErrors { get; set; }

    /// <summary>How often a group of writes that failed is in the log all the same, and comes up when the store is opened again: 0 to 1.</summary>
    public double FailedWritesStay { get; set; } = 0.5;

    /// <summary>What room is left. What is refused for want of room is taken again as soon as there is some.</summary>
    public Room Room { get; set; }

    /// <summary>True: the file system takes no writes.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Bytes that may wait to be written, in all; one batch alone may be larger.</summary>
    public long QueueBytesMax { get; set; } = 32L << 20;

    /// <summary>Batches that may wait to be written.</summary>
    public int QueueBatchesMax { get; set; } = 65_536;

    /// <summary>True: reads that take the disk wait until this is lifted.</summary>
    public bool ReadsHang
    {
        get;
        set
        {
            field = value;
            Lift(value, _heldReads);
        }
    }

    /// <summary>True: writes and syncs wait until this is lifted.</summary>
    public bool WritesHang
    {
        get;
        set
        {
            field = value;
            Lift(value, _heldWrites);
        }
    }

    /// <summary>True if reads hang; what is given is then run when they no longer do.</summary>
    public bool HoldRead(Life life, Action run) => Hold(ReadsHang, _heldReads, life, run);

    /// <summary>True if writes hang; what is given is then run when they no longer do.</summary>
    public bool HoldWrite(Life life, Action run) => Hold(WritesHang, _heldWrites, life, run);

    private static bool Hold(bool hangs, List<(Life Life, Action Run)> held, Life life, Action run)
    {
        if (hangs)
        {
            held.Add((life, run));
        }

        return hangs;
    }

    private static void Lift(bool hangs, List<(Life Life, Action Run)> held)
    {
        if (hangs)
        {
            return;
        }

        foreach (var (life, run) in held)
        {
            life.Loop.After(TimeSpan.Zero, life, run);
        }

        held.Clear();
    }
}
