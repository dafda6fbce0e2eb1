using CsCheck;
using Toystore.Core;

namespace Toystore.Tests.Core;

public sealed class UnixTimeTests
{
    [Fact]
    public void A_moment_comes_back_in_whole_milliseconds() =>
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMilliseconds(1234), UnixTime.From(DateTimeOffset.UnixEpoch.AddMilliseconds(1234.9)).ToDateTimeOffset());

    [Theory]
    [InlineData(long.MinValue, 1)]
    [InlineData(long.MaxValue, 9999)]
    public void A_moment_beyond_the_calendar_shows_as_its_end(long milliseconds, int year) => Assert.Equal(year, new UnixTime(milliseconds).ToDateTimeOffset().Year);

    [Fact]
    public void Adding_and_subtracting_are_inverse() => Gen.Select(Gen.Long[-1_000_000_000_000, 1_000_000_000_000], Gen.Int).Sample((at, span) =>
    {
        var length = TimeSpan.FromMilliseconds(span);
        return new UnixTime(at) + length - new UnixTime(at) == length;
    });

    [Fact]
    public void The_longest_span_can_be_added() => Assert.Equal(TimeSpan.MaxValue.Ticks / 10_000, (default(UnixTime) + TimeSpan.MaxValue).Milliseconds);

    [Fact]
    public void Moments_are_ordered_by_their_milliseconds() => Gen.Select(Gen.Long[-3, 3], Gen.Long[-3, 3]).Sample((x, y) =>
    {
        UnixTime left = new(x), right = new(y);
        return left < right == x < y && left > right == x > y && left <= right == x <= y && left >= right == x >= y && left.CompareTo(right) == x.CompareTo(y);
    });
}
