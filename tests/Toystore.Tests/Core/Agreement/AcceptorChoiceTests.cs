using CsCheck;
using Toystore.Core.Agreement;
using static Toystore.Tests.Core.Agreement.Cast;

namespace Toystore.Tests.Core.Agreement;

public sealed class AcceptorChoiceTests
{
    [Theory]
    [InlineData("", "1a", "1")]
    [InlineData("", "1a 2a", "1")]
    [InlineData("", "1a 2a 3a", "1 2 3")]
    [InlineData("", "1a 2a 3a 4a", "1 2 3")]
    [InlineData("", "1a 2a 3a 4a 5a 6a 7a", "1 2 3 4 5")]
    [InlineData("", "1a 2a 3a 4a 5b 6c", "1 2 3 5 6")]
    [InlineData("", "1a 2a 3b 4b 5c 6c", "1 2 3 4 5")]
    [InlineData("4 5 6", "1a 2a 3a 4a", "1 2 4")]
    [InlineData("2 4 6", "1a 2a 3b 4b 5c 6c 7c", "1 2 3 4 6")]
    [InlineData("1 2 3 4 5", "1a 2a 3a 4a 5a 6b", "1 2 3 4 6")]
    [InlineData("5 6 1 3 2", "1a 2a 3b 4b 5c 6c", "1 2 3 5 6")]
    [InlineData("1 2 3", "", "")]
    public void Zones_share_them_and_those_that_are_stay(string present, string members, string expected)
    {
        var names = AcceptorChoice.Choose([.. Numbers(present).Select(Name)], Members(members));
        Assert.Equal(Numbers(expected), names.Select(name => name.Node.Value));
    }

    [Fact]
    public void Whose_disk_is_not_known_stays_under_the_old_name_and_is_not_named_anew() =>
        Assert.Equal([Name(1), Name(2), Name(3)], AcceptorChoice.Choose([Name(2)], [new(N(1), "a", Name(1).Disk), new(N(2), "a", null), new(N(3), "a", Name(3).Disk), new(N(4), "a", null)]));

    [Fact]
    public void Whose_disk_is_another_by_now_is_named_with_that() =>
        Assert.Equal([new AcceptorName(N(1), new DiskId(99))], AcceptorChoice.Choose([Name(1)], [new(N(1), "a", new DiskId(99))]));

    [Fact]
    public void Of_those_that_may_stay_the_ones_that_are_heard_of_do() =>
        Assert.Equal([Name(2)], AcceptorChoice.Choose([Name(1), Name(2)], [new(N(1), "a", null), new(N(2), "a", Name(2).Disk)]));

    [Fact]
    public void Whoever_chooses_chooses_the_same_and_chooses_it_again()
    {
        var members = Gen.Select(Gen.Int[1, 9], Gen.Int[0, 3]).List[1, 9].Select(some => some.DistinctBy(member => member.Item1).Select(member => new Candidate(N((ulong)member.Item1), "z" + member.Item2, Name((ulong)member.Item1).Disk)).ToList());
        var present = Gen.Int[1, 9].HashSet[0, 5].Select(nodes => nodes.Order().Select(node => Name((ulong)node)).ToArray());
        Gen.Select(members, present).Sample((some, now) =>
        {
            var names = AcceptorChoice.Choose(now, some);
            Assert.Equal(Math.Min(5, ((some.Count - 1) / 2 * 2) + 1), names.Count);
            Assert.Equal(names, AcceptorChoice.Choose(now.Reverse().ToArray(), some.AsEnumerable().Reverse()));
            Assert.Equal(names, AcceptorChoice.Choose([.. names], some));
            var perZone = some.GroupBy(member => member.Zone).Select(zone => (Named: zone.Count(member => names.Any(name => name.Node == member.Node)), Size: zone.Count())).ToList();
            Assert.All(perZone, zone => Assert.True(zone.Named == zone.Size || zone.Named >= perZone.Max(other => other.Named) - 1));
        }, seed: "0000KOIPe036", iter: 1000);
    }

    private static IEnumerable<ulong> Numbers(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ulong.Parse);

    private static IEnumerable<Candidate> Members(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(member => new Candidate(N(ulong.Parse(member[..^1])), member[^1..], Name(ulong.Parse(member[..^1])).Disk));
}
