using Microsoft.AspNetCore.Http;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

public sealed class BodyRoomTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void Large_bodies_share_a_bound_and_give_it_back()
    {
        var room = new BodyRoom(10 * Mebibyte);
        Assert.True(room.TryTake(Request(6 * Mebibyte), 16 * Mebibyte, out var first));
        Assert.False(room.TryTake(Request(6 * Mebibyte), 16 * Mebibyte, out _));
        Assert.True(room.TryTake(Request(4 * Mebibyte), 16 * Mebibyte, out _));
        room.GiveBack(first);
        Assert.True(room.TryTake(Request(6 * Mebibyte), 16 * Mebibyte, out _));
    }

    [Fact]
    public void A_body_of_unknown_length_counts_as_the_largest_allowed()
    {
        var room = new BodyRoom(20 * Mebibyte);
        Assert.True(room.TryTake(Request(null), 16 * Mebibyte, out var taken));
        Assert.Equal(16 * Mebibyte, taken);
        Assert.False(room.TryTake(Request(null), 16 * Mebibyte, out _));
    }

    [Fact]
    public void One_body_always_finds_room() => Assert.True(new BodyRoom(Mebibyte).TryTake(Request(16 * Mebibyte), 16 * Mebibyte, out _));

    [Fact]
    public void Small_bodies_are_not_counted()
    {
        var room = new BodyRoom(Mebibyte);
        Assert.True(room.TryTake(Request(16 * Mebibyte), 16 * Mebibyte, out _));
        Assert.True(room.TryTake(Request(64 * 1024), 16 * Mebibyte, out var taken));
        Assert.Equal(0, taken);
    }

    private static HttpRequest Request(long? length)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentLength = length;
        return request;
    }
}
