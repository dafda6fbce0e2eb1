using Toystore.Cli.Transfer;

namespace Toystore.Tests.Cli.Transfer;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 25, 50)]
    [InlineData(2, 50, 100)]
    [InlineData(5, 400, 800)]
    [InlineData(7, 1000, 2000)]
    [InlineData(1_000_000, 1000, 2000)]
    public void A_wait_doubles_up_to_two_seconds(int tries, double least, double most) =>
        Assert.InRange(new Backoff(TimeSpan.FromHours(1), new Random(1)).Next(tries, TimeSpan.Zero)!.Value.TotalMilliseconds, least, most);

    [Fact]
    public void When_the_time_is_up_there_is_no_further_try() => Assert.Null(new Backoff(TimeSpan.FromSeconds(60), new Random(1)).Next(9, TimeSpan.FromSeconds(59.5)));
}
