using System.Numerics;

namespace Toystore.Tests.Healing.Model;

/// <summary>
/// All the writes of one key, and the truth about them: which write superseded which, who acknowledged, and which members have lost since what they had acknowledged.
/// </summary>
internal sealed class Ledger
{
    public const int WritesMax = 60;

    public readonly long[] Time = new long[WritesMax];
    public readonly ulong[] History = new ulong[WritesMax];
    public readonly ulong[] Closure = new ulong[WritesMax];
    public readonly int[] Custody = new int[WritesMax];
    public readonly int[] Lost = new int[WritesMax];
    public readonly int[] Original = new int[WritesMax];
    private readonly int[] _needs = new int[WritesMax];
    private readonly int[] _actor = new int[WritesMax];

    public int Count { get; private set; }

    /// <summary>The writes that are deletes.</summary>
    public ulong Deletes { get; private set; }

    /// <summary>The writes that some member has taken at some time.</summary>
    public ulong Taken { get; set; }

    /// <summary>The writes of which a client knows that they were done, or that a quorum read has shown.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>Those of them that W owners acknowledged.</summary>
    public ulong Strict { get; private set; }

    /// <summary>The acknowledged ones of which W holders have lost their disks at the same time: nothing is promised any more.</summary>
    public ulong Excused { get; private set; }

    /// <summary>The values whose time is over.</summary>
    public ulong Expired { get; set; }

    /// <summary>A new write by somebody who had seen <paramref name="read"/>.</summary>
    public int Mint(int actor, long time, ulong read, bool delete)
    {
        var write = Count++;
        _actor[write] = actor;
        Time[write] = time;
        Original[write] = write;
        Closure[write] = 1UL << write;
        for (var earlier = 0; earlier < write; earlier++)
        {
            if (_actor[earlier] == actor && Time[earlier] <= time)
            {
                Closure[write] |= 1UL << earlier;
            }
        }

        History[write] = Truth(read);
        Deletes |= delete ? 1UL << write : 0;
        return write;
    }

    /// <summary>These writes and all that they superseded.</summary>
    public ulong Truth(ulong writes)
    {
        var truth = writes;
        for (var rest = writes; rest != 0; rest &= rest - 1)
        {
            truth |= History[BitOperations.TrailingZeroCount(rest)];
        }

        return truth;
    }

    /// <summary>The writes minted at or below a reading.</summary>
    public ulong Below(long floor)
    {
        if (floor <= 0)
        {
            return 0;
        }

        var below = 0UL;
        for (var write = 0; write < Count; write++)
        {
            below |= Time[write] <= floor ? 1UL << write : 0;
        }

        return below;
    }

    /// <summary>Every write that a container claims to have seen.</summary>
    public ulong Effective(Copy copy) => copy.Live | copy.Seen | Below(copy.Floor);

    /// <summary>What both know together.</summary>
    public Copy Merge(Copy here, Copy there, bool joinFloors)
    {
        ulong seenHere = Effective(here), seenThere = Effective(there);
        var live = (here.Live & there.Live) | (here.Live & ~seenThere) | (there.Live & ~seenHere);
        var floor = joinFloors ? Math.Max(here.Floor, there.Floor) : here.Floor;
        return new Copy(live, (here.Seen | there.Seen | here.Live | there.Live) & ~Below(floor), floor);
    }

    /// <summary>Notes that the client was told; <paramref name="holders"/> have said that they hold it. One that has lost it while its answer was on its way stays a lost one.</summary>
    public void Acknowledge(int write, int holders, bool strict, Func<int, ulong> held, int w)
    {
        var bit = 1UL << write;
        Acknowledged |= bit;
        Strict |= strict ? bit : 0;
        for (var member = 0; member < 8; member++)
        {
            Lost[write] &= (holders & (1 << member)) != 0 && (held(member) & bit) != 0 ? ~(1 << member) : -1;
        }

        Custody[write] |= holders;
        _needs[write] = Math.Max(_needs[write], w);
        Excuse(write);
    }

    /// <summary>A member's disk has lost something: <paramref name="held"/> is what it still has.</summary>
    public void Lose(int member, ulong held)
    {
        for (var write = 0; write < Count; write++)
        {
            Lost[write] |= (held & (1UL << write)) == 0 ? 1 << member : 0;
            Excuse(write);
        }
    }

    /// <summary>A member has got back what <paramref name="held"/> says.</summary>
    public void Regain(int member, ulong held)
    {
        for (var rest = held; rest != 0; rest &= rest - 1)
        {
            Lost[BitOperations.TrailingZeroCount(rest)] &= ~(1 << member);
        }
    }

    /// <summary>A stand-in gives up its copy, <paramref name="owners"/> having confirmed it; <paramref name="owners"/> that do not hold it any more are lost ones.</summary>
    public void HandOver(ulong writes, int standIn, int owners, Func<int, ulong> held)
    {
        for (var rest = writes & Acknowledged; rest != 0; rest &= rest - 1)
        {
            var write = BitOperations.TrailingZeroCount(rest);
            if ((Custody[write] & (1 << standIn)) == 0)
            {
                continue;
            }

            Custody[write] = (Custody[write] & ~(1 << standIn)) | owners;
            _needs[write] = owners == 0 ? _needs[write] : Math.Min(_needs[write], BitOperations.PopCount((uint)Custody[write]));
            Lost[write] &= ~(1 << standIn);
            for (var member = 0; member < 8; member++)
            {
                if ((owners & (1 << member)) != 0)
                {
                    Lost[write] = (held(member) & (1UL << write)) == 0 ? Lost[write] | (1 << member) : Lost[write] & ~(1 << member);
                }
            }

            Excuse(write);
        }
    }

    /// <summary>The writes among <paramref name="candidates"/> that are gone, though nobody who had seen them has replaced them.</summary>
    public ulong Missing(ulong candidates, ulong live)
    {
        var missing = 0UL;
        var fine = live | (Deletes & Taken) | Expired | Excused;
        for (var rest = candidates & ~fine; rest != 0; rest &= rest - 1)
        {
            var write = BitOperations.TrailingZeroCount(rest);
            var accounted = false;
            for (var later = write + 1; later < Count && !accounted; later++)
            {
                accounted = (History[later] & (1UL << write)) != 0 && (fine & (1UL << later)) != 0;
            }

            missing |= accounted ? 0 : 1UL << write;
        }

        return missing;
    }

    /// <summary>The live ones that one of <paramref name="replacing"/> had superseded.</summary>
    public ulong Returned(ulong replacing, ulong live)
    {
        var returned = 0UL;
        for (var rest = replacing & ~Excused; rest != 0; rest &= rest - 1)
        {
            returned |= History[BitOperations.TrailingZeroCount(rest)] & live;
        }

        return returned;
    }

    private void Excuse(int write)
    {
        if ((Acknowledged & (1UL << write)) != 0 && BitOperations.PopCount((uint)(Lost[write] & Custody[write])) >= _needs[write])
        {
            Excused |= 1UL << write;
        }
    }
}
