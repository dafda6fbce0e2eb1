using Toystore.Client;
using Toystore.Core.Placement;

namespace Toystore.Tests.Client;

public sealed class WriteTests
{
    private static readonly Value Hello = new("hello"u8.ToArray(), "text/plain", new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    [Fact]
    public async Task What_a_write_asks_for_is_in_its_headers()
    {
        await using var node = await ScriptedNode.StartAsync(204, "", ("Toystore-Context", "new"), ("Toystore-Copies", "2"), ("Toystore-Stand-Ins", "1"), ("Toystore-Durability", "fsync"));
        using var client = Client(node.Address);
        var options = new WriteOptions
        {
            Context = new ContextToken("old"),
            W = 2,
            Policy = ConflictPolicy.Siblings,
            RequestId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            Durability = WriteDurability.Os,
            Timeout = TimeSpan.FromMilliseconds(250),
            Sloppy = false,
            Precondition = new Precondition.Unchanged(new ContextToken("seen")),
        };
        Assert.Equal(new WriteOutcome.Done(new ContextToken("new"), 2, WriteDurability.Fsync) { StandIns = 1 }, await client.PutAsync("a/b", Hello, options, Token));
        var request = Assert.Single(node.Asked);
        Assert.Equal(("PUT", "/v1/keys/a%2Fb"), (request.Method, request.Target));
        Assert.Equal("hello"u8, request.Body);
        Assert.Equal(
            ["old", "2", "siblings", "00112233-4455-6677-8899-aabbccddeeff", "os", "250", "false", "\"seen\"", "text/plain", "2030-01-02T03:04:05.678Z", "5"],
            ((string[])["Toystore-Context", "Toystore-W", "Toystore-Policy", "Toystore-Request-Id", "Toystore-Durability", "Toystore-Timeout", "Toystore-Sloppy", "If-Match", "Content-Type", "Toystore-Expires-At", "Content-Length"])
                .Select(name => request.Headers[name]));
    }

    [Fact]
    public async Task Absent_and_present_are_conditions_on_any_version()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(412, "precondition-failed");
        using var client = Client(node.Address);
        await client.PutAsync("k", Hello, new WriteOptions { Precondition = new Precondition.Absent() }, Token);
        await client.DeleteAsync("k", new WriteOptions { Precondition = new Precondition.Present() }, Token);
        Assert.Equal("*", node.Asked[0].Headers["If-None-Match"]);
        Assert.Equal(("DELETE", "*"), (node.Asked[1].Method, node.Asked[1].Headers["If-Match"]));
    }

