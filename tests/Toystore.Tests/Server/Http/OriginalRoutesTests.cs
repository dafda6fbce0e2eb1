using System.Text;
using Microsoft.AspNetCore.Builder;
using Toystore.Core.Placement;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

public sealed class OriginalRoutesTests
{
    [Fact]
    public async Task A_form_is_a_write_that_wins()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("POST", "/", new FormUrlEncodedContent([new("key", "a b/\u00e9"), new("value", "1 + 1 = 2")]));
        Assert.Equal((200, "Success", ConflictPolicy.LastWriteWins), (reply.Status, reply.Text, door.Store.LastWrite!.Policy));
        Assert.Equal(("a b/\u00e9", "1 + 1 = 2"), (door.Store.LastKey.ToString(), Encoding.UTF8.GetString(door.Store.LastValue!.Value.Bytes.Span)));
    }

    [Fact]
    public async Task A_form_in_parts_is_one_too_and_its_bytes_stay_bytes()
    {
        await using var door = await Door.OpenAsync();
        using var form = new MultipartFormDataContent();
        form.Add(new StringContent("k"), "key");
        var file = new ByteArrayContent([0, 255, 13, 10, 13, 10]);
        file.Headers.ContentType = new("image/png");
        form.Add(file, "value", "picture.png");
        var reply = await door.Send("POST", "/", form);
        Assert.Equal((200, "Success", "k", "image/png"), (reply.Status, reply.Text, door.Store.LastKey.ToString(), door.Store.LastValue!.Value.ContentType));
        Assert.Equal([0, 255, 13, 10, 13, 10], door.Store.LastValue.Value.Bytes.ToArray());
    }

    [Fact]
    public async Task Any_other_path_is_a_key_whose_last_write_is_answered()
    {
        await using var door = await Door.OpenAsync();
        await door.Send("POST", "/", new FormUrlEncodedContent([new("key", "dir/k"), new("value", "v")]));
        var reply = await door.Get("/dir/k");
        Assert.Equal((200, "v", "text/plain; charset=utf-8"), (reply.Status, reply.Text, reply.Header("Content-Type")));
        Assert.Equal(ConflictPolicy.LastWriteWins, door.Store.LastRead!.Policy);
    }

    [Fact]
    public async Task Of_several_values_the_last_write_is_answered()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = new ReadOutcome.Found([new Value("old"u8.ToArray()), new Value("new"u8.ToArray())], new ContextToken("t"));
        Assert.Equal((200, "new"), ((await door.Get("/k")).Status, (await door.Get("/k")).Text));
    }

    [Theory]
    [InlineData("value=v")]
    [InlineData("key=&value=v")]
    [InlineData("key=k")]
    [InlineData("key=%4&value=v")]
    [InlineData("key=k&value=%zz")]
    [InlineData("")]
    public async Task A_form_that_lacks_something_is_invalid(string form)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("POST", "/", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.Equal((400, "invalid", 0), (reply.Status, reply.Problem, door.Store.Calls));
    }

    [Theory]
    [InlineData("multipart/form-data", "x")]
    [InlineData("multipart/form-data; boundary=b", "no parts")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=key\r\n\r\nk")]
    public async Task A_form_whose_parts_cannot_be_told_apart_is_invalid(string contentType, string form)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("POST", "/", new ByteArrayContent(Encoding.UTF8.GetBytes(form)), ("Content-Type", contentType));
        Assert.Equal((400, "invalid", 0), (reply.Status, reply.Problem, door.Store.Calls));
    }

    [Fact]
    public async Task What_is_not_a_form_is_told_so()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("POST", "/", new StringContent("{}", Encoding.UTF8, "application/json"));
        Assert.Equal((415, "unsupported-form"), (reply.Status, reply.Problem));
    }

    [Theory]
    [InlineData(1000, 200)]
    [InlineData(1001, 413)]
    [InlineData(100_000, 413)]
    public async Task The_limit_of_a_value_is_that_of_its_bytes_not_of_the_form(int length, int status)
    {
        await using var door = await Door.OpenAsync(new HttpDoorOptions { ValueBytesMax = 1000 });
        var form = "key=k&value=" + string.Concat(Enumerable.Repeat("%00", length));
        Assert.Equal(status, (await door.Send("POST", "/", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"))).Status);
    }

    [Fact]
    public async Task A_form_that_another_site_made_a_browser_send_is_refused()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("POST", "/", new FormUrlEncodedContent([new("key", "k"), new("value", "v")]), ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal((403, "cross-site", 0), (reply.Status, reply.Problem, door.Store.Calls));
    }

    [Fact]
    public async Task A_path_that_somebody_else_serves_is_theirs()
    {
        await using var door = await Door.OpenAsync(more: app =>
        {
            app.UseRouting();
            app.MapGet("/console", () => "theirs");
        });
        Assert.Equal(("theirs", 0), ((await door.Get("/console")).Text, door.Store.Calls));
    }

    [Fact]
    public async Task Switched_off_they_leave_every_other_path_to_the_next_in_line()
    {
        await using var door = await Door.OpenAsync(new HttpDoorOptions { OriginalRoutes = false });
        Assert.Equal((404, 404, 0), ((await door.Get("/k")).Status, (await door.Get("/")).Status, door.Store.Calls));
        Assert.Equal(404, (await door.Get("/v1/keys/k")).Status);
        Assert.Equal(1, door.Store.Calls);
    }
}
