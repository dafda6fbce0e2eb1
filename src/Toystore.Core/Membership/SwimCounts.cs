namespace Toystore.Core.Membership;

/// <summary>What a member has done since it was made. Only ever grows; as <see cref="Swim"/> itself, for one thread at a time.</summary>
public sealed class SwimCounts
{
    private readonly long[] _refused = new long[Enum.GetValues<SealVerdict>().Length];

    /// <summary>Probes begun: one in each interval.</summary>
    public long Probes { get; internal set; }

    /// <summary>Probes that nobody answered, neither the target nor a helper for it, nor the target over TCP.</summary>
    public long ProbesFailed { get; internal set; }

    /// <summary>Probes that needed helpers, because the target had not answered within the time-out.</summary>
    public long ProbesRelayed { get; internal set; }

    /// <summary>How often this node was said to be suspect, dead or gone and contradicted.</summary>
    public long Refutations { get; internal set; }

    /// <summary>Packets and tables of somebody who may not be a member.</summary>
    public long Strangers { get; internal set; }

    /// <summary>Packets and tables refused, for whatever reason.</summary>
    public long RefusedAll => _refused.Sum() + Strangers;

    /// <summary>Packets and tables refused for this reason.</summary>
    public long Refused(SealVerdict why) => _refused[(int)why];

    internal void Refuse(SealVerdict why) => _refused[(int)why]++;
}
