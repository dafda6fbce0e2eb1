using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

public sealed class SwimOptionsTests
{
    [Fact]
    public void The_presets_are_in_range() => Assert.All((SwimOptions[])[SwimOptions.Lan, SwimOptions.Local, SwimOptions.Wan], options => Assert.Empty(options.Problems()));

    /// <summary>Trap 8, for each preset: what the helpers say must come before the period ends, with a round trip to spare that is as long as the rest of the time-out.</summary>
    [Fact]
    public void With_every_preset_nacks_come_in_time() =>
        Assert.All((SwimOptions[])[SwimOptions.Lan, SwimOptions.Local, SwimOptions.Wan], options => Assert.True(options.ProbeTimeout * (2 + options.NackPart) <= options.ProbeInterval));

    [Fact]
    public void What_is_out_of_range_is_named()
    {
        Assert.Equal(
            ["Helpers is 9; it must be 0 to 8.", "PushPullInterval is 4000 s; it must be 1 s to 3600 s."],
            (SwimOptions.Lan with { Helpers = 9, PushPullInterval = Seconds(4000) }).Problems().Select(problem => problem.ToString()));
        Assert.Equal(3, (SwimOptions.Lan with { Helpers = 9, PacketBytesMax = 100, NackPart = double.NaN }).Problems().Count);
        Assert.Throws<ArgumentException>(() => new Scene(options: SwimOptions.Lan with { Retransmits = 0 }));
    }

    [Fact]
    public void A_time_out_leaves_room_for_the_helpers_within_the_interval()
    {
        Assert.Empty((SwimOptions.Lan with { ProbeTimeout = Seconds(1) / 3 }).Problems());
        var problem = Assert.Single((SwimOptions.Lan with { ProbeTimeout = Seconds(0.4) }).Problems());
        Assert.StartsWith("ProbeTimeout is 400 ms; it must be 10 ms to 333.3 ms (a third of ProbeInterval", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rumours_are_told_at_least_once_in_an_interval()
    {
        Assert.Empty((SwimOptions.Lan with { GossipInterval = Seconds(1) }).Problems());
        Assert.Equal("10 ms to 1 s", Assert.Single((SwimOptions.Lan with { GossipInterval = Seconds(1.1) }).Problems()).Range);
        Assert.Equal("10 ms to 10 s", Assert.Single((SwimOptions.Wan with { ProbeInterval = Seconds(60), GossipInterval = Seconds(11) }).Problems()).Range);
    }
}
