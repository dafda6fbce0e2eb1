using Toystore.Core.Healing;
using Toystore.Node.Healing;

namespace Toystore.Tests.Node.Healing;

public sealed class ForegroundTests
{
    private const long Busy = 1 << 20;
    private readonly ManualTime _time = new();

    // Within an eighth of a power of two.
    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(2000)]
    public void The_percentile_is_what_one_request_in_a_hundred_exceeds(double milliseconds)
    {
        var foreground = new Foreground(_time);
        Take(foreground, 4, milliseconds * 50);
        Take(foreground, 4, milliseconds);
        Take(foreground, 392, milliseconds / 10);
        EndWindow(foreground, 0);
        Assert.InRange(foreground.Look().Latest.TotalMilliseconds, milliseconds * 0.999, milliseconds * 1.13);
        Assert.Equal(foreground.Look().Latest, foreground.Look().Idle);
    }

    [Fact]
    public void Background_work_that_clients_notice_gets_less()
    {
        var foreground = new Foreground(_time);
        Take(foreground, 400, 1);
        EndWindow(foreground, 0);
        for (var i = 0; i < 3; i++)
        {
            foreground.Spend(Busy);
            Take(foreground, 400, 1);
            EndWindow(foreground, 0);
        }

        var before = foreground.Look().Share;
        foreground.Spend(Busy);
        Take(foreground, 400, 10);
        EndWindow(foreground, 0);
        Assert.Equal((1.5 * 1.5 * 1.5 / 64, before / 2), (before, foreground.Look().Share));
    }

    [Fact]
    public void Little_work_is_none()
    {
        var foreground = new Foreground(_time);
        Take(foreground, 400, 1);
        EndWindow(foreground, 0);
        foreground.Spend(1000);
        Take(foreground, 400, 10);
        EndWindow(foreground, 0);
        Assert.InRange(foreground.Look().Idle.TotalMilliseconds, 3, 4); // what requests take without any is learned from it
    }

    [Fact]
    public void A_window_with_few_requests_lasts_longer()
    {
        var foreground = new Foreground(_time);
        Take(foreground, 399, 1);
        EndWindow(foreground, 0);
        Assert.Equal(TimeSpan.Zero, foreground.Look().Latest);
        Take(foreground, 1, 1);
        EndWindow(foreground, 0);
        Assert.NotEqual(TimeSpan.Zero, foreground.Look().Idle);
    }

    [Fact]
    public void Repairs_are_slower_while_clients_notice_them_but_never_below_their_least()
    {
        var foreground = new Foreground(_time);
        var pace = new HealingPace(_time, foreground);
        var (before, pacing) = (pace.BytesPerSecond, new List<Task>());
        Take(foreground, 400, 1);
        EndWindow(foreground, Busy);
        for (var i = 0; i < 20; i++)
        {
            Take(foreground, 400, 100);
            _time.Advance(TimeSpan.FromSeconds(1));
            foreground.Spend(Busy);
            pacing.Add(pace.SpendAsync(0, TestContext.Current.CancellationToken).AsTask());
        }

        Assert.Equal((4 << 20, 256 << 10), (before, pace.BytesPerSecond));
        Assert.All(pacing, task => Assert.True(task.IsCompletedSuccessfully));
        Assert.Equal(BackgroundShare.Least, foreground.Look().Share);
    }

    [Fact]
    public void A_request_that_is_counted_allocates_nothing()
    {
        var foreground = new Foreground(_time);
        var began = _time.GetTimestamp();
        Allocations.None(() => foreground.Observe(began));
    }

    private void Take(Foreground foreground, int requests, double milliseconds)
    {
        var began = _time.GetTimestamp() - TimeSpan.FromMilliseconds(milliseconds).Ticks;
        for (var i = 0; i < requests; i++)
        {
            foreground.Observe(began);
        }
    }

    private void EndWindow(Foreground foreground, long spends)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        foreground.Spend(spends);
    }
}
