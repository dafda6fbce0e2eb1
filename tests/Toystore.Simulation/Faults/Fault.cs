using System.Globalization;

namespace Toystore.Simulation.Faults;

/// <summary>What can go wrong.</summary>
internal enum FaultKind
{
    /// <summary>Nothing gets from one node to another; the other way works.</summary>
    CutOneWay,

    /// <summary>Nothing gets from a node to any other, or from them to it.</summary>
    Isolate,

    /// <summary>The nodes fall into two groups that do not hear each other.</summary>
    Partition,

    /// <summary>Connections from one node to another are refused.</summary>
    Refuse,

    /// <summary>All connections between two nodes break, once.</summary>
    Break,

    /// <summary>The way between two nodes is slow.</summary>
    SlowLink,

    /// <summary>The way between two nodes loses frames.</summary>
    LossyLink,

    /// <summary>The way between two nodes delivers some frames twice.</summary>
    DuplicatingLink,

    /// <summary>The way between two nodes delivers frames out of order.</summary>
    ReorderingLink,

    /// <summary>Hardly anything fits on the way between two nodes.</summary>
    Clog,

    /// <summary>The process is killed, and started again later.</summary>
    Kill,

    /// <summary>The machine loses power, and is started again later.</summary>
    PowerLoss,

    /// <summary>The process is stopped cleanly, and started again later.</summary>
    Stop,

    /// <summary>The disk answers nothing.</summary>
    DiskHang,

    /// <summary>The disk is slow.</summary>
    DiskSlow,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The disk takes no writes.</summary>
    DiskReadOnly,

    /// <summary>Writes fail.</summary>
    DiskWriteErrors,

    /// <summary>Reads fail.</summary>
    DiskReadErrors,

    /// <summary>A bit of a record on the disk is flipped.</summary>
    BitFlip,

    /// <summary>The wall clock jumps, and jumps back later.</summary>
    ClockJump,

    /// <summary>The node is killed and comes back with an empty disk.</summary>
    Wipe,

    /// <summary>The node is killed and comes back with the disk as it was when it ran, when the fault began.</summary>
    RollBack,

    /// <summary>The node is killed and comes back with the disk as it was after a clean stop, when the fault began.</summary>
    RollBackToCleanStop,

    /// <summary>The disk hangs and then refuses all that waited for it; and the frames that carry it to other nodes come long after. The process goes on.</summary>
    LateRefusal,

    /// <summary>Nothing gets from a node to any other, or from them to it, until it is killed: what it stored meanwhile is nowhere else. It is started again later, and can be reached.</summary>
    KilledAlone,

    /// <summary>Some of the nodes are killed at the same moment, and started again later.</summary>
    KillSome,
}

/// <summary>One thing that goes wrong, and for how long. Each stands for itself, so that a schedule may leave any of them out.</summary>
/// <param name="Number">Its place in the schedule that the seed drew.</param>
/// <param name="At">When it begins.</param>
/// <param name="Lasts">How long it lasts.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Node">Whom it happens to, an index; for a link where it begins.</param>
/// <param name="Other">Where a link ends; for a partition a mask of one side, for a kill of some a mask of those; otherwise of no meaning.</param>
/// <param name="Severity">How bad it is, 0..1: a share of frames, a span.</param>
internal sealed record Fault(int Number, TimeSpan At, TimeSpan Lasts, FaultKind Kind, int Node, int Other, double Severity)
{
    /// <summary>Between which two nodes it is; false if it is of one node, or of many.</summary>
    public bool IsOfLink => Kind is FaultKind.CutOneWay or FaultKind.Refuse or FaultKind.Break or FaultKind.SlowLink or FaultKind.LossyLink or FaultKind.DuplicatingLink or FaultKind.ReorderingLink or FaultKind.Clog;

    /// <summary>Whether it makes a disk worse as long as it lasts.</summary>
    public bool IsOfDisk => Kind is FaultKind.DiskHang or FaultKind.DiskSlow or FaultKind.DiskFull or FaultKind.DiskReadOnly or FaultKind.DiskWriteErrors or FaultKind.DiskReadErrors;

    /// <summary>In a line.</summary>
    public override string ToString()
    {
        var where = IsOfLink ? $"n{Node + 1} -> n{Other + 1}" : Kind is FaultKind.Partition or FaultKind.KillSome ? $"side {Other:b}" : $"n{Node + 1}";
        return string.Create(CultureInfo.InvariantCulture, $"#{Number} {Kind} {where} at {At.TotalSeconds:0.000} s for {Lasts.TotalSeconds:0.000} s, severity {Severity:0.00}");
    }
}
