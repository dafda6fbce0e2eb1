namespace Toystore.Core.Membership;

/// <summary>
/// The times and numbers of the membership protocol. n is the number of members not held dead, this one included. The defaults are <see cref="Lan"/>; <see cref="Local"/> and <see cref="Wan"/> are for one machine and for
/// distances. All members of a cluster should have the same.
/// </summary>
public sealed record SwimOptions
{
    /// <summary>The longest <see cref="ProbeInterval"/>.</summary>
    public static readonly TimeSpan ProbeIntervalMax = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan GossipIntervalMax = TimeSpan.FromSeconds(10);

    /// <summary>One network, round trips below 20 ms: the defaults.</summary>
    public static SwimOptions Lan { get; } = new();

    /// <summary>Everything on one machine.</summary>
    public static SwimOptions Local { get; } = new()
    {
        ProbeTimeout = TimeSpan.FromMilliseconds(200),
        Helpers = 1,
        SuspicionFactor = 3,
        Retransmits = 2,
        GossipInterval = TimeSpan.FromMilliseconds(100),
        GossipToTheDead = TimeSpan.FromSeconds(15),
        PushPullInterval = TimeSpan.FromSeconds(15),
    };

    /// <summary>Distances, round trips up to 500 ms.</summary>
    public static SwimOptions Wan { get; } = new()
    {
        ProbeInterval = TimeSpan.FromSeconds(5),
        ProbeTimeout = TimeSpan.FromSeconds(1.5),
        SuspicionFactor = 6,
        GossipInterval = TimeSpan.FromMilliseconds(500),
        GossipTargets = 4,
        GossipToTheDead = TimeSpan.FromSeconds(60),
        PushPullInterval = TimeSpan.FromSeconds(60),
    };

    /// <summary>
    /// T: one member is probed in each. 100 ms to 1 min, at least 3 <see cref="ProbeTimeout"/>; 1 s by default. A crash is noticed by somebody after 1.58 T on average, whatever n is (SWIM §3.1). Times (local health + 1).
    /// </summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long an ack may take before others are asked to try. 10 ms to a third of <see cref="ProbeInterval"/>; 300 ms by default: well above the slowest usual round trip. Times (local health + 1). A helper that has heard nothing
    /// after <see cref="NackPart"/> of it says so: 1.8 of it and a round trip after the probe began, and so within the interval.
    /// </summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How much of the time-out a helper waits before it says that it hears nothing either: 0.1 to 0.8, 0.8 by default (Lifeguard §IV.A).</summary>
    public double NackPart { get; init; } = 0.8;

    /// <summary>k: members asked to try when the target does not answer. 0 to 8, 3 by default. With packets lost at rate p, a healthy member fails a probe with about (2p)(4p)^k.</summary>
    public int Helpers { get; init; } = 3;

    /// <summary>True (the default): together with asking the helpers, the target is tried over TCP. An answer there stops the suspicion and is reported: packets are lost that connections get through.</summary>
    public bool ProbesOverTcp { get; init; } = true;

    /// <summary>α: the shortest suspicion is α · max(1, log10 n) · T. 1 to 20, 4 by default: 4 s up to 10 members, 8 s at 100, 12 s at 1000.</summary>
    public double SuspicionFactor { get; init; } = 4;

    /// <summary>β: the longest suspicion is β times the shortest. 1 (one length, as in SWIM) to 20, 6 by default.</summary>
    public double SuspicionMaxFactor { get; init; } = 6;

    /// <summary>K: independent accusers beyond the first that bring a suspicion to its shortest. 0 to 8, 3 by default; never more than n - 2.</summary>
    public int Confirmations { get; init; } = 3;

    /// <summary>The worst local health: by what plus one interval and time-out are multiplied at most. 0 (never) to 20, 8 by default.</summary>
    public int LocalHealthMax { get; init; } = 8;

    /// <summary>True (the default): a ping to a suspect says that it is one, so that it can refute at once (Lifeguard §IV.C).</summary>
    public bool TellsSuspects { get; init; } = true;

    /// <summary>
    /// True (the default): if the member itself did not run for longer than <see cref="ProbeTimeout"/>, that time counts for none of its deadlines, and its local health gets worse by one. Otherwise it would, after a pause of its own,
    /// hold those dead whose answers and refutations wait unread.
    /// </summary>
    public bool NoticesPauses { get; init; } = true;

