using Toystore.Core.Healing;

namespace Toystore.Tests.Core.Healing;

public sealed class BackgroundShareTests
{
    private const int Many = BackgroundShare.RequestsLeast;

    [Fact]
    public void Work_begins_with_an_eighth_and_without_clients_it_soon_has_all()
    {
        var share = new BackgroundShare();
        Assert.Equal([1 / 8.0, 1 / 4.0, 1 / 2.0, 1, 1], Enumerable.Range(0, 5).Select(_ =>
        {
            var now = share.Share;
            Judge(share, 1000, requests: 0);
            return now;
        }));
        Assert.Null(share.Idle);
    }

    [Fact]
    public void Before_it_is_known_what_requests_take_otherwise_one_window_is_kept_quiet()
    {
        var share = new BackgroundShare();
        Judge(share, 9);
        Assert.Equal((true, BackgroundShare.Least), (share.IsQuiet, share.Share));
        Judge(share, 4);
        Assert.Equal((false, 1 / 8.0, 4.0), (share.IsQuiet, share.Share, share.Idle!.Value.TotalMilliseconds));
    }

    // Idle 4 ms: the goal is 4 * 1.5 + 0.25 = 6.25 ms.
    [Theory]
    [InlineData(6.25, 1)]
    [InlineData(6.3, 0.95)]
    [InlineData(7.8125, 0.8)]
    [InlineData(12.5, 0.5)]
    [InlineData(400, 0.5)]
    public void What_is_too_slow_costs_as_much_as_it_is_too_slow_and_half_at_most(double milliseconds, double then)
    {
        var share = Knowing(4);
        Judge(share, milliseconds);
        Assert.Equal(then, share.Share, 1e-9);
    }

    [Fact]
    public void It_comes_back_by_a_32nd_at_a_time_and_never_falls_to_nothing()
    {
        var share = Knowing(4);
        for (var i = 0; i < 9; i++)
        {
            Judge(share, 400);
        }

        Assert.Equal(BackgroundShare.Least, share.Share);
        Judge(share, 4);
        Assert.Equal(BackgroundShare.Least + (1 / 32.0), share.Share);
        Judge(share, 400, requests: Many - 1);
        Assert.Equal(2 * (BackgroundShare.Least + (1 / 32.0)), share.Share);
    }

    [Fact]
    public void Windows_without_background_work_tell_what_is_usual_and_the_next_begins_low()
    {
        var share = Knowing(4);
        Judge(share, 400);
        Judge(share, 8, wasBusy: false);
        Assert.Equal((1 / 8.0, 5.0), (share.Share, share.Idle!.Value.TotalMilliseconds));
    }

    [Fact]
    public void While_there_is_always_something_to_do_one_window_in_thirty_is_quiet()
    {
        var share = Knowing(4);
        var quiet = Enumerable.Range(0, 62).Select(_ =>
        {
            Judge(share, 5);
            return share.IsQuiet;
        }).ToList();
        Assert.Equal([29, 60], Enumerable.Range(0, quiet.Count).Where(i => quiet[i]));
    }

    private static BackgroundShare Knowing(double milliseconds)
    {
        var share = new BackgroundShare();
        Judge(share, milliseconds, wasBusy: false);
        for (var i = 0; i < 3; i++)
        {
            Judge(share, 0, requests: 0); // and then for a while without clients, so that it has all
        }

        return share;
    }

    private static void Judge(BackgroundShare share, double milliseconds, int requests = Many, bool wasBusy = true) => share.Judge(requests, TimeSpan.FromMilliseconds(milliseconds), wasBusy);
}
