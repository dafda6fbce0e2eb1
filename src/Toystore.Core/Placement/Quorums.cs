namespace Toystore.Core.Placement;

/// <summary>
/// N, R and W: replicas per key, answers a read needs, answers a write needs. 1 to <see cref="CopiesMax"/> copies, 1 to N answers. Default 3, 2, 2. R + W &lt;= N is allowed, because a caller may prefer
/// speed, but then a read need not see the write before it (<see cref="Overlap"/>).
/// </summary>
public readonly record struct Quorums(int Copies, int Reads, int Writes)
{
    /// <summary>The most copies of a key.</summary>
    public const int CopiesMax = 16;

    /// <summary>3, 2, 2.</summary>
    public static Quorums Default => new(3, 2, 2);

    /// <summary>True if every R answers and every W answers have a replica in common, so that a read sees every write completed before it.</summary>
    public bool Overlap => Reads + Writes > Copies;

    /// <summary>This if it overlaps, and otherwise the majority of the copies: what a read-modify-write works with.</summary>
    public Quorums Strict => Overlap ? this : new Quorums(Copies, (Copies / 2) + 1, (Copies / 2) + 1);

    /// <summary>As many owners as every completed write has one among: N - W + 1. Who has merged from so many of them has all that was acknowledged.</summary>
    public int Covering => Copies - Writes + 1;

    /// <summary>As many owners as every read asks one of: N - R + 1. What so many refuse, no read gets.</summary>
    public int Fencing => Copies - Reads + 1;

    /// <summary>What holds for a slot with <paramref name="owners"/> owners (1 or more): this for N; for any other number - a cluster still too small, or a change of N under way - N is that number and R and W are its majority.</summary>
    public Quorums ForOwners(int owners) => owners == Copies ? this : new Quorums(owners, (owners / 2) + 1, (owners / 2) + 1);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"N={Copies} R={Reads} W={Writes}");
}
