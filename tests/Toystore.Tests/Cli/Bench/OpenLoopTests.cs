using Toystore.Cli.Bench;

namespace Toystore.Tests.Cli.Bench;

public sealed class OpenLoopTests
{
    [Theory]
    [InlineData(1000, 10, 10_000)]
    [InlineData(3, 1, 3)]
    [InlineData(0.5, 3, 2)]
    [InlineData(0.5, 1, 1)]
    public void So_many_requests_fall_due(double rate, int seconds, long count) => Assert.Equal(count, new OpenLoop(rate, TimeSpan.FromSeconds(seconds)).Count);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.25)]
    [InlineData(400, 100)]
    public void Requests_are_due_at_even_distances(long number, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new OpenLoop(4, TimeSpan.FromSeconds(1000)).DueAt(number));

    [Fact]
    public void A_rate_that_divides_nothing_evenly_does_not_drift() =>
        Assert.Equal(TimeSpan.FromSeconds(1000), new OpenLoop(3, TimeSpan.FromSeconds(2000)).DueAt(3000));

    [Fact]
    public void Each_request_is_taken_once_and_in_order()
    {
        var loop = new OpenLoop(2, TimeSpan.FromSeconds(1));
        Assert.True(loop.TryTake(out var first));
        Assert.True(loop.TryTake(out var second));
        Assert.False(loop.TryTake(out _));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(0.5)), (first, second));
    }

    [Fact]
    public void Waiting_behind_a_slow_answer_counts()
    {
        // Due every 10 ms; the first takes 35 ms and the next three 1 ms each, one after the other on one connection.
        var loop = new OpenLoop(100, TimeSpan.FromSeconds(1));
        int[] endedAt = [35, 36, 37, 38];
        Assert.Equal([35, 26, 17, 8], endedAt.Select((ended, number) => OpenLoop.Latency(loop.DueAt(number), TimeSpan.FromMilliseconds(ended)).TotalMilliseconds));
    }

    [Fact]
    public void An_answer_is_never_earlier_than_its_request() => Assert.Equal(TimeSpan.Zero, OpenLoop.Latency(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)));
}
