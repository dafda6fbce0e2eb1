using Toystore.Simulation.Chances;
using Toystore.Simulation.Faults;
using Toystore.Simulation.Workloads;

namespace Toystore.Simulation.Worlds;

/// <summary>
/// Most seeds have a theme: a few things that meet seldom by chance, and are where mistakes have been hiding. Each came from a planted bug that was not found, or from one that was not planted.
/// </summary>
internal static partial class Themes
{
    private static readonly IReadOnlyList<Func<Shape, Chance, Shape>> All =
    [
        LostDisk, Rot, Rot, Rot, ReadErrors, LastWrites, Conditions, Conditions, Conditions, FullDisks, FullDisks, Retries, Retries, Retries, Retries, RetriedLastWrites, RetriedLastWrites, RetriedLastWrites, RetriedLastWrites,
        RetriedLastWrites, TightBounds, StandIns, StandIns, StandIns, ComingsAndGoings, SlowOwners, RisingFloors, RisingFloors, RisingFloors,
    ];

    /// <summary>The shape that a seed drew, changed by its theme if it has one. <paramref name="rare"/> draws those in which floors rise over what owners do not share, so that they leave the other seeds as they were.</summary>
    public static Shape Apply(Shape shape, Chance chance, Chance rare)
    {
        var calm = shape with { Work = shape.Work with { Duration = shape.Duration / 2 } };
        return rare.Hits(0.25) ? rare.Pick(OverGaps)(calm, rare) : chance.Hits(0.9) ? chance.Pick(All)(calm, chance) : shape;
    }

