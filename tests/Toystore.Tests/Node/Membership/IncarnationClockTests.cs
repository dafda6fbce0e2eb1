using Toystore.Node.Membership;

namespace Toystore.Tests.Node.Membership;

public sealed class IncarnationClockTests
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(0.5, 0, 1u << 31)]
    [InlineData(1, 1, 0)]
    [InlineData(8760.25, 8760, 1u << 30)]
    public void An_incarnation_is_hours_and_parts_of_an_hour(double hours, uint boot, uint counter)
    {
        var incarnation = IncarnationClock.At(Beginning + TimeSpan.FromHours(hours));
        Assert.Equal((boot, counter), (incarnation.Boot, incarnation.Counter));
    }

    [Fact]
    public void A_clock_before_the_beginning_still_gives_a_number() => Assert.True(IncarnationClock.At(DateTimeOffset.UnixEpoch).Value > 0);

    [Fact]
    public void A_process_begins_where_the_numbers_of_the_one_before_end() =>
        Assert.Equal(IncarnationClock.At(Beginning.AddHours(9)), IncarnationClock.First(Beginning.AddHours(8), IncarnationClock.At(Beginning.AddHours(9)), Skew));

    [Fact]
    public void A_process_begins_at_the_clock_if_that_is_ahead_of_the_disk() =>
        Assert.Equal(IncarnationClock.At(Beginning.AddHours(9)), IncarnationClock.First(Beginning.AddHours(9), IncarnationClock.At(Beginning.AddHours(8)), Skew));

    [Fact]
    public void An_empty_disk_leaves_the_clock_which_may_have_gone_back() =>
        Assert.Equal(IncarnationClock.At(Beginning.AddHours(9) + Skew), IncarnationClock.First(Beginning.AddHours(9), null, Skew));

    [Fact]
    public void A_clock_that_leaps_further_than_others_would_believe_is_not_followed()
    {
        var known = IncarnationClock.At(Beginning.AddHours(1));
        var first = IncarnationClock.First(Beginning.AddYears(50), known, Skew);
        Assert.Equal(known, first);
        Assert.True(first.IsPlausibleAfter(known));
    }

    [Fact]
    public void After_years_of_rest_others_believe_the_first_number() =>
        Assert.True(IncarnationClock.First(Beginning.AddYears(4), null, Skew).IsPlausibleAfter(IncarnationClock.At(Beginning)));
}
