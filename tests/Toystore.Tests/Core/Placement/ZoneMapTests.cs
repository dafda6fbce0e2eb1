using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class ZoneMapTests
{
    [Theory] // members of each zone; the fewest and the most copies of a slot in each
    [InlineData("a1 b1 c1", 3, "1 1 1", "1 1 1")]
    [InlineData("a1 b1 c1 d1", 3, "0 0 0 0", "1 1 1 1")]
    [InlineData("a1 a1 a1", 3, "3", "3")]
    [InlineData("a1 a1 b1 b1 b1", 3, "1 1", "2 2")]
    [InlineData("a1 b1 b1 b1", 3, "1 2", "1 2")]
    [InlineData("a1 b1 b1 b1 c1 c1 c1", 6, "1 2 2", "1 3 3")]
    public void Copies_are_spread_over_zones_as_evenly_as_their_members_allow(string members, int copies, string fewest, string most)
    {
        var zones = ZoneMap.Create(Clusters.Parse(members), copies);
        Assert.Equal((fewest, most), (string.Join(' ', zones.Fewest), string.Join(' ', zones.Most)));
    }
}
