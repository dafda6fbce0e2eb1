using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

/// <summary>What a member keeps on its disk. Data and the copies it holds for others reach the disk with a sync; a mark, a floor and a document before anybody hears of them.</summary>
internal sealed class Disk
{
    /// <summary>What it has of the slots that it owns or once owned.</summary>
    public readonly Copy[] Owned = new Copy[World.Keys];
    public readonly bool[] Incomplete = new bool[World.Keys];
    public readonly Copy[] Held = new Copy[World.Keys];
    public readonly ulong[] Counted = new ulong[World.Keys];
    public readonly int[] Owed = new int[World.Keys];
    public readonly int[] Confirmed = new int[World.Keys];
    public readonly long[] Floor = new long[World.Slots];

    /// <summary>The ownership (by the document with which it began) for which the member knows the slot; 0 for none.</summary>
    public readonly int[] KnownFor = new int[World.Slots];

    /// <summary>The slot's last change as this member has worked it out by comparing documents (a planted mistake).</summary>
    public readonly int[] SinceCompared = new int[World.Slots];

    public long Mark { get; set; }

    /// <summary>False for a directory that is new or an old copy, until its process has heard a mark.</summary>
    public bool Used { get; set; } = true;

    /// <summary>The newest document.</summary>
    public int Epoch { get; set; }

    /// <summary>The disk is new or an old copy: it may have forgotten documents that the member has acknowledged.</summary>
    public bool IsInDoubt { get; set; }

    public void CopyFrom(Disk other)
    {
        other.Owned.CopyTo(Owned, 0);
        other.Incomplete.CopyTo(Incomplete, 0);
        other.Held.CopyTo(Held, 0);
        other.Counted.CopyTo(Counted, 0);
        other.Owed.CopyTo(Owed, 0);
        other.Confirmed.CopyTo(Confirmed, 0);
        other.Floor.CopyTo(Floor, 0);
        other.KnownFor.CopyTo(KnownFor, 0);
        other.SinceCompared.CopyTo(SinceCompared, 0);
        Mark = other.Mark;
        Used = other.Used;
        Epoch = other.Epoch;
        IsInDoubt = other.IsInDoubt;
    }

    public Disk Duplicate()
    {
        var duplicate = new Disk();
        duplicate.CopyFrom(this);
        return duplicate;
    }
}
