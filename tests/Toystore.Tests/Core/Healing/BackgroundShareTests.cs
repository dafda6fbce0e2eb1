using Toystore.Core.Healing;

namespace Toystore.Tests.Core.Healing;

public sealed class BackgroundShareTests
{
    private const int Many = BackgroundShare.RequestsLeast;

    [Fact]
    public void Work_begins_with_the_least_and_without_clients_it_soon_has_all()
    {
        var share = new BackgroundShare();
        Assert.Equal([1 / 64.0, 1 / 32.0, 1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0, 1, 1], Enumerable.Range(0, 8).Select(_ =>
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
        Assert.Equal((false, 1 / 64.0, 4.0), (share.IsQuiet, share.Share, share.Idle!.Value.TotalMilliseconds));
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
    public void It_grows_by_a_half_until_clients_notice_it_and_then_by_a_quarter()
    {
        var share = new BackgroundShare();
        Judge(share, 4, wasBusy: false);
        var shares = new double[] { 5, 5, 5, 5, 400, 5, 5 }.Select(milliseconds =>
        {
            Judge(share, milliseconds);
            return share.Share * 64;
        });
        Assert.Equal([1.5, 2.25, 3.375, 5.0625, 2.53125, 3.1640625, 3.955078125], shares);
    }

    [Fact]
    public void It_never_falls_to_nothing_and_doubles_where_there_are_no_clients()
    {
        var share = Knowing(4);
        for (var i = 0; i < 9; i++)
        {
            Judge(share, 400);
        }

        Assert.Equal(BackgroundShare.Least, share.Share);
        Judge(share, 400, requests: Many - 1);
        Assert.Equal(2 * BackgroundShare.Least, share.Share);
    }

    [Fact]
    public void Windows_without_background_work_tell_what_is_usual_and_the_next_begins_low()
    {
        var share = Knowing(4);
        Judge(share, 400);
        Judge(share, 8, wasBusy: false);
        Assert.Equal((1 / 64.0, 5.0), (share.Share, share.Idle!.Value.TotalMilliseconds));
        Judge(share, 5);
        Assert.Equal(1.5 / 64, share.Share); // nobody has noticed anything yet
    }

    [Fact]
    public void What_was_learned_under_heavy_load_excuses_nothing_under_light_load()
    {
        var share = Knowing(100);
        Judge(share, 10);
        Judge(share, 10);
        Judge(share, 10);
        Assert.Equal((1, 21.25), (share.Share, share.Idle!.Value.TotalMilliseconds));
        Judge(share, 50);
        Assert.True(share.Share < 1);
    }

    [Fact]
    public void While_there_is_always_something_to_do_one_window_in_ten_is_quiet()
    {
        var share = Knowing(4);
        var quiet = Enumerable.Range(0, 22).Select(_ =>
        {
            Judge(share, 5);
            return share.IsQuiet;
        }).ToList();
        Assert.Equal([9, 20], Enumerable.Range(0, quiet.Count).Where(i => quiet[i]));
    }

    private static BackgroundShare Knowing(double milliseconds)
    {
        var share = new BackgroundShare();
        Judge(share, milliseconds, wasBusy: false);
        for (var i = 0; i < 6; i++)
        {
            Judge(share, 0, requests: 0); // and then for a while without clients, so that it has all
        }

        return share;
    }

    private static void Judge(BackgroundShare share, double milliseconds, int requests = Many, bool wasBusy = true) => share.Judge(requests, TimeSpan.FromMilliseconds(milliseconds), wasBusy);
}
