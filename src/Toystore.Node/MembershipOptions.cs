using Toystore.Core.Membership;

namespace Toystore.Node;

/// <summary>
/// Times and numbers of the membership protocol, each instead of what <see cref="ToystoreOptions.Network"/> has for it; null for that. Defaults are given as Local / Lan / Wan. Checked when the node starts. n is the number of
/// members not held dead.
/// </summary>
public sealed class MembershipOptions
{
    /// <summary>T: one member is probed in each. 100 ms to 1 min, at least 3 <see cref="ProbeTimeout"/>; default 1 s / 1 s / 5 s. A crash is noticed after 1.58 T on average, whatever n is; each member sends two packets in each.</summary>
    public TimeSpan? ProbeInterval { get; set; }

    /// <summary>How long an answer may take before others are asked to try: well above the slowest usual round trip. 10 ms to a third of <see cref="ProbeInterval"/>; default 200 ms / 300 ms / 1.5 s.</summary>
    public TimeSpan? ProbeTimeout { get; set; }

    /// <summary>k: members asked to try where one does not answer. 0 to 8; default 1 / 3 / 3. With packets lost at rate p a healthy member fails a probe with probability (2p)(4p)^k, about.</summary>
    public int? Helpers { get; set; }

    /// <summary>α: the shortest suspicion is α · max(1, log10 n) · T. 1 to 20; default 3 / 4 / 6: at up to 10 members 3 s / 4 s / 30 s.</summary>
    public double? SuspicionFactor { get; set; }

    /// <summary>β: the longest suspicion, as long as nobody confirms it, is β times the shortest. 1 (always the shortest) to 20; default 6.</summary>
    public double? SuspicionMaxFactor { get; set; }

    /// <summary>K: accusers beyond the first that bring a suspicion from its longest to its shortest, after longest - (longest - shortest) · log(C + 1) / log(K + 1) with C of them. 0 to 8, never more than n - 2; default 3.</summary>
    public int? Confirmations { get; set; }

    /// <summary>The worst local health: a node that doubts itself multiplies <see cref="ProbeInterval"/> and <see cref="ProbeTimeout"/> by up to this plus one. 0 (never) to 20; default 8.</summary>
    public int? LocalHealthMax { get; set; }

    /// <summary>λ: each member tells a rumour λ · ⌈log10(n + 1)⌉ times. 1 to 20; default 2 / 4 / 4.</summary>
    public int? Retransmits { get; set; }

    /// <summary>How often rumours are told, while there are some. 10 ms to 10 s, at most <see cref="ProbeInterval"/>; default 100 ms / 200 ms / 500 ms. All have heard of a change after about log2(n) of it.</summary>
    public TimeSpan? GossipInterval { get; set; }

    /// <summary>To how many members each time. 1 to 16; default 3 / 3 / 4.</summary>
    public int? GossipTargets { get; set; }

    /// <summary>For how long after its death a member is told rumours, its own death among them. 0 to 1 h; default 15 s / 30 s / 60 s.</summary>
    public TimeSpan? GossipToTheDead { get; set; }

    /// <summary>How often a member exchanges its whole table with another's. 1 s to 1 h; default 15 s / 30 s / 60 s. Above 32 members times ⌈log2 n⌉ - 4.</summary>
    public TimeSpan? PushPullInterval { get; set; }

    /// <summary>How often a dead member is tried again, for ever: after this, or up to twice as long. 100 ms to 1 h; default 5 s. Of who is cut off, all know within about two of it that it is back.</summary>
    public TimeSpan? HealInterval { get; set; }

    /// <summary>The longest packet of gossip, in bytes, without what IP and UDP add. 1200 to 65507; default 1400, which passes every usual network whole.</summary>
    public int? PacketBytesMax { get; set; }

    /// <summary>What these make of the preset of a kind of network: with what stands here in the place of what it has. In range or not, <see cref="SwimOptions.Problems"/> says.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public SwimOptions Over(NetworkKind network)
    {
        var preset = network switch
        {
            NetworkKind.Local => SwimOptions.Local,
            NetworkKind.Lan => SwimOptions.Lan,
            NetworkKind.Wan => SwimOptions.Wan,
            _ => throw new ArgumentOutOfRangeException(nameof(network), network, "Local, Lan or Wan."),
        };
        return preset with
        {
            ProbeInterval = ProbeInterval ?? preset.ProbeInterval,
            ProbeTimeout = ProbeTimeout ?? preset.ProbeTimeout,
            Helpers = Helpers ?? preset.Helpers,
            SuspicionFactor = SuspicionFactor ?? preset.SuspicionFactor,
            SuspicionMaxFactor = SuspicionMaxFactor ?? preset.SuspicionMaxFactor,
            Confirmations = Confirmations ?? preset.Confirmations,
            LocalHealthMax = LocalHealthMax ?? preset.LocalHealthMax,
            Retransmits = Retransmits ?? preset.Retransmits,
            GossipInterval = GossipInterval ?? preset.GossipInterval,
            GossipTargets = GossipTargets ?? preset.GossipTargets,
            GossipToTheDead = GossipToTheDead ?? preset.GossipToTheDead,
            PushPullInterval = PushPullInterval ?? preset.PushPullInterval,
            HealInterval = HealInterval ?? preset.HealInterval,
            PacketBytesMax = PacketBytesMax ?? preset.PacketBytesMax,
        };
    }
}
