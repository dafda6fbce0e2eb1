using System.Globalization;

namespace Toystore.Core.Membership;

/// <summary>
/// Which edition of a member's own word: (boot number &lt;&lt; 32) | counter. Only the member itself makes a new one, always above all earlier ones: each process begins above all that earlier ones used (a node takes that from its
/// disk and its clock), the counter rises with each refutation and each change of facts, and carries over. So one that restarts is never taken for its own past (SWIM §4.2 has counters that begin at 0 again).
/// </summary>
public readonly record struct Incarnation(ulong Value) : IComparable<Incarnation>
{
    /// <summary>By how much one may exceed the last one heard of: 65,536 boots. What leaps further was made up, and is refused; otherwise one forged packet would use up all the numbers there are.</summary>
    public const ulong LeapMax = 1UL << 48;

    private const ulong ValueMax = (1UL << 63) - 1;

    /// <summary>The first one with this boot number. Nodes begin between two of them, at a reading of their clock.</summary>
    /// <param name="boot">1 to 2^31 - 1.</param>
    public static Incarnation OfBoot(uint boot)
    {
        Invariant.Require(boot is > 0 and <= int.MaxValue, "boot numbers are 1 to 2^31 - 1");
        return new Incarnation((ulong)boot << 32);
    }

    /// <summary>The upper half; of a node the hour of its clock in which its process began.</summary>
    public uint Boot => (uint)(Value >> 32);

    /// <summary>Which edition since.</summary>
    public uint Counter => (uint)Value;

    /// <summary>The next one.</summary>
    public Incarnation Next => new(Value + 1);

    /// <summary>True if a member last heard of as <paramref name="known"/> (0: never) may have come to this one.</summary>
    public bool IsPlausibleAfter(Incarnation known) => Value is > 0 and < ValueMax && (Value <= known.Value || known.Value == 0 || Value - known.Value <= LeapMax);

    /// <inheritdoc/>
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);

    /// <summary>True if <paramref name="left"/> is older.</summary>
    public static bool operator <(Incarnation left, Incarnation right) => left.Value < right.Value;

    /// <summary>True if <paramref name="left"/> is newer.</summary>
    public static bool operator >(Incarnation left, Incarnation right) => left.Value > right.Value;

    /// <summary>True if <paramref name="left"/> is not newer.</summary>
    public static bool operator <=(Incarnation left, Incarnation right) => left.Value <= right.Value;

    /// <summary>True if <paramref name="left"/> is not older.</summary>
    public static bool operator >=(Incarnation left, Incarnation right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Boot}.{Counter}");
}
