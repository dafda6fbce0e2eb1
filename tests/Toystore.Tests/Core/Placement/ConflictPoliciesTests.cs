using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class ConflictPoliciesTests
{
    private static readonly ConflictPolicies Policies = new([
        new PolicyRule("cache:", ConflictPolicy.LastWriteWins),
        new PolicyRule("cache:cart:", ConflictPolicy.Siblings),
        new PolicyRule("cache:cart:old:", ConflictPolicy.LastWriteWins),
        new PolicyRule("s", ConflictPolicy.LastWriteWins),
    ]);

    [Theory]
    [InlineData("cache:x", ConflictPolicy.LastWriteWins)]
    [InlineData("cache:", ConflictPolicy.LastWriteWins)]
    [InlineData("cache:cart:1", ConflictPolicy.Siblings)]
    [InlineData("cache:cart:old:1", ConflictPolicy.LastWriteWins)]
    [InlineData("session", ConflictPolicy.LastWriteWins)]
    [InlineData("cache", ConflictPolicy.Siblings)]
    [InlineData("other", ConflictPolicy.Siblings)]
    public void The_longest_prefix_decides_and_without_one_siblings_are_kept(string key, ConflictPolicy policy) => Assert.Equal(policy, Policies.For(key));

    [Fact]
    public void An_empty_prefix_is_the_policy_of_all_other_keys() =>
        Assert.Equal(ConflictPolicy.LastWriteWins, new ConflictPolicies([new PolicyRule("", ConflictPolicy.LastWriteWins)]).For("any"));

    [Fact]
    public void Asking_allocates_nothing()
    {
        Key key = "cache:cart:1";
        var sum = 0;
        Allocations.None(() => sum += (int)Policies.For(key) + 1);
        Assert.NotEqual(0, sum);
    }
}