    [Theory]
    [InlineData(409, "too-many-siblings", NotDoneReason.TooManySiblings)]
    [InlineData(413, "too-large", NotDoneReason.TooLarge)]
    [InlineData(429, "overloaded", NotDoneReason.Overloaded)]
    [InlineData(503, "unavailable", NotDoneReason.Unavailable)]
    [InlineData(503, "disk-full", NotDoneReason.DiskFull)]
    [InlineData(503, "read-only", NotDoneReason.ReadOnly)]
    public async Task A_refusal_is_not_done(int status, string name, NotDoneReason reason)
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(status, name);
        using var client = Client(node.Address);
        Assert.Equal(new WriteOutcome.NotDone(reason, "Because."), await client.PutAsync("k", Hello, cancellationToken: Token));
    }

    [Fact]
    public async Task A_failed_precondition_shows_what_is_there()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(412, "precondition-failed", "", ("Toystore-Context", "there"));
        using var client = Client(node.Address);
        Assert.Equal(new WriteOutcome.PreconditionFailed(new ContextToken("there")), await client.PutAsync("k", Hello, cancellationToken: Token));
    }

    [Fact]
    public async Task Nonsense_is_invalid()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(400, "invalid");
        using var client = Client(node.Address);
        Assert.Equal(new WriteOutcome.Invalid("Because."), await client.PutAsync("k", Hello, cancellationToken: Token));
    }

    [Fact]
    public async Task The_server_may_say_that_it_does_not_know()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(504, "unknown", ",\"needed\":2,\"got\":1");
        using var client = Client(node.Address);
        Assert.Equal(new WriteOutcome.Unknown(2, 1, "Because."), await client.PutAsync("k", Hello, cancellationToken: Token));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(302)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task What_no_toystore_node_said_is_unknown(int status)
    {
        await using var node = await ScriptedNode.StartAsync(status, "<h1>proxy</h1>", ("Location", "/elsewhere"));
        using var client = Client(node.Address);
        Assert.IsType<WriteOutcome.Unknown>(await client.PutAsync("k", Hello, cancellationToken: Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_whose_connection_breaks_is_unknown_and_not_sent_again(bool delete)
    {
        using var broken = new BrokenNode();
        await using var node = await ScriptedNode.StartAsync(204, "", ("Toystore-Context", "c"));
        using var client = Client(broken.Address, node.Address);
        Assert.IsType<WriteOutcome.Unknown>(delete ? await client.DeleteAsync("k", cancellationToken: Token) : await client.PutAsync("k", Hello, cancellationToken: Token));
        Assert.Equal((1, 0), (broken.Requests, node.Asked.Count));
    }

    [Fact]
    public async Task A_delete_on_a_kept_connection_that_breaks_is_not_repeated_behind_our_back()
    {
        var deletes = 0;
        await using var node = await ScriptedNode.StartAsync(async context =>
        {
            if (context.Request.Method == "DELETE")
            {
                deletes++;
                context.Abort();
                return;
            }

            await ScriptedNode.WriteAsync(context, 200, "v", ("Toystore-Context", "c"));
        });
        using var client = Client(node.Address);
        await client.GetAsync("k", cancellationToken: Token);
        Assert.IsType<WriteOutcome.Unknown>(await client.DeleteAsync("k", cancellationToken: Token));
        Assert.Equal(1, deletes);
    }

    [Fact]
    public async Task A_write_goes_on_to_the_next_node_when_one_takes_no_connection()
    {
        await using var node = await ScriptedNode.StartAsync(204, "", ("Toystore-Context", "c"));
        using var client = Client(BrokenNode.Nobody(), node.Address);
        Assert.IsType<WriteOutcome.Done>(await client.PutAsync("k", Hello, cancellationToken: Token));
    }

    [Fact]
    public async Task With_nobody_there_a_write_is_not_done()
    {
        using var client = Client(BrokenNode.Nobody(), BrokenNode.Nobody());
        Assert.Equal(NotDoneReason.Unavailable, Assert.IsType<WriteOutcome.NotDone>(await client.PutAsync("k", Hello, cancellationToken: Token)).Reason);
    }

    [Fact]
    public async Task A_write_that_is_not_answered_in_time_is_unknown()
    {
        var time = new ManualTime();
        using var silent = new BrokenNode(silent: true);
        using var client = new ToystoreHttpClient(new ToystoreHttpOptions { Nodes = [silent.Address], TimeProvider = time });
        var write = client.PutAsync("k", Hello, cancellationToken: Token);
        await silent.Arrived.Task.WaitAsync(Token);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains("did not answer within 5 s", Assert.IsType<WriteOutcome.Unknown>(await write).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_throws()
    {
        using var cancellation = new CancellationTokenSource();
        using var silent = new BrokenNode(silent: true);
        using var client = Client(silent.Address);
        var write = client.PutAsync("k", Hello, cancellationToken: cancellation.Token);
        await silent.Arrived.Task.WaitAsync(Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await write);
    }

    [Fact]
    public async Task A_large_body_is_announced_so_that_it_can_be_refused_unsent()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(413, "too-large");
        using var client = Client(node.Address);
        var outcome = await client.PutAsync("k", new Value(new byte[8 * 1024 * 1024]), cancellationToken: Token);
        Assert.Equal(NotDoneReason.TooLarge, Assert.IsType<WriteOutcome.NotDone>(outcome).Reason);
        Assert.Equal("100-continue", Assert.Single(node.Asked).Headers["Expect"]);
    }

    [Theory]
    [InlineData("a\r\nX-Injected: 1")]
    [InlineData("a\"b")]
    [InlineData("")]
    [InlineData("ä")]
    public async Task A_context_that_is_none_is_refused_before_anything_is_sent(string token)
    {
        using var client = Client(BrokenNode.Nobody());
        Assert.IsType<WriteOutcome.Invalid>(await client.PutAsync("k", Hello, new WriteOptions { Context = new ContextToken(token) }, Token));
    }

    [Theory]
    [InlineData("text/plain\r\nX: 1")]
    [InlineData("")]
    [InlineData("täxt")]
    public async Task A_content_type_that_no_header_can_carry_is_refused(string contentType)
    {
        using var client = Client(BrokenNode.Nobody());
        Assert.IsType<WriteOutcome.Invalid>(await client.PutAsync("k", new Value(default, contentType), cancellationToken: Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ToystoreHttpClient Client(params Uri[] nodes) => new(new ToystoreHttpOptions { Nodes = nodes });
}
