using System.Text;
using Toystore.Client;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Client;

public sealed class ReadTests
{
    private static readonly (string, string) Context = ("Toystore-Context", "tok");

    public static TheoryData<string> OddKeys => new(
        [".", "..", "../../etc", "a/b", "a//b", "/", "%", "%2F", "ä€😀", "a b?c#d&e=f", "\\", "http://x/", new string('x', 4096)]);

    [Theory]
    [MemberData(nameof(OddKeys))]
    public async Task The_target_arrives_as_it_was_encoded(string key)
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(404, "not-found");
        using var client = Client(node);
        Assert.IsType<ReadOutcome.NotFound>(await client.GetAsync(key, cancellationToken: Token));
        Assert.Equal("/v1/keys/" + KeyPath.Encode(Encoding.UTF8.GetBytes(key)), Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task A_key_with_a_zero_byte_goes_into_the_query()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(404, "not-found");
        using var client = Client(node);
        Assert.IsType<ReadOutcome.NotFound>(await client.GetAsync("a/\0", cancellationToken: Token));
        Assert.Equal("/v1/keys/?key=a%2F%00", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task The_longest_key_of_the_worst_bytes_arrives_whole()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(404, "not-found");
        using var client = Client(node);
        var bytes = new byte[Key.BytesMax];
        Array.Fill(bytes, (byte)0xff);
        await client.GetAsync(Key.From(bytes), cancellationToken: Token);
        Assert.Equal("/v1/keys/" + string.Concat(Enumerable.Repeat("%FF", Key.BytesMax)), Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task One_value_has_its_bytes_type_and_expiry()
    {
        await using var node = await ScriptedNode.StartAsync(200, "hello", Context, ("Content-Type", "text/x; y=z"), ("Toystore-Expires-At", "2030-01-02T03:04:05.678Z"));
        using var client = Client(node);
        var found = Assert.IsType<ReadOutcome.Found>(await client.GetAsync("k", cancellationToken: Token));
        var value = Assert.Single(found.Values);
        Assert.Equal("hello", Encoding.UTF8.GetString(value.Bytes.Span));
        Assert.Equal("text/x; y=z", value.ContentType);
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), value.ExpiresAt);
        Assert.Equal("tok", found.Context.Text);
    }

    [Fact]
    public async Task Several_values_come_as_json()
    {
        await using var node = await ScriptedNode.StartAsync(
            300, """{"context":"tok","values":[{"contentType":"a/b","bytes":"AAE="},{"expiresAt":"2030-01-02T03:04:05.678Z","bytes":""}]}""", Context, ("Content-Type", "application/json"));
        using var client = Client(node);
        var found = Assert.IsType<ReadOutcome.Found>(await client.GetAsync("k", cancellationToken: Token));
        Assert.Equal([0, 1], found.Values[0].Bytes.ToArray());
        Assert.Equal(("a/b", 0, 2030), (found.Values[0].ContentType, found.Values[1].Bytes.Length, found.Values[1].ExpiresAt!.Value.Year));
    }

    [Fact]
    public async Task Several_values_come_as_multipart()
    {
        await using var node = await ScriptedNode.StartAsync(
            300, "--x y\r\nContent-Length: 1\r\n\r\n1\r\n--x y\r\nContent-Length: 1\r\n\r\n2\r\n--x y--\r\n", Context, ("Content-Type", "multipart/mixed; boundary=\"x y\""));
        using var client = Client(node);
        var found = Assert.IsType<ReadOutcome.Found>(await client.GetAsync("k", cancellationToken: Token));
        Assert.Equal(["1", "2"], found.Values.Select(value => Encoding.UTF8.GetString(value.Bytes.Span)));
    }

    [Fact]
    public async Task What_a_read_asks_for_is_in_its_headers()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(404, "not-found");
        using var client = Client(node);
        await client.GetAsync("k", new ReadOptions { R = 3, Policy = ConflictPolicy.LastWriteWins, Timeout = TimeSpan.FromSeconds(1.5) }, Token);
        var headers = Assert.Single(node.Asked).Headers;
        Assert.Equal(("3", "lww", "1500"), (headers["Toystore-R"], headers["Toystore-Policy"], headers["Toystore-Timeout"]));
    }

    [Fact]
    public async Task A_tombstone_shows_in_the_context_of_not_found()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(404, "not-found", "", Context);
        using var client = Client(node);
        Assert.Equal(new ReadOutcome.NotFound(new ContextToken("tok")), await client.GetAsync("k", cancellationToken: Token));
    }

    [Fact]
    public async Task A_stranger_that_knows_no_such_page_is_no_proof_of_absence()
    {
        await using var node = await ScriptedNode.StartAsync(404, "<h1>Not Found</h1>", ("Content-Type", "text/html"));
        using var client = Client(node);
        Assert.Contains("check the address", Assert.IsType<ReadOutcome.Invalid>(await client.GetAsync("k", cancellationToken: Token)).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, "unavailable")]
    [InlineData(504, "timeout")]
    public async Task Too_few_owners_are_unavailable_with_the_counts(int status, string name)
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(status, name, ",\"needed\":2,\"got\":1");
        using var client = Client(node);
        Assert.Equal(new ReadOutcome.Unavailable(2, 1, "Because."), await client.GetAsync("k", cancellationToken: Token));
    }

    [Fact]
    public async Task Overload_says_when_to_come_back()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(429, "overloaded", "", ("Retry-After", "7"));
        using var client = Client(node);
        Assert.Equal(new ReadOutcome.Overloaded(TimeSpan.FromSeconds(7)), await client.GetAsync("k", cancellationToken: Token));
    }

    [Fact]
    public async Task A_read_whose_connection_breaks_goes_on_to_the_next_node()
    {
        using var broken = new BrokenNode();
        await using var node = await ScriptedNode.StartAsync(200, "v", Context);
        using var client = Client(broken.Address, node.Address);
        Assert.IsType<ReadOutcome.Found>(await client.GetAsync("k", cancellationToken: Token));
        Assert.NotEqual(0, broken.Requests);
    }

    [Fact]
    public async Task With_nobody_there_a_read_is_unavailable()
    {
        using var client = Client(BrokenNode.Nobody());
        Assert.IsType<ReadOutcome.Unavailable>(await client.GetAsync("k", cancellationToken: Token));
    }

    [Fact]
    public async Task An_answer_longer_than_allowed_is_not_taken()
    {
        await using var node = await ScriptedNode.StartAsync(200, "12345", Context);
        using var client = new ToystoreHttpClient(new ToystoreHttpOptions { Nodes = [node.Address], AnswerBytesMax = 4 });
        Assert.Contains("more than 4 bytes", Assert.IsType<ReadOutcome.Unavailable>(await client.GetAsync("k", cancellationToken: Token)).Detail, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ToystoreHttpClient Client(ScriptedNode node) => Client(node.Address);

    private static ToystoreHttpClient Client(params Uri[] nodes) => new(new ToystoreHttpOptions { Nodes = nodes });
}