    /// <summary>λ: a rumour is told λ · ⌈log10(n + 1)⌉ times by each who hears it. 1 to 20, 4 by default: 8 times at 10 to 99 members, 12 up to 999.</summary>
    public int Retransmits { get; init; } = 4;

    /// <summary>How often rumours are told beyond what fits pings and acks; nothing is sent if there are none. 10 ms to 10 s, at most <see cref="ProbeInterval"/>; 200 ms by default. All hear of a change after about log2(n) of it.</summary>
    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>To how many members each time. 1 to 16, 3 by default.</summary>
    public int GossipTargets { get; init; } = 3;

    /// <summary>For how long after its death a member is still told rumours, its own death among them. 0 to 1 h, 30 s by default.</summary>
    public TimeSpan GossipToTheDead { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a member exchanges the whole table with another. 1 s to 1 h, 30 s by default. Above 32 members times ⌈log2 n⌉ - 4, so that the load stays bounded; after a start at T / 2 and then ever less often, up to this. Who holds the same sends a digest only.
    /// </summary>
    public TimeSpan PushPullInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a dead member is tried again, with a table exchange, for ever: after this or up to twice as long, by each member, with probability min(1, dead / n). 100 ms to 1 h, 5 s by default.
    /// </summary>
    public TimeSpan HealInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest packet in bytes, encryption included, what IP and UDP add not: 1200 to 65507, 1400 by default, which passes every usual network whole.</summary>
    public int PacketBytesMax { get; init; } = 1400;

    /// <summary>True (the default): the probe periods of different members begin at different moments. False for measurements only.</summary>
    public bool Staggers { get; init; } = true;

    /// <summary>What is out of range; empty if all is well.</summary>
    public IReadOnlyList<SwimProblem> Problems()
    {
        var problems = new List<SwimProblem>();
        Check(ProbeInterval, TimeSpan.FromMilliseconds(100), ProbeIntervalMax, nameof(ProbeInterval));
        Check(
            ProbeTimeout, TimeSpan.FromMilliseconds(10), ProbeInterval / 3, nameof(ProbeTimeout), $"a third of {nameof(ProbeInterval)}: one time-out for the target, one for those who try for it, and one to spare for their answers");
        Check(NackPart, 0.1, 0.8, nameof(NackPart));
        Check(Helpers, 0, 8, nameof(Helpers));
        Check(SuspicionFactor, 1, 20, nameof(SuspicionFactor));
        Check(SuspicionMaxFactor, 1, 20, nameof(SuspicionMaxFactor));
        Check(Confirmations, 0, 8, nameof(Confirmations));
        Check(LocalHealthMax, 0, 20, nameof(LocalHealthMax));
        Check(Retransmits, 1, 20, nameof(Retransmits));
        var gossipMax = ProbeInterval < GossipIntervalMax ? ProbeInterval : GossipIntervalMax;
        Check(GossipInterval, TimeSpan.FromMilliseconds(10), gossipMax, nameof(GossipInterval), $"no more than {nameof(ProbeInterval)}: a refutation must be told before the shortest suspicion ends");
        Check(GossipTargets, 1, 16, nameof(GossipTargets));
        Check(GossipToTheDead, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(GossipToTheDead));
        Check(PushPullInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(PushPullInterval));
        Check(HealInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(HealInterval));
        Check(PacketBytesMax, 1200, 65507, nameof(PacketBytesMax));
        return problems;

        void Check<T>(T value, T min, T max, string name, string? because = null)
            where T : IComparable<T>
        {
            // A NaN is below everything.
            if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            {
                problems.Add(new SwimProblem(name, SwimProblem.Text(value), $"{SwimProblem.Text(min)} to {SwimProblem.Text(max)}", because));
            }
        }
    }

    internal int TellMax(int members) => Retransmits * (int)Math.Ceiling(Math.Log10(members + 1));

    internal TimeSpan SuspicionShortest(int members) => ProbeInterval * (SuspicionFactor * Math.Max(1, Math.Log10(members)));

    internal int ConfirmationsExpected(int members) => Math.Clamp(members - 2, 0, Confirmations);

    internal TimeSpan PushPullEvery(int members) => members <= 32 ? PushPullInterval : PushPullInterval * (Math.Ceiling(Math.Log2(members)) - 4);
}
