namespace Toystore.Core.Membership;

/// <summary>
/// What was said of a member, and of which of its incarnations. Two of them join to the one that overrides the other: the later incarnation, and within an incarnation Alive &lt; Suspect &lt; Dead &lt; Left.
/// <para>
/// A total order, so joining is commutative, associative and idempotent, and it does not matter in which order, how often and by which way news arrives. It is SWIM's (§4.2) with one difference: there, Confirm overrides every
/// incarnation, for ever, because a failed process never comes back. Here it does, so death is of an incarnation as everything else is: Alive(i+1) overrides Dead(i), and Dead(i) says nothing about i+1.
/// </para>
/// </summary>
public readonly record struct Standing(Incarnation Incarnation, MemberState State) : IComparable<Standing>
{
    /// <summary>The one that overrides the other.</summary>
    public Standing Join(Standing other) => CompareTo(other) >= 0 ? this : other;

    /// <summary>True if this one is news to who holds <paramref name="held"/>.</summary>
    public bool Overrides(Standing held) => CompareTo(held) > 0;

    /// <inheritdoc/>
    public int CompareTo(Standing other) => Incarnation == other.Incarnation ? State.CompareTo(other.State) : Incarnation.CompareTo(other.Incarnation);

    /// <inheritdoc/>
    public override string ToString() => $"{State} {Incarnation}";
}
