using System.Text;
using Toystore.Core.Placement;

namespace Toystore.Tests.Server.Http;

public sealed class KeyRoutesTests
{
    [Fact]
    public async Task What_was_put_is_got_back_byte_for_byte_with_its_type()
    {
        await using var door = await Door.OpenAsync();
        byte[] bytes = [0, 1, 255, 13, 10];
        await door.Put("/v1/keys/k", bytes, ("Content-Type", "image/png"));
        var reply = await door.Get("/v1/keys/k");
        Assert.Equal((200, "image/png", "5"), (reply.Status, reply.Header("Content-Type"), reply.Header("Content-Length")));
        Assert.Equal(bytes, reply.Body);
    }

    [Fact]
    public async Task A_write_that_is_done_says_what_it_promised()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Put("/v1/keys/k", "v");
        Assert.Equal(
            (204, "ctx-1", "\"ctx-1\"", "2", "fsync"),
            (reply.Status, reply.Header("Toystore-Context"), reply.Header("ETag"), reply.Header("Toystore-Copies"), reply.Header("Toystore-Durability")));
    }

    [Fact]
    public async Task An_answer_in_which_somebody_stood_in_for_an_owner_says_so_and_no_other_does()
    {
        await using var door = await Door.OpenAsync();
        Assert.Null((await door.Put("/v1/keys/k", "v")).Header("Toystore-Stand-Ins"));
        Assert.Null((await door.Get("/v1/keys/k")).Header("Toystore-Stand-Ins"));
        door.Store.NextWrite = new WriteOutcome.Done(new ContextToken("t"), 3, WriteDurability.Fsync) { StandIns = 2 };
        Assert.Equal("2", (await door.Put("/v1/keys/k", "v")).Header("Toystore-Stand-Ins"));
        door.Store.NextRead = new ReadOutcome.NotFound(null) { StandIns = 1 };
        Assert.Equal((404, "1"), ((await door.Get("/v1/keys/k")) is var reply ? (reply.Status, reply.Header("Toystore-Stand-Ins")) : default));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public async Task Whether_others_may_stand_in_is_said_by_header_or_query(string text, bool sloppy)
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("Toystore-Sloppy", text));
        Assert.Equal(sloppy, door.Store.LastWrite!.Sloppy);
        await door.Get("/v1/keys/k?sloppy=" + text);
        Assert.Equal(sloppy, door.Store.LastRead!.Sloppy);
        Assert.Equal(400, (await door.Get("/v1/keys/k?sloppy=perhaps")).Status);
    }

    [Fact]
    public async Task A_delete_says_what_it_promised_too()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("DELETE", "/v1/keys/k");
        Assert.Equal((204, "3", "os"), (reply.Status, reply.Header("Toystore-Copies"), reply.Header("Toystore-Durability")));
    }

    [Fact]
    public async Task A_value_without_a_type_is_bytes()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v");
        Assert.Null(door.Store.LastValue!.Value.ContentType);
        Assert.Equal("application/octet-stream", (await door.Get("/v1/keys/k")).Header("Content-Type"));
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "");
        var reply = await door.Get("/v1/keys/k");
        Assert.Equal((200, "0", 0), (reply.Status, reply.Header("Content-Length"), reply.Body.Length));
    }

    [Fact]
    public async Task Head_answers_as_get_does_without_the_body()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "value");
        var reply = await door.Send("HEAD", "/v1/keys/k");
        Assert.Equal((200, "5", "\"ctx-1\"", 0), (reply.Status, reply.Header("Content-Length"), reply.Header("ETag"), reply.Body.Length));
    }

    [Theory]
    [InlineData("\"ctx-1\"", 304)]
    [InlineData("W/\"ctx-1\"", 304)]
    [InlineData("\"a\", \"ctx-1\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"ctx-2\"", 200)]
    [InlineData("nonsense", 200)]
    public async Task A_reader_that_has_it_already_is_not_sent_it_again(string ifNoneMatch, int status)
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v");
        var reply = await door.Get("/v1/keys/k", ("If-None-Match", ifNoneMatch));
        Assert.Equal((status, "\"ctx-1\""), (reply.Status, reply.Header("ETag")));
    }

    [Fact]
    public async Task A_value_that_expires_says_when()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("Toystore-Expires-At", "2031-02-03T05:05:06.789+01:00"));
        Assert.Equal("2031-02-03T04:05:06.789Z", (await door.Get("/v1/keys/k")).Header("Toystore-Expires-At"));
    }

    [Fact]
    public async Task A_time_to_live_is_counted_from_now()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var door = await Door.OpenAsync(time: new StoppedClock(now));
        await door.Put("/v1/keys/k?ttl=1.5", "v");
        Assert.Equal(now.AddSeconds(1.5), door.Store.LastValue!.Value.ExpiresAt);
    }

    [Fact]
    public async Task A_request_that_asks_for_nothing_special_has_no_options()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("Toystore-R", "1"), ("X-Other", "y"));
        await door.Get("/v1/keys/k", ("Toystore-W", "1"), ("Toystore-Future", "y"));
        Assert.Equal((null, null), (door.Store.LastWrite, door.Store.LastRead));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_option_of_a_write_can_be_a_header_or_in_the_query(bool asHeaders)
    {
        await using var door = await Door.OpenAsync();
        (string Name, string Value)[] options =
            [("Context", "c%2B"), ("W", "2"), ("Policy", "lww"), ("Durability", "os"), ("Request-Id", "0192a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"), ("Timeout", "1500")];
        var reply = asHeaders
            ? await door.Put("/v1/keys/k", "v", [.. options.Select(option => ("tOYSTORE-" + option.Name, option.Value.Replace("%2B", "+", StringComparison.Ordinal)))])
            : await door.Put("/v1/keys/k?" + string.Join('&', options.Select(option => $"{option.Name.ToLowerInvariant()}={option.Value}")), "v");
        Assert.Equal(204, reply.Status);
        Assert.Equal(
            new WriteOptions
            {
                Context = new ContextToken("c+"),
                W = 2,
                Policy = ConflictPolicy.LastWriteWins,
                Durability = WriteDurability.Os,
                RequestId = Guid.Parse("0192a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"),
                Timeout = TimeSpan.FromMilliseconds(1500),
            },
            door.Store.LastWrite);
    }

    [Fact]
    public async Task Every_option_of_a_read_reaches_the_store()
    {
        await using var door = await Door.OpenAsync();
        await door.Get("/v1/keys/k?r=3&timeout=250", ("Toystore-Policy", "siblings"));
        Assert.Equal(new ReadOptions { R = 3, Policy = ConflictPolicy.Siblings, Timeout = TimeSpan.FromMilliseconds(250) }, door.Store.LastRead);
    }

    [Fact]
    public async Task An_idempotency_key_is_a_request_id()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("Idempotency-Key", "\"0192a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b\""));
        Assert.Equal(Guid.Parse("0192a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"), door.Store.LastWrite!.RequestId);
    }

    [Fact]
    public async Task A_write_can_ask_that_there_is_no_value()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("If-None-Match", "*"));
        Assert.Equal(new Precondition.Absent(), door.Store.LastWrite!.Precondition);
    }

    [Fact]
    public async Task A_write_can_ask_that_there_is_a_value()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("If-Match", "*"));
        Assert.Equal((new Precondition.Present(), null), (door.Store.LastWrite!.Precondition, door.Store.LastWrite.Context));
    }

    [Fact]
    public async Task A_write_that_asks_for_an_unchanged_value_has_its_tag_as_context()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("If-Match", "\"seen\""));
        Assert.Equal((new Precondition.Unchanged(new ContextToken("seen")), new ContextToken("seen")), (door.Store.LastWrite!.Precondition, door.Store.LastWrite.Context));
    }

    [Fact]
    public async Task A_context_that_is_given_goes_before_that_of_the_tag()
    {
        await using var door = await Door.OpenAsync();
        await door.Send("DELETE", "/v1/keys/k", null, ("If-Match", "\"seen\""), ("Toystore-Context", "given"));
        Assert.Equal((new Precondition.Unchanged(new ContextToken("seen")), new ContextToken("given")), (door.Store.LastWrite!.Precondition, door.Store.LastWrite.Context));
    }

    [Theory]
    [InlineData("Toystore-W", "0")]
    [InlineData("Toystore-W", "-1")]
    [InlineData("Toystore-W", "two")]
    [InlineData("Toystore-W", "99999999999")]
    [InlineData("Toystore-Policy", "LWW!")]
    [InlineData("Toystore-Durability", "memory")]
    [InlineData("Toystore-Request-Id", "abc")]
    [InlineData("Toystore-Timeout", "0")]
    [InlineData("Toystore-Timeout", "60001")]
    [InlineData("Toystore-Timeout", "1.5")]
    [InlineData("Toystore-TTL", "0")]
    [InlineData("Toystore-TTL", "-3")]
    [InlineData("Toystore-TTL", "1e3")]
    [InlineData("Toystore-TTL", "99999999999999999999")]
    [InlineData("Toystore-Expires-At", "tomorrow")]
    [InlineData("Toystore-Expires-At", "2030-01-01T00:00:00")]
    [InlineData("Toystore-Expires-At", "2030-13-01T00:00:00Z")]
    [InlineData("If-Match", "seen")]
    [InlineData("If-Match", "W/\"seen\"")]
    [InlineData("If-Match", "\"one\", \"two\"")]
    [InlineData("If-None-Match", "\"seen\"")]
    public async Task A_malformed_header_is_named(string name, string value)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Put("/v1/keys/k", "v", (name, value));
        Assert.Equal((400, "invalid", 0), (reply.Status, reply.Problem, door.Store.Calls));
        Assert.Contains(name, reply.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "?wat=1", "wat")]
    [InlineData("PUT", "?r=1", "'r'")]
    [InlineData("GET", "?w=1", "'w'")]
    [InlineData("DELETE", "?ttl=1", "ttl")]
    [InlineData("GET", "?r=%4", "'r'")]
    [InlineData("GET", "?r=1&r=2", "twice")]
    [InlineData("PUT", "?ttl=1&expires-at=2030-01-01T00:00:00Z", "one of them")]
    public async Task A_query_that_means_nothing_is_refused_since_it_may_be_half_a_key(string method, string query, string says)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send(method, "/v1/keys/k" + query);
        Assert.Equal((400, "invalid", 0), (reply.Status, reply.Problem, door.Store.Calls));
        Assert.Contains(says, reply.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_ways_of_saying_what_must_be_there_are_one_too_many()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Put("/v1/keys/k", "v", ("If-Match", "*"), ("If-None-Match", "*"));
        Assert.Equal((400, 0), (reply.Status, door.Store.Calls));
    }

    [Fact]
    public async Task A_type_that_could_not_be_sent_back_is_refused()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Put("/v1/keys/k", "v", ("Content-Type", new string('t', 256)));
        Assert.Equal((400, 0), (reply.Status, door.Store.Calls));
    }

    [Fact]
    public async Task A_type_that_another_door_let_in_cannot_break_the_answer()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = new ReadOutcome.Found([new Value(Encoding.UTF8.GetBytes("v"), "text/é\r\nSet-Cookie: a=b")], new ContextToken("t"));
        var reply = await door.Get("/v1/keys/k");
        Assert.Equal((200, "application/octet-stream", null), (reply.Status, reply.Header("Content-Type"), reply.Header("Set-Cookie")));
    }

    [Theory]
    [InlineData("text/html", "sandbox")]
    [InlineData("image/svg+xml", "sandbox")]
    [InlineData("text/plainly-not", "sandbox")]
    [InlineData("text/plain; charset=utf-8", null)]
    [InlineData("application/json", null)]
    public async Task A_value_that_a_browser_might_run_is_put_into_a_sandbox(string contentType, string? policy)
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v", ("Content-Type", contentType));
        Assert.Equal(policy, (await door.Get("/v1/keys/k")).Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task Fewer_copies_than_wanted_are_told_with_every_answer_about_values()
    {
        await using var door = await Door.OpenAsync();
        door.Cluster.Copies = new CopyCount(1, 3);
        foreach (var (method, target) in new[] { ("GET", "/v1/keys/k"), ("PUT", "/v1/keys/k"), ("DELETE", "/v1/keys/k"), ("GET", "/v1/keys"), ("GET", "/k") })
        {
            Assert.Equal("1/3", (await door.Send(method, target)).Header("Toystore-Copies-Kept"));
        }

        door.Cluster.Copies = new CopyCount(2, 3);
        Assert.Equal("2/3", (await door.Get("/v1/keys/k")).Header("Toystore-Copies-Kept"));
        door.Cluster.Copies = new CopyCount(3, 3);
        Assert.Null((await door.Get("/v1/keys/k")).Header("Toystore-Copies-Kept"));
    }

    [Fact]
    public async Task A_reader_that_leaves_gives_up_its_read()
    {
        await using var door = await Door.OpenAsync();
        door.Store.Gate = new TaskCompletionSource().Task;
        CancellationToken token;
        using (var socket = await door.ConnectAsync())
        {
            await socket.SendAsync("GET /v1/keys/k HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            token = await door.Store.Called.Task;
        }

        var cancelled = new TaskCompletionSource();
        await using var registration = token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_writer_that_leaves_does_not()
    {
        await using var door = await Door.OpenAsync();
        await door.Put("/v1/keys/k", "v");
        Assert.False((await door.Store.Called.Task).CanBeCanceled);
    }

    [Fact]
    public async Task The_server_does_not_say_what_it_is()
    {
        await using var door = await Door.OpenAsync();
        Assert.Null((await door.Get("/v1/keys/k")).Header("Server"));
    }
}

internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
