using System.Text;

namespace Toystore.Core.Placement;

/// <summary>
/// The conflict policy of the keys that begin with <see cref="Prefix"/> (0 to 4096 bytes; none means every key) unless a longer prefix fits. Does not copy the bytes: they must not change afterwards.
/// </summary>
public readonly struct PolicyRule(ReadOnlyMemory<byte> prefix, ConflictPolicy policy) : IEquatable<PolicyRule>
{
    /// <summary>The rule for keys that begin with the UTF-8 bytes of <paramref name="prefix"/>.</summary>
    public PolicyRule(string prefix, ConflictPolicy policy)
        : this(Encoding.UTF8.GetBytes(prefix), policy)
    {
    }

    /// <summary>How the keys begin.</summary>
    public ReadOnlyMemory<byte> Prefix { get; } = prefix;

    /// <summary>What holds for them.</summary>
    public ConflictPolicy Policy { get; } = policy;

    /// <inheritdoc/>
    public bool Equals(PolicyRule other) => Policy == other.Policy && Prefix.Span.SequenceEqual(other.Prefix.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PolicyRule other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Fnv1a.Hash(Prefix.Span) ^ (int)Policy;

    /// <inheritdoc/>
    public override string ToString() => $"{Encoding.UTF8.GetString(Prefix.Span)}*: {Policy}";

    /// <summary>Same prefix, same policy.</summary>
    public static bool operator ==(PolicyRule left, PolicyRule right) => left.Equals(right);

    /// <summary>Another prefix or another policy.</summary>
    public static bool operator !=(PolicyRule left, PolicyRule right) => !left.Equals(right);
}
