using Toystore.Node.Hints;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Hints;

public sealed class HintRoomTests
{
    private static readonly PeerRequest.AskRoom Page = new(Hints: 64, Bytes: 448 << 10, Share: 64); // 512 KiB with what each hint costs

    [Fact]
    public void Pages_are_taken_one_after_another_at_the_rate_whoever_sends_them()
    {
        var time = new ManualTime();
        var room = new HintRoom(1 << 20, time);
        Assert.Equal([0.0, 0.5, 1.0, 1.5], Enumerable.Range(0, 4).Select(_ => Granted(room.Ask(Page))));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1.0, Granted(room.Ask(Page)));
    }

    [Fact]
    public void Who_would_have_to_wait_too_long_is_told_when_to_ask_again()
    {
        var time = new ManualTime();
        var room = new HintRoom(1 << 20, time);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(room.Ask(Page).Granted);
        }

        var refused = room.Ask(Page);
        Assert.Equal((false, 2.5), (refused.Granted, refused.Wait.TotalSeconds));
        time.Advance(refused.Wait);
        Assert.Equal(0, Granted(room.Ask(Page)));
    }

    [Fact]
    public void After_a_pause_nothing_is_made_up_for()
    {
        var time = new ManualTime();
        var room = new HintRoom(1 << 20, time);
        room.Ask(Page);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([0.0, 0.5], Enumerable.Range(0, 2).Select(_ => Granted(room.Ask(Page))));
    }

    [Fact]
    public void Where_clients_of_the_sender_would_notice_it_a_page_takes_longer()
    {
        var room = new HintRoom(1 << 20, new ManualTime());
        Assert.Equal([0.0, 2.0], Enumerable.Range(0, 2).Select(_ => Granted(room.Ask(Page with { Share = 16 }))));
    }

    [Theory] // what a peer may send
    [InlineData(int.MaxValue, long.MaxValue, 0)]
    [InlineData(int.MinValue, long.MinValue, 255)]
    public void Nobody_who_asks_for_too_much_holds_up_the_others_for_long(int hints, long bytes, byte share)
    {
        var time = new ManualTime();
        var room = new HintRoom(1 << 20, time);
        Assert.Equal(0, Granted(room.Ask(new PeerRequest.AskRoom(hints, bytes, share))));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Granted(room.Ask(Page)));
    }

    private static double Granted(PeerReply.Room room)
    {
        Assert.True(room.Granted);
        return room.Wait.TotalSeconds;
    }
}
