using Toystore.Core;

namespace Toystore.Tests.Server.Http;

public sealed class ListRouteTests
{
    [Fact]
    public async Task Keys_are_text_where_they_can_be_and_base64_where_they_cannot()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextList = new ListOutcome.Page(["plain", "caf\u00e9 \"x\"", Key.From(new byte[] { 0xFF, 0 }), "with\0zero"], null);
        var reply = await door.Get("/v1/keys");
        var keys = reply.Json.GetProperty("keys");
        Assert.Equal((200, "plain", "caf\u00e9 \"x\""), (reply.Status, keys[0].GetString(), keys[1].GetString()));
        Assert.Equal([0xFF, 0], keys[2].GetProperty("base64").GetBytesFromBase64());
        Assert.Equal("with\0zero"u8.ToArray(), keys[3].GetProperty("base64").GetBytesFromBase64());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, reply.Json.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task Next_goes_behind_after_as_it_is()
    {
        await using var door = await Door.OpenAsync();
        Key last = Key.From(new byte[] { (byte)'a', (byte)'&', 0, 0xFF, (byte)'+' });
        door.Store.NextList = new ListOutcome.Page([], last);
        var next = (await door.Get("/v1/keys")).Json.GetProperty("next").GetString();
        await door.Get("/v1/keys?after=" + next);
        Assert.Equal(last, door.Store.LastList!.After);
    }

    [Fact]
    public async Task A_shell_can_have_a_key_a_line()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextList = new ListOutcome.Page(["a b", "c\nd"], "c\nd");
        var reply = await door.Get("/v1/keys?format=text");
        Assert.Equal(("a%20b\nc%0Ad\n", "c%0Ad", "text/plain; charset=utf-8"), (reply.Text, reply.Header("Toystore-Next"), reply.Header("Content-Type")));
    }

    [Fact]
    public async Task Every_option_of_a_listing_reaches_the_store()
    {
        await using var door = await Door.OpenAsync();
        await door.Get("/v1/keys?prefix=a%2F+&after=&limit=10000&r=2&timeout=60000");
        var list = door.Store.LastList!;
        Assert.Equal("a/+"u8.ToArray(), list.Prefix.ToArray());
        Assert.Equal((null, 10_000, 2, TimeSpan.FromMinutes(1)), (list.After, list.Limit, list.R, list.Timeout));
    }

    [Fact]
    public async Task A_listing_that_asks_for_nothing_special_is_as_the_options_have_it()
    {
        await using var door = await Door.OpenAsync();
        await door.Get("/v1/keys?");
        Assert.Equal(new ListOptions(), door.Store.LastList);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=10001")]
    [InlineData("limit=")]
    [InlineData("r=0")]
    [InlineData("timeout=x")]
    [InlineData("format=xml")]
    [InlineData("prefix=%4")]
    [InlineData("after=%zz")]
    [InlineData("perfix=a")]
    public async Task A_listing_that_cannot_be_understood_is_invalid(string query)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Get("/v1/keys?" + query);
        Assert.Equal((400, "invalid", 0), (reply.Status, reply.Problem, door.Store.Calls));
        Assert.Contains(query.Split('=')[0], reply.Json.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
    }
}
