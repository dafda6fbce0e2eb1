using System.Globalization;
using Toystore.Node.Healing;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Faults;
using Toystore.Simulation.Workloads;

namespace Toystore.Simulation.Worlds;

/// <summary>
/// What a seed chose for its run: how large the cluster is, how it is set up, what clients do and what may go wrong. Each seed leaves much out, so that what is left is seen often (swarm testing, Groce et al. 2012).
/// </summary>
internal sealed record Shape
{
    private static readonly int[] MembersWeighted = [1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7, 9];
    private static readonly (int N, int R, int W)[] QuorumsWeighted =
        [(3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 2, 2), (3, 3, 1), (3, 1, 3), (3, 1, 1), (3, 3, 3), (5, 3, 3), (5, 3, 3), (5, 2, 4), (2, 1, 2), (2, 2, 2), (4, 2, 3), (1, 1, 1)];

    /// <summary>Nodes: 1..9.</summary>
    public int Members { get; init; } = 3;

    /// <summary>Copies of a key, as configured: 1..5. A smaller cluster keeps fewer.</summary>
    public int N { get; init; } = 3;

    /// <summary>Answers that a read needs, as configured.</summary>
    public int R { get; init; } = 2;

    /// <summary>Answers that a write needs, as configured.</summary>
    public int W { get; init; } = 2;

    /// <summary>What clients do.</summary>
    public WorkloadPlan Work { get; init; } = new();

    /// <summary>How long they do it, in the world's time.</summary>
    public TimeSpan Duration => Work.Duration;

    /// <summary>When a write counts as stored, unless its client says otherwise.</summary>
    public WriteDurability Durability { get; init; } = WriteDurability.Fsync;

    /// <summary>True if one node may lose its disk, or get an earlier state of it back.</summary>
    public bool LosesDisk { get; init; }

    /// <summary>The node whose disk may be damaged, an index: never more than one in a run, since what two lose may have been all copies.</summary>
    public int Victim { get; init; }

    /// <summary>When that may happen at the earliest.</summary>
    public TimeSpan LossFrom { get; init; }

    /// <summary>Kinds of faults of this run.</summary>
    public IReadOnlyList<FaultKind> FaultKinds { get; init; } = [];

