using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using static Toystore.Tests.Core.Agreement.Cast;

namespace Toystore.Tests.Core.Agreement;

public sealed class DecreeTests
{
    [Fact]
    public void Each_names_the_one_it_follows_and_the_seeds_it_began_with()
    {
        var second = Second("x");
        Assert.Equal((new Epoch(Lineage, 2), First.Fingerprint, Seeds.Fingerprint), (second.Epoch, second.Previous, second.Origin));
        Assert.True(First.Instance.Admits(second));
        Assert.True(Seeds.Instance.Admits(First));
        Assert.False(First.Instance.Admits(First));
        Assert.False(Second("y").Instance.Admits(second.Next([Name(1)], default)));
    }

    [Fact]
    public void A_forced_one_has_the_next_number_of_another_lineage_and_is_not_later()
    {
        var forced = First.Forced(0xB, [Name(1)], Value("two"));
        Assert.Equal((new Epoch(0xB, 2), First.Fingerprint, Seeds.Fingerprint), (forced.Epoch, forced.Previous, forced.Origin));
        Assert.False(forced.IsLaterThan(First));
        Assert.False(First.Instance.Admits(forced));
        Assert.Throws<ArgumentException>(() => First.Forced(Lineage, [Name(1)], Value("two")));
    }

    [Fact]
    public void Any_difference_is_another_fingerprint()
    {
        Decree[] different = [Second("x"), Second("y"), Second("x", 1), Second("x", 1, 2), First.Forced(0xB, [Name(1), Name(2), Name(3)], Value("x")), Second("q").Next([Name(1), Name(2), Name(3)], Value("x"))];
        Assert.Equal(different.Length, different.Select(decree => decree.Fingerprint).Distinct().Count());
        Assert.Equal(Second("x").Fingerprint, Second("x").Fingerprint);
    }

    [Fact]
    public void Acceptors_that_could_not_decide_are_not_named()
    {
        Assert.Throws<ArgumentException>(() => First.Next([], default));
        Assert.Throws<ArgumentException>(() => First.Next([Name(1), new AcceptorName(N(1), new DiskId(99))], default));
        Assert.Throws<ArgumentException>(() => First.Next([new AcceptorName(N(1), default)], default));
        Assert.Throws<ArgumentException>(() => First.Next(Enumerable.Range(1, 6).Select(node => Name((ulong)node)), default));
        Assert.Throws<ArgumentException>(() => Decree.First(Seeds, 0, [Name(1)], default));
    }

    [Fact]
    public void Seeds_are_the_same_in_any_order_and_not_under_other_terms()
    {
        Assert.Equal(Seeds.Fingerprint, new SeedList([N(3), N(1), N(2)]).Fingerprint);
        Assert.Equal(4, new[] { Seeds, new SeedList([N(1), N(2)]), new SeedList([N(1), N(2), N(4)]), new SeedList([N(1), N(2), N(3)], "x"u8) }.Select(list => list.Fingerprint).Distinct().Count());
        Assert.Throws<ArgumentException>(() => new SeedList([]));
        Assert.Throws<ArgumentException>(() => new SeedList([N(1), N(1)]));
        Assert.Throws<ArgumentException>(() => new SeedList([N(0)]));
    }
}
