namespace Toystore.Tests.Placement.Model;

/// <summary>A member, its process (if it runs) and its disk. One that was removed comes back under another index.</summary>
internal sealed class Member(int index)
{
    public int Index { get; } = index;

    public Disk Disk { get; private set; } = new();

    /// <summary>What a power cut leaves.</summary>
    public Disk Durable { get; private set; } = new();

    public Disk? Snapshot { get; set; }

    public bool IsUp { get; set; }

    /// <summary>The process.</summary>
    public int Actor { get; set; }

    /// <summary>The actor under which the process mints at present.</summary>
    public int Minter { get; set; }

    /// <summary>The highest reading minted or adopted.</summary>
    public long Last { get; set; }

    public long Offset { get; set; }

    /// <summary>Set once another member, which knows this one as a member, has told its mark to this process.</summary>
    public bool HasHeard { get; set; }

    public int Stamp { get; set; }

    /// <summary>The slots' last changes that this member has acknowledged at any time, whatever it has forgotten since.</summary>
    public readonly int[] Acknowledged = new int[World.Slots];
    public readonly int[] Drops = new int[World.Slots];
    public readonly int[] MergedSince = new int[World.Slots];
    public readonly int[] MergedKnowing = new int[World.Slots];
    public readonly int[] MergedAny = new int[World.Slots];
    public readonly int[] GivenTo = new int[World.Slots];
    public readonly long[] Settled = new long[World.Slots];
    public readonly ulong[] SettledTie = new ulong[World.Slots];
    public readonly long[,] Pair = new long[World.Slots, World.MembersMax];
    public readonly ulong[,] PairTie = new ulong[World.Slots, World.MembersMax];
    public readonly long[,] Row = new long[World.Slots, World.MembersMax];
    public readonly ulong[,] RowTie = new ulong[World.Slots, World.MembersMax];
    public readonly List<Frame> Unsynced = [];

    public Round? Asking { get; set; }

    public Round? Asked { get; set; }

    public void Sync()
    {
        Durable.CopyFrom(Disk);
    }

    /// <summary>What was not synced is gone.</summary>
    public void LosePower() => Disk.CopyFrom(Durable);

    public void Replace(Disk disk)
    {
        Disk = disk;
        Durable = disk.Duplicate();
    }

    public void RaiseMark(long mark)
    {
        Disk.Mark = Math.Max(Disk.Mark, mark);
        Durable.Mark = Disk.Mark;
    }

    public void RaiseFloor(int slot, long floor)
    {
        Disk.Floor[slot] = Math.Max(Disk.Floor[slot], floor);
        Durable.Floor[slot] = Disk.Floor[slot];
    }

    /// <summary>What a process has in its memory only, and loses when it ends.</summary>
    public void ForgetProcess()
    {
        Unsynced.Clear();
        Asking = null;
        Asked = null;
        foreach (var array in new Array[] { MergedSince, MergedKnowing, MergedAny, GivenTo, Settled, SettledTie, Pair, PairTie, Row, RowTie })
        {
            Array.Clear(array);
        }
    }
}

/// <summary>What one member asks of all: one round of reports.</summary>
internal sealed class Round(int members)
{
    public readonly int[] Actors = new int[World.MembersMax];
    public readonly int[] Epochs = new int[World.MembersMax];
    public readonly int[,] Drops = new int[World.MembersMax, World.Slots];

    /// <summary>Those who are to be asked: the members in the asker's document.</summary>
    public int Members { get; } = members;

    public int Answered { get; set; }

    public int Holding { get; set; }

    public long LowestMark { get; set; } = long.MaxValue;

    public long LowestClock { get; set; } = long.MaxValue;

    public ulong Processes
    {
        get
        {
            var hash = 17UL;
            foreach (var actor in Actors)
            {
                hash = (hash * 0x9E3779B97F4A7C15) + (ulong)actor;
            }

            return hash;
        }
    }

    public int LowestEpoch
    {
        get
        {
            var lowest = int.MaxValue;
            for (var member = 0; member < World.MembersMax; member++)
            {
                lowest = (Members & (1 << member)) != 0 ? Math.Min(lowest, Epochs[member]) : lowest;
            }

            return lowest;
        }
    }

    public bool HasDrops(Round earlier, int slot)
    {
        for (var member = 0; member < World.MembersMax; member++)
        {
            if (Drops[member, slot] != earlier.Drops[member, slot])
            {
                return true;
            }
        }

        return false;
    }
}
