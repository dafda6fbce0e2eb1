namespace Toystore.Tests.Healing.Model;

/// <summary>What a member keeps on its disk. Data and the copies it holds for others reach the disk with a sync; a mark and a floor before anybody hears of them.</summary>
internal sealed class Disk
{
    public readonly Copy[] Owned = new Copy[World.Keys];
    public readonly bool[] Incomplete = new bool[World.Keys];
    public readonly Copy[] Held = new Copy[World.Keys];
    public readonly ulong[] Counted = new ulong[World.Keys];
    public readonly int[] Owed = new int[World.Keys];
    public readonly int[] Confirmed = new int[World.Keys];
    public readonly long[] Floor = new long[World.Slots];
    public readonly bool[] Known = [true, true];

    public long Mark { get; set; }

    /// <summary>False for a directory that is new.</summary>
    public bool Used { get; set; } = true;

    public void CopyFrom(Disk other)
    {
        other.Owned.CopyTo(Owned, 0);
        other.Incomplete.CopyTo(Incomplete, 0);
        other.Held.CopyTo(Held, 0);
        other.Counted.CopyTo(Counted, 0);
        other.Owed.CopyTo(Owed, 0);
        other.Confirmed.CopyTo(Confirmed, 0);
        other.Floor.CopyTo(Floor, 0);
        other.Known.CopyTo(Known, 0);
        Mark = other.Mark;
        Used = other.Used;
    }

    public Disk Duplicate()
    {
        var duplicate = new Disk();
        duplicate.CopyFrom(this);
        return duplicate;
    }
}
