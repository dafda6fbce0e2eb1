namespace Toystore.Core.Placement;

/// <summary>Which conflict policy holds for which keys: the longest prefix that fits decides, and <see cref="ConflictPolicy.Siblings"/> where none does. Immutable.</summary>
public sealed class ConflictPolicies
{
    /// <summary>The most rules.</summary>
    public const int RulesMax = 256;

    private readonly PolicyRule[] _rules;
    private readonly PolicyRule[] _longestFirst;

    /// <summary>The policies that these rules say, in any order; no two for the same prefix.</summary>
    internal ConflictPolicies(IEnumerable<PolicyRule> rules)
    {
        _rules = [.. rules];
        Array.Sort(_rules, static (left, right) => left.Prefix.Span.SequenceCompareTo(right.Prefix.Span));
        _longestFirst = [.. _rules.OrderByDescending(rule => rule.Prefix.Length)];
    }

    /// <summary>The rules, ascending by the bytes of their prefix.</summary>
    public ReadOnlySpan<PolicyRule> Rules => _rules;

    /// <summary>The policy of a key. Allocates nothing; looks at each rule once.</summary>
    public ConflictPolicy For(Key key)
    {
        foreach (ref readonly var rule in _longestFirst.AsSpan())
        {
            if (key.Span.StartsWith(rule.Prefix.Span))
            {
                return rule.Policy;
            }
        }

        return ConflictPolicy.Siblings;
    }
}
