using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>A slot that differs, on its way through an exchange.</summary>
internal sealed class SlotWork(Slot slot, int depth)
{
    public Slot Slot { get; } = slot;

    /// <summary>How deep both sides compare.</summary>
    public int Depth { get; set; } = depth;

    /// <summary>When its leaves were first read here.</summary>
    public Instant ReadAt { get; set; }

    /// <summary>The leaves as they were in the last question.</summary>
    public ulong[] Hashes { get; set; } = [];

    /// <summary>The leaves that differ, ascending; null until that is known.</summary>
    public List<ushort>? Leaves { get; set; }

    /// <summary>Leaves whose records have not been compared, once it is certain that they differ.</summary>
    public int LeavesToList { get; set; }

    /// <summary>Records known to differ whose merging is not over.</summary>
    public int Records { get; set; }

    /// <summary>True once something could not be found out or done: the slot is for another exchange.</summary>
    public bool HasFailed { get; set; }

    /// <summary>True once all its records have been compared, and all that differed have been merged.</summary>
    public bool IsListed => HasBegunLists && LeavesToList == 0 && Records == 0;

    /// <summary>True once it was certain that leaves differ.</summary>
    public bool HasBegunLists { get; set; }

    public int KeysSent { get; set; }

    public long BytesSent { get; set; }

    public int KeysReceived { get; set; }

    public long BytesReceived { get; set; }
}
