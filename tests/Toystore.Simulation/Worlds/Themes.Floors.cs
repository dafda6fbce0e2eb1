using Toystore.Node.Healing;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Faults;
using Toystore.Simulation.Workloads;

namespace Toystore.Simulation.Worlds;

/// <content>Those in which floors rise within a run: elsewhere it is over before the first one does.</content>
internal static partial class Themes
{
    private static readonly IReadOnlyList<Func<Shape, Chance, Shape>> OverGaps = [Gaps, Gaps, Gaps, LateStandIns, LateFrames, LateFrames, LateLoss, LateLoss];

    // Marks are close behind the clocks, and all is compared all the time, so that floors rise over deletes while things go wrong; and frames arrive long after.
    private static Shape RisingFloors(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 1, 3), (2, 1, 2), (3, 3, 1)]);
        var loses = chance.Hits(0.3);
        return some with
        {
            Members = Math.Min(some.Members, 4),
            Victim = chance.Next(Math.Min(some.Members, 4)),
            LosesDisk = loses,
            Work = shape.Work with
            {
                Keys = chance.Next(1, 4),
                LastWriteKeys = chance.Next(2),
                OwnQuorums = 0,
                Clients = chance.Next(1, 4),
                Duration = chance.Between(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(12)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(200)),
                Mix = [(WorkKind.Put, 20), (WorkKind.Replace, 15), (WorkKind.Read, 25), (WorkKind.Delete, 20), (WorkKind.Clear, 15), (WorkKind.IfAbsent, 3)],
            },
            FaultKinds =
            [
                FaultKind.Kill, .. Some(chance, FaultKind.PowerLoss, FaultKind.ReorderingLink, FaultKind.ReorderingLink, FaultKind.DuplicatingLink, FaultKind.Isolate, FaultKind.LossyLink, FaultKind.ClockJump, FaultKind.DiskSlow),
                .. loses ? [chance.Pick([FaultKind.Wipe, FaultKind.RollBack, FaultKind.RollBackToCleanStop])] : Array.Empty<FaultKind>(),
            ],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(3)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(600)),
            SkewMax = chance.Hits(0.5) ? TimeSpan.Zero : chance.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(500)),
            StragglerMean = chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(3)),
            QueuedBytesMax = 64 << 20,
            Healing = Quick(chance),
        };
    }

    // Owners differ when floors rise: what one of them missed nobody keeps for it, hardly anybody reads, and reports come before exchanges do.
    private static Shape Gaps(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(3, 3, 1), (3, 3, 1), (3, 2, 2)]);
        return some with
        {
            Members = some.N + chance.Next(2),
            Work = shape.Work with
            {
                Keys = chance.Next(6, 20),
                LastWriteKeys = chance.Next(2),
                OwnQuorums = 0,
                Expires = 0,
                Clients = chance.Next(1, 4),
                Duration = chance.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(150)),
                Patience = chance.Between(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(300)),
                Mix = [(WorkKind.Put, 30), (WorkKind.Replace, 10), (WorkKind.Read, 6), (WorkKind.Delete, 10), (WorkKind.Clear, 15)],
            },
            FaultKinds = [FaultKind.KilledAlone, FaultKind.KilledAlone, .. Some(chance, FaultKind.Isolate, FaultKind.KillSome)],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(800), TimeSpan.FromMilliseconds(1600)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(600)),
            SkewMax = TimeSpan.Zero,
            HintBytesMax = 1,
            Healing = Eager(chance),
        };
    }

    // All owners of a key are out of reach at once and others stand in for them; and floors rise before these have passed on what they keep.
    private static Shape LateStandIns(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(2, 2, 1), (2, 2, 1), (2, 1, 2), (3, 3, 1)]);
        return some with
        {
            Members = some.N + some.W + 1,
            Work = shape.Work with
            {
                Keys = chance.Next(3, 9),
                LastWriteKeys = chance.Next(2),
                Strict = 0,
                OwnQuorums = 0,
                Expires = 0,
                Clients = chance.Next(1, 4),
                Duration = chance.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(100)),
                Patience = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)),
                Mix = [(WorkKind.Put, 40), (WorkKind.Replace, 10), (WorkKind.Read, 10), (WorkKind.Delete, 5)],
            },
            FaultKinds = [FaultKind.KillSome, FaultKind.KillSome, .. Some(chance, FaultKind.Kill, FaultKind.Partition, FaultKind.Refuse)],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(1500)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(900)),
            SkewMax = TimeSpan.Zero,
            QueuedBytesMax = 64 << 20,
            Healing = Eager(chance),
        };
    }

    // Who coordinates a write cannot store it, and the frames that carry it arrive when floors have passed it. Nobody deletes: a value that is gone has vanished.
    private static Shape LateFrames(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(2, 1, 2), (2, 1, 2), (3, 2, 2)]);
        return some with
        {
            Members = some.N + chance.Next(2),
            Work = shape.Work with
            {
                Keys = chance.Next(8, 15),
                LastWriteKeys = 0,
                HotKey = 0,
                OwnQuorums = 0,
                Expires = 0,
                Clients = chance.Next(2, 4),
                Duration = chance.Between(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(3)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(100)),
                Patience = chance.Between(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(200)),
                Mix = [(WorkKind.Put, 8), (WorkKind.Replace, 80), (WorkKind.Read, 12)],
            },
            FaultKinds = [FaultKind.LateRefusal],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(150)),
            SkewMax = TimeSpan.Zero,
            StragglerMean = chance.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6)),
            QueuedBytesMax = 64 << 20,
            HintBytesMax = 1,
            Healing = Eager(chance),
        };
    }

    // A disk is emptied, or is again as it was, when floors have risen over what was on it; or when the other owners have been away in turn, and each lacks something else that it is to be given back.
    private static Shape LateLoss(Shape shape, Chance chance)
    {
        var some = Cluster(shape, chance, [(3, 2, 2), (3, 2, 2), (3, 2, 2), (4, 2, 3)]);
        var loss = chance.Pick([FaultKind.Wipe, FaultKind.Wipe, FaultKind.Wipe, FaultKind.RollBack]);
        var goOthersToo = chance.Hits(0.6);
        return some with
        {
            LosesDisk = true,
            LossFrom = goOthersToo ? chance.Between(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5)) : chance.Between(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2.5)),
            Work = shape.Work with
            {
                Keys = chance.Next(3, 9),
                LastWriteKeys = chance.Next(2),
                OwnQuorums = 0,
                Expires = 0,
                Clients = chance.Next(1, 4),
                Duration = TimeSpan.FromSeconds(goOthersToo ? 2.5 : 3.5),
                Pause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(150)),
                Patience = chance.Between(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(300)),
                Mix = [(WorkKind.Put, 40), (WorkKind.Replace, 20), (WorkKind.Read, 6), (WorkKind.Delete, 4)],
            },
            FaultKinds = goOthersToo ? [loss, FaultKind.Kill, FaultKind.Kill] : [loss],
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500)),
            SkewMax = TimeSpan.Zero,
            HintBytesMax = 1,
            Healing = goOthersToo ? shape.Healing : Eager(chance),
        };
    }

    private static HealingTiming Quick(Chance chance) => new()
    {
        Margin = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(800)),
        Tick = TimeSpan.FromMilliseconds(100),
        BetweenReports = chance.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1)),
        BetweenExchanges = chance.Between(TimeSpan.FromMilliseconds(600), TimeSpan.FromSeconds(2)),
        Soon = TimeSpan.FromMilliseconds(300),
        AfterFailure = TimeSpan.FromSeconds(1),
        Pause = TimeSpan.FromMilliseconds(100),
        QuietTurns = chance.Pick([1, 1, 3]),
    };

    // Marks are right behind the clocks, and even an exchange that is urgent comes after them.
    private static HealingTiming Eager(Chance chance) => new()
    {
        Margin = chance.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(60)),
        Tick = TimeSpan.FromMilliseconds(50),
        BetweenReports = chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(300)),
        BetweenExchanges = chance.Between(TimeSpan.FromMilliseconds(1000), TimeSpan.FromSeconds(2)),
        Soon = chance.Between(TimeSpan.FromMilliseconds(900), TimeSpan.FromSeconds(2)),
        AfterFailure = TimeSpan.FromSeconds(1),
        Pause = TimeSpan.FromMilliseconds(50),
        QuietTurns = chance.Pick([1, 3]),
    };
}
