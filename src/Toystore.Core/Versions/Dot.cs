namespace Toystore.Core.Versions;

/// <summary>
/// Who mints dots: a node, and a random generation taken anew by each of its processes, and within one whenever what the node remembers may be less than what it has sent (a lost record, a failed write). An
/// actor never mints a reading twice (basho/riak_kv#679 is the failure this rules out).
/// </summary>
public readonly record struct ActorId(NodeId Node, ulong Generation) : IComparable<ActorId>
{
    /// <summary>By node, then generation.</summary>
    public int CompareTo(ActorId other)
    {
        var byNode = Node.CompareTo(other.Node);
        return byNode != 0 ? byNode : Generation.CompareTo(other.Generation);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Node}:{Generation:x}");
}

/// <summary>
/// A reading of a hybrid logical clock (Kulkarni et al. 2014): the upper 48 bits are milliseconds since 1970, the lower 16 a counter that carries into them. 0 is before every reading.
/// </summary>
public readonly record struct HybridTime(ulong Value) : IComparable<HybridTime>
{
    private const int CounterBits = 16;

    /// <summary>The first reading of a millisecond. Moments before 1970 count as 1970, those after the year 10889 as the last that 48 bits hold.</summary>
    public static HybridTime At(UnixTime time) => new((ulong)Math.Clamp(time.Milliseconds, 0, (1L << (64 - CounterBits)) - 1) << CounterBits);

    /// <summary>The physical part.</summary>
    public UnixTime Physical => new((long)(Value >> CounterBits));

    /// <summary>The reading right after this one.</summary>
    public HybridTime Next => new(Value + 1);

    /// <summary>The reading with the same counter that much later, whole milliseconds.</summary>
    public static HybridTime operator +(HybridTime time, TimeSpan span) => new(time.Value + ((ulong)(span.Ticks / TimeSpan.TicksPerMillisecond) << CounterBits));

    /// <inheritdoc/>
    public int CompareTo(HybridTime other) => Value.CompareTo(other.Value);

    /// <summary>True if <paramref name="left"/> is earlier.</summary>
    public static bool operator <(HybridTime left, HybridTime right) => left.Value < right.Value;

    /// <summary>True if <paramref name="left"/> is later.</summary>
    public static bool operator >(HybridTime left, HybridTime right) => left.Value > right.Value;

    /// <summary>True if <paramref name="left"/> is not later.</summary>
    public static bool operator <=(HybridTime left, HybridTime right) => left.Value <= right.Value;

    /// <summary>True if <paramref name="left"/> is not earlier.</summary>
    public static bool operator >=(HybridTime left, HybridTime right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Value >> CounterBits}+{Value & 0xffff}");
}

/// <summary>
/// The name of one write: the actor that minted it and its clock reading then. Ordered by reading, then actor, which is the order of last-write-wins.
/// </summary>
public readonly record struct Dot(ActorId Actor, HybridTime Time) : IComparable<Dot>
{
    /// <summary>By reading, then actor.</summary>
    public int CompareTo(Dot other)
    {
        var byTime = Time.CompareTo(other.Time);
        return byTime != 0 ? byTime : Actor.CompareTo(other.Actor);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Actor}@{Time}");
}
