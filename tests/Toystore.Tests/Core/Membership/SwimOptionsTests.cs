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
        Assert.Equal(["ProbeTimeout is 00:00:00.4000000; it must be 00:00:00.0100000 to 00:00:00.3333333."], (SwimOptions.Lan with { ProbeTimeout = Seconds(0.4) }).Problems());
        Assert.Equal(3, (SwimOptions.Lan with { Helpers = 9, PacketBytesMax = 100, NackPart = double.NaN }).Problems().Count);
        Assert.Throws<ArgumentException>(() => new Scene(options: SwimOptions.Lan with { Retransmits = 0 }));
    }
}
