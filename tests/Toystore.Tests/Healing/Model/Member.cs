namespace Toystore.Tests.Healing.Model;

/// <summary>A member, its process (if it runs) and its disk.</summary>
internal sealed class Member(int index, int members)
{
    public int Index { get; } = index;

    public Disk Disk { get; private set; } = new();

    /// <summary>What a power cut leaves.</summary>
    public Disk Durable { get; private set; } = new();

    public Disk? Snapshot { get; set; }

    public bool IsUp { get; set; } = true;

    /// <summary>The process.</summary>
    public int Actor { get; set; }

    /// <summary>The actor under which the process mints at present.</summary>
    public int Minter { get; set; }

    /// <summary>The highest reading minted or adopted.</summary>
    public long Last { get; set; }

    /// <summary>How far the wall clock is off.</summary>
    public long Offset { get; set; }

    /// <summary>Set once another member has told its mark to this process.</summary>
    public bool HasHeard { get; set; } = true;

    public int Stamp { get; set; }

    public readonly long[] Told = new long[members];
    public readonly int[] Met = new int[members];
    public readonly int[] Drops = new int[World.Slots];
    public readonly int[] RefilledKnowing = new int[World.Slots];
    public readonly int[] RefilledAny = new int[World.Slots];
    public readonly long[] Settled = new long[World.Slots];
    public readonly long[,] Pair = new long[World.Slots, members];
    public readonly ulong[,] PairProcesses = new ulong[World.Slots, members];
    public readonly long[,] Row = new long[World.Slots, members];
    public readonly ulong[,] RowProcesses = new ulong[World.Slots, members];
    public readonly List<Acknowledgement> Unsynced = [];

    /// <summary>The processes of which <see cref="Settled"/> speaks.</summary>
    public ulong SettledProcesses { get; set; }

    public Round? Asking { get; set; }

    public Round? Asked { get; set; }

    public bool Lacks(int slot)
    {
        if (!Disk.Known[slot])
        {
            return true;
        }

        for (var key = 0; key < World.Keys; key++)
        {
            if (World.SlotOf(key) == slot && Disk.Incomplete[key])
            {
                return true;
            }
        }

        return false;
    }

    public void Sync() => Durable.CopyFrom(Disk);

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
    public void ForgetProcess(bool keepPairs)
    {
        Unsynced.Clear();
        Asking = null;
        Asked = null;
        Array.Clear(RefilledAny);
        Array.Clear(RefilledKnowing);
        if (!keepPairs)
        {
            Array.Clear(Settled);
            Array.Clear(Pair);
            Array.Clear(Row);
            Array.Clear(PairProcesses);
            Array.Clear(RowProcesses);
            SettledProcesses = 0;
        }
    }
}

/// <summary>What one member asks of all: one round of reports.</summary>
internal sealed class Round(int members)
{
    public readonly int[] Actors = new int[members];
    public readonly int[,] Drops = new int[members, World.Slots];

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

    public bool HasDrops(Round earlier, int slot)
    {
        for (var member = 0; member < Actors.Length; member++)
        {
            if (Drops[member, slot] != earlier.Drops[member, slot])
            {
                return true;
            }
        }

        return false;
    }
}