    // One disk is emptied, or is again as it was, and power fails now and then.
    private static Shape LostDisk(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (5, 3, 3), (3, 1, 3), (2, 2, 2)]) with
    {
        Work = shape.Work with { OwnDurability = chance.Hits(0.5) ? 0.3 : 0 },
        LosesDisk = true,
        FaultKinds = [chance.Pick([FaultKind.Wipe, FaultKind.RollBack, FaultKind.RollBackToCleanStop]), FaultKind.PowerLoss, .. Some(chance, FaultKind.Kill, FaultKind.Stop, FaultKind.LossyLink, FaultKind.DiskSlow)],
        FaultPause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(250)),
    };

    // Records go bad while other owners have missed what was in them: what is cut off only comes later, so they are killed. Few reads, which mend.
    private static Shape Rot(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 1, 3), (5, 3, 3)]) with
    {
        Work = shape.Work with
        {
            Keys = 1,
            LastWriteKeys = chance.Next(2),
            HotKey = 0.7,
            OwnQuorums = 0,
            Clients = chance.Next(2, 5),
            Pause = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(30)),
            Patience = chance.Between(TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(120)),
            Mix = [(WorkKind.Put, 30), (WorkKind.Replace, 30), (WorkKind.Read, 25), (WorkKind.Delete, 5)],
        },
        FaultKinds = [FaultKind.BitFlip, FaultKind.BitFlip, FaultKind.Kill, FaultKind.Kill, .. Some(chance, FaultKind.Kill, FaultKind.Stop, FaultKind.LossyLink, FaultKind.LossyLink)],
        FaultPause = chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100)),
        FaultLasts = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300)),
        ColdReads = 1,
    };

    // Disks do not give what they have, now the one, now the other.
    private static Shape ReadErrors(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (5, 3, 3)]) with
    {
        Work = shape.Work with { Keys = chance.Next(1, 3), OwnQuorums = 0 },
        FaultKinds = [FaultKind.DiskReadErrors, FaultKind.DiskReadErrors, .. Some(chance, FaultKind.Kill, FaultKind.CutOneWay, FaultKind.DiskSlow)],
        FaultPause = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300)),
        FaultLasts = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(800)),
        ColdReads = 1,
    };

    // Keys whose last write wins, many deletes among them, with clocks that disagree and owners that miss this or that.
    private static Shape LastWrites(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (5, 3, 3)]) with
    {
        Work = shape.Work with
        {
            Keys = 1,
            LastWriteKeys = chance.Next(1, 3),
            HotKey = 0,
            OwnQuorums = 0,
            Expires = 0,
            Clients = chance.Next(2, 7),
            Pause = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(30)),
            Mix = [(WorkKind.Read, 35), (WorkKind.Put, 25), (WorkKind.Clear, 20), (WorkKind.Delete, 10), (WorkKind.Burst, 2)],
        },
        FaultKinds = [.. Some(chance, FaultKind.CutOneWay, FaultKind.LossyLink, FaultKind.Isolate, FaultKind.Kill, FaultKind.ClockJump, FaultKind.SlowLink)],
    };

    // Conditional writes of one key, while the node they go to changes.
    private static Shape Conditions(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 1, 1), (3, 1, 1), (5, 2, 2), (3, 1, 2), (3, 2, 2)]) with
    {
        Work = shape.Work with
        {
            Keys = chance.Next(1, 3),
            LastWriteKeys = 0,
            OwnQuorums = 0,
            Clients = chance.Next(2, 7),
            Mix = [(WorkKind.Read, 25), (WorkKind.IfUnchanged, 25), (WorkKind.IfAbsent, 25), (WorkKind.IfPresent, 5), (WorkKind.Replace, 5), (WorkKind.Put, 5), (WorkKind.Delete, 15), (WorkKind.Burst, 5)],
        },
        FaultKinds = [FaultKind.Kill, FaultKind.Kill, FaultKind.LossyLink, .. Some(chance, FaultKind.Kill, FaultKind.Stop, FaultKind.Refuse, FaultKind.CutOneWay)],
        FaultPause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(200)),
        FaultLasts = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500)),
    };

    // Disks that are full for a moment, between writes that wait for them.
    private static Shape FullDisks(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (5, 3, 3), (3, 1, 3)]) with
    {
        Work = shape.Work with
        {
            Keys = chance.Next(1, 4),
            OwnQuorums = 0,
            Clients = chance.Next(3, 7),
            Pause = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(20)),
            Mix = [(WorkKind.Put, 40), (WorkKind.Replace, 20), (WorkKind.Read, 10), (WorkKind.Clear, 5), (WorkKind.Burst, 10)],
        },
        FaultKinds = [FaultKind.DiskFull, FaultKind.DiskFull, .. Some(chance, FaultKind.DiskReadOnly, FaultKind.DiskSlow, FaultKind.Isolate, FaultKind.CutOneWay)],
        FaultPause = chance.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(60)),
        FaultLasts = chance.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(60)),
        SyncDelay = chance.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(8)),
    };

    // Clients that give up early and send again, while others replace what they have just written.
    private static Shape Retries(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (3, 1, 3), (5, 3, 3)]) with
    {
        Work = shape.Work with
        {
            Keys = 1,
            Strict = 1,
            Duration = shape.Work.Duration * 2,
            LastWriteKeys = 0,
            OwnQuorums = 0,
            RequestIds = 1,
            Retries = 1,
            Hasty = 0.5,
            Clients = chance.Next(4, 7),
            Pause = chance.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(10)),
            Patience = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(100)),
            Mix = [(WorkKind.Read, 30), (WorkKind.Put, 10), (WorkKind.Replace, 30), (WorkKind.IfUnchanged, 30), (WorkKind.Burst, 8)],
        },
        FaultKinds = [FaultKind.LossyLink, .. Some(chance, FaultKind.DiskSlow, FaultKind.SlowLink, FaultKind.Break)],
        SyncDelay = chance.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(8)),
        ColdReads = 1,
    };

    // The same where the last write wins, and clocks disagree about which that is: impatient clients wait for a message there and back, but not for a disk.
    private static Shape RetriedLastWrites(Shape shape, Chance chance) => Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (5, 3, 3)]) with
    {
        Work = shape.Work with
        {
            Keys = 0,
            LastWriteKeys = 1,
            OwnQuorums = 0,
            Expires = 0,
            RequestIds = 1,
            Retries = 1,
            Hasty = 0.5,
            Faithful = chance.NextDouble(),
            Strict = 1,
            Duration = shape.Work.Duration * 3,
            Clients = chance.Next(2, 7),
            Pause = chance.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(15)),
            Patience = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(70)),
            OwnDurability = 0,
            Mix = [(WorkKind.Put, 80), (WorkKind.Read, 10), (WorkKind.Delete, 5)],
        },
        FaultKinds = [FaultKind.Kill, FaultKind.Kill, .. Some(chance, FaultKind.LossyLink, FaultKind.LossyLink, FaultKind.CutOneWay)],
        FaultPause = chance.Between(TimeSpan.FromMilliseconds(15), TimeSpan.FromMilliseconds(60)),
        FaultLasts = chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)),
        SkewMax = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4)),
        WireDelay = chance.Between(TimeSpan.FromMicroseconds(50), TimeSpan.FromMicroseconds(700)),
        SyncDelay = chance.Between(TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(10)),
        Durability = WriteDurability.Fsync,
    };

    // Owners are away, now the one, now all, and others stand in for them; then they are back, and are given what they missed while the next ones go.
    private static Shape StandIns(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 1, 3), (2, 1, 2), (2, 2, 2), (1, 1, 1)]);
        return some with
        {
            Members = some.N + chance.Next(1, 4),
            Work = shape.Work with
            {
                Keys = chance.Next(1, 3),
                LastWriteKeys = chance.Next(2),
                Strict = chance.Pick([0, 0, 0.2]),
                OwnQuorums = chance.Hits(0.3) ? 0.2 : 0,
                Duration = chance.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(9)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100)),
                Mix = [(WorkKind.Put, 25), (WorkKind.Replace, 25), (WorkKind.Read, 30), (WorkKind.Delete, 8), (WorkKind.Clear, 3), (WorkKind.IfUnchanged, 5), (WorkKind.List, 1)],
            },
            FaultKinds = [FaultKind.Kill, FaultKind.PowerLoss, FaultKind.Partition, FaultKind.Isolate, .. Some(chance, FaultKind.Kill, FaultKind.Stop, FaultKind.Refuse, FaultKind.CutOneWay, FaultKind.Break, FaultKind.DiskFull, FaultKind.DiskSlow, FaultKind.LossyLink)],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(800)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(2500)),
        };
    }

    // The only owner goes, comes back, is given what it missed, and goes again, while clients who have read nothing write the same key.
    private static Shape ComingsAndGoings(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(1, 1, 1), (1, 1, 1), (2, 1, 1)]);
        return some with
        {
            Members = some.N + 1,
            Work = shape.Work with
            {
                Keys = 1,
                LastWriteKeys = 0,
                Strict = 0,
                OwnQuorums = 0,
                Expires = 0,
                Clients = 2,
                Duration = chance.Between(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(20)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)),
                Mix = [(WorkKind.Put, 50), (WorkKind.Replace, 10), (WorkKind.Read, 20)],
            },
            FaultKinds = [FaultKind.Stop, FaultKind.Kill, FaultKind.Refuse],
            FaultPause = chance.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)),
            SiblingsMax = 100,
        };
    }

    // All owners can be reached all the time, and their disks hang: who does not answer is not gone.
    private static Shape SlowOwners(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(3, 2, 2), (3, 1, 3), (2, 1, 2)]);
        return some with
        {
            Members = some.N + chance.Next(1, 4),
            Work = shape.Work with
            {
                Keys = chance.Next(1, 3),
                Strict = 0,
                OwnQuorums = 0,
                Duration = chance.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)),
                Mix = [(WorkKind.Put, 40), (WorkKind.Replace, 20), (WorkKind.Read, 30)],
            },
            FaultKinds = [FaultKind.DiskHang, FaultKind.DiskSlow],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(1500)),
            QueuedBytesMax = 64 << 20,
        };
    }

    // Every bound is small, and much waits.
    private static Shape TightBounds(Shape shape, Chance chance) => shape with
    {
        Work = shape.Work with
        {
            Large = 0.3,
            Clients = chance.Next(3, 6),
            Duration = chance.Between(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(1)),
            Pause = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(20)),
            Mix = [(WorkKind.Put, 30), (WorkKind.Replace, 10), (WorkKind.Read, 30), (WorkKind.IfUnchanged, 5), (WorkKind.Burst, 20)],
        },
        FaultKinds = [FaultKind.Clog, FaultKind.SlowLink, .. Some(chance, FaultKind.DiskHang, FaultKind.DiskSlow, FaultKind.CutOneWay)],
        RequestsMax = chance.Next(2, 12),
        CallsMax = chance.Next(4, 30),
        QueuedBytesMax = chance.Next(4 << 10, 32 << 10),
        SiblingsMax = chance.Next(3, 6),
        LosesDisk = false,
    };

    private static Shape Cluster(Shape shape, Chance chance, IReadOnlyList<(int N, int R, int W)> quorums)
    {
        var (n, r, w) = chance.Pick(quorums);
        var members = n + (chance.Hits(0.2) ? chance.Next(1, 3) : 0);
        return shape with { Members = members, N = n, R = r, W = w, Victim = chance.Next(members), LosesDisk = false };
    }

    private static IEnumerable<FaultKind> Some(Chance chance, params IReadOnlyList<FaultKind> kinds) => kinds.Where(_ => chance.Hits(0.5));
}
