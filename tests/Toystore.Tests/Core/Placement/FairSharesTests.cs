using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class FairSharesTests
{
    [Theory] // worked by hand: 3 copies of 16384 slots are 49152, 2 are 32768
    [InlineData("a1", 3, "16384")]
    [InlineData("a1 a1", 3, "16384 16384")]
    [InlineData("a1 a1 a1", 3, "16384 16384 16384")]
    [InlineData("a1 a1 a1 a1", 3, "12288 12288 12288 12288")]
    [InlineData("a2 a1 a1", 2, "16384 8192 8192")]
    [InlineData("a1000 a1 a1", 1, "16351 17 16")] // 16351.297, 16.351, 16.351
    public void Shares_are_by_weight(string members, int copies, string shares) => Check(members, copies, shares);

    [Theory]
    [InlineData("a3 a1", 2, "16384 16384")]
    [InlineData("a4 a1 a1 a1", 3, "16384 10923 10923 10922")] // 32768 / 3
    [InlineData("a9 a3 a1 a1", 2, "16384 9830 3277 3277")] // 16384 by 3 : 1 : 1 are 9830.4, 3276.8, 3276.8
    public void Nobody_has_more_than_one_copy_of_a_slot_and_the_others_share_the_rest(string members, int copies, string shares) => Check(members, copies, shares);

    [Theory]
    [InlineData("a1 a1 b1 c1", 3, "8192 8192 16384 16384")] // as many zones as copies: one copy in each
    [InlineData("a1 b1 b1 b1", 3, "16384 10923 10923 10922")] // two zones, one with a single member: one copy there, two in the other
    [InlineData("a1 a1 b1 b1 b1", 3, "9831 9830 9831 9830 9830")] // 19660.8 and 29491.2 are within 1 to 2 copies of each slot
    [InlineData("a1 a1 a1 a1 b1 c1 d1", 3, "4096 4096 4096 4096 10923 10923 10922")] // four zones: none has more than one copy of each slot
    [InlineData("a4 b1 c1 d1", 3, "16384 10923 10923 10922")]
    public void A_zone_has_no_more_copies_than_keeps_them_apart(string members, int copies, string shares) => Check(members, copies, shares);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 3, 3)]
    [InlineData(50, 4, 3)]
    [InlineData(301, 5, 4)]
    [InlineData(4096, 7, 16)]
    public void Shares_add_up_to_all_copies(int members, int zones, int copies) =>
        Assert.Equal(Math.Min(copies, members) * Slot.Count, Allocator.Shares(Clusters.Of(members, zones, weighted: true), copies).Sum());

    [Fact]
    public void A_share_that_is_not_whole_is_rounded_up_for_who_holds_more_already()
    {
        var zones = ZoneMap.Create(Clusters.Parse("a1 a1 a1"), copies: 1);
        Assert.Equal([5462, 5461, 5461], FairShares.Of([1, 1, 1], zones, 1, [0, 0, 0]));
        Assert.Equal([5461, 5461, 5462], FairShares.Of([1, 1, 1], zones, 1, [0, 0, 6000]));
    }

    private static void Check(string members, int copies, string shares) => Assert.Equal(shares, string.Join(' ', Allocator.Shares(Clusters.Parse(members), copies)));
}