    /// <summary>The mean pause between two faults.</summary>
    public TimeSpan FaultPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The mean span of a fault.</summary>
    public TimeSpan FaultLasts { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The mean delay of a frame.</summary>
    public TimeSpan WireDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The mean time that bringing writes to the disk takes.</summary>
    public TimeSpan SyncDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>How many reads need the disk: 0..1.</summary>
    public double ColdReads { get; init; }

    /// <summary>Logs of a disk.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>How far wall clocks may be off.</summary>
    public TimeSpan SkewMax { get; init; }

    /// <summary>How wrong the rate of a clock may be: 0.01 is a second in 100.</summary>
    public double DriftMax { get; init; }

    /// <summary>Requests under way at a node.</summary>
    public int RequestsMax { get; init; } = 10_000;

    /// <summary>Requests that wait for a peer's answer, and requests of a peer that are worked on.</summary>
    public int CallsMax { get; init; } = 4096;

    /// <summary>Bytes that wait to be sent.</summary>
    public int QueuedBytesMax { get; init; } = 64 << 20;

    /// <summary>Bytes that a node keeps for an owner that is away; 1 for none at all. Without bound by default.</summary>
    public long HintBytesMax { get; init; } = 1L << 30;

    /// <summary>Values that a key may have side by side.</summary>
    public int SiblingsMax { get; init; } = 100;

    /// <summary>When nodes report and compare: seldom, compared with a run, unless the theme is about that.</summary>
    public HealingTiming Healing { get; init; } = new();

    /// <summary>The mean of how much later than the others frames come that are overtaken or doubled.</summary>
    public TimeSpan StragglerMean { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>True if of what is ready at one moment anything may run first.</summary>
    public bool Shuffles { get; init; }

    /// <summary>Copies that there really are.</summary>
    public int Copies => Math.Min(N, Members);

    /// <summary>What a seed chooses.</summary>
    public static Shape Draw(ulong seed)
    {
        var chance = Chance.For(seed, "shape");
        var members = chance.Pick(MembersWeighted);
        var (n, r, w) = chance.Pick(QuorumsWeighted);
        var losesDisk = n > 1 && members > 1 && chance.Hits(0.25);
        var isLan = chance.Hits(0.7);
        var shape = new Shape
        {
            Members = members,
            N = n,
            R = r,
            W = w,
            Work = WorkloadPlan.Draw(Chance.For(seed, "work")) with
            {
                Clients = chance.Next(1, 7),
                Keys = chance.Next(1, 6),
                Duration = chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6)),
                Pause = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(80)),
                Patience = chance.Between(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(800)),
            },
            Durability = chance.Hits(0.8) ? WriteDurability.Fsync : WriteDurability.Os,
            LosesDisk = losesDisk,
            Victim = chance.Next(members),
            FaultKinds = FaultKindsOf(chance, losesDisk),
            FaultPause = chance.Between(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(600)),
            FaultLasts = chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(1200)),
            WireDelay = isLan ? chance.Between(TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(2)) : chance.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20)),
            SyncDelay = chance.Hits(0.2) ? TimeSpan.Zero : chance.Between(TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(8)),
            ColdReads = chance.Hits(0.5) ? 0 : chance.NextDouble(),
            Shards = chance.Next(1, 5),
            SkewMax = chance.Hits(0.3) ? TimeSpan.Zero : chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(4)),
            DriftMax = chance.Hits(0.5) ? 0 : 0.02 * chance.NextDouble(),
            RequestsMax = chance.Hits(0.15) ? chance.Next(1, 5) : 10_000,
            CallsMax = chance.Hits(0.15) ? chance.Next(2, 9) : 4096,
            QueuedBytesMax = chance.Hits(0.15) ? chance.Next(4 << 10, 128 << 10) : 64 << 20,
            SiblingsMax = chance.Hits(0.15) ? chance.Next(3, 8) : 100,
            Shuffles = chance.Hits(0.7),
        };
        return Themes.Apply(shape, Chance.For(seed, "theme"), Chance.For(seed, "rare theme"));
    }

    /// <summary>In a line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Members} nodes, N={N} R={R} W={W}, {Work.Clients} clients on {Work.Keys}+{Work.LastWriteKeys} keys for {Duration.TotalSeconds:0.0} s, patience {Work.Patience.TotalMilliseconds:0} ms, wire {WireDelay.TotalMilliseconds:0.00} ms, sync {SyncDelay.TotalMilliseconds:0.00} ms, {Durability.ToString().ToLowerInvariant()}, skew {SkewMax.TotalSeconds:0.0} s, drift {DriftMax:0.000}, {(Shuffles ? "any order" : "in order")}{(LosesDisk ? ", loses a disk" : "")}{(HintBytesMax == 1 ? ", no hints" : "")}{(Healing.Margin < TimeSpan.FromSeconds(10) ? $", marks {Healing.Margin.TotalSeconds:0.00} s behind" : "")}; faults: {string.Join(" ", FaultKinds)}");

    private static List<FaultKind> FaultKindsOf(Chance chance, bool losesDisk)
    {
        var share = chance.Pick([0.0, 0.15, 0.3, 0.5, 0.8]);
        var kinds = Enum.GetValues<FaultKind>().Where(kind => kind < FaultKind.Wipe && chance.Hits(share)).ToList();
        if (losesDisk)
        {
            // A record garbled at one owner while another has lost its disk may have been the last copy.
            kinds.Remove(FaultKind.BitFlip);
            kinds.Add(chance.Pick([FaultKind.Wipe, FaultKind.RollBack, FaultKind.RollBackToCleanStop]));
        }

        return kinds;
    }
}
