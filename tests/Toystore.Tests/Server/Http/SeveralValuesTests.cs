using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Toystore.Tests.Server.Http;

public sealed class SeveralValuesTests
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 200_001).Select(i => (byte)(i * 7))];

    private static readonly ReadOutcome.Found Three = new(
        [
            new Value(Encoding.UTF8.GetBytes("one\r\n--toystore-"), "text/plain"),
            new Value(Large),
            new Value(ReadOnlyMemory<byte>.Empty, "x/\"y", new DateTimeOffset(2030, 1, 2, 3, 4, 5, 6, TimeSpan.Zero)),
        ],
        new ContextToken("t"));

    [Fact]
    public async Task Several_values_are_json_unless_asked_otherwise()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = Three;
        var reply = await door.Get("/v1/keys/k");
        Assert.Equal((300, "application/json", "t", "\"t\""), (reply.Status, reply.Header("Content-Type"), reply.Header("Toystore-Context"), reply.Header("ETag")));
        Assert.Equal("t", reply.Json.GetProperty("context").GetString());
        var values = reply.Json.GetProperty("values").EnumerateArray().ToArray();
        Assert.Equal(["text/plain", null, "x/\"y"], values.Select(value => value.GetProperty("contentType").GetString()));
        Assert.Equal([null, null, "2030-01-02T03:04:05.006Z"], values.Select(value => value.GetProperty("expiresAt").GetString()));
        Assert.Equal(Three.Values.Select(value => value.Bytes.ToArray()), values.Select(value => value.GetProperty("bytes").GetBytesFromBase64()));
    }

    [Fact]
    public async Task Several_values_can_be_had_in_parts()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = Three;
        var reply = await door.Get("/v1/keys/k", ("Accept", "multipart/mixed"));
        Assert.Equal(300, reply.Status);
        var boundary = reply.Header("Content-Type")!.Split("boundary=")[1];
        var reader = new MultipartReader(boundary, new MemoryStream(reply.Body));
        var parts = new List<(string? Type, string? Expires, byte[] Body)>();
        while (await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken) is { } part)
        {
            using var body = new MemoryStream();
            await part.Body.CopyToAsync(body, TestContext.Current.CancellationToken);
            Assert.Equal(body.Length.ToString(), part.Headers!["Content-Length"]);
            parts.Add((part.ContentType, part.Headers.TryGetValue("Toystore-Expires-At", out var expires) ? expires.ToString() : null, body.ToArray()));
        }

        Assert.Equal(["text/plain", "application/octet-stream", "x/\"y"], parts.Select(part => part.Type));
        Assert.Equal([null, null, "2030-01-02T03:04:05.006Z"], parts.Select(part => part.Expires));
        Assert.Equal(Three.Values.Select(value => value.Bytes.ToArray()), parts.Select(part => part.Body));
    }

    [Theory]
    [InlineData("*/*", "application/json")]
    [InlineData("image/png", "application/json")]
    [InlineData("multipart/*", "multipart/mixed")]
    [InlineData("multipart/mixed;q=0", "application/json")]
    [InlineData("multipart/mixed;q=0.5, application/json", "application/json")]
    [InlineData("application/json;q=0.5, multipart/mixed", "multipart/mixed")]
    [InlineData(";;;", "application/json")]
    public async Task The_form_is_the_one_the_client_likes_best(string accept, string contentType)
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = Three;
        Assert.StartsWith(contentType, (await door.Get("/v1/keys/k", ("Accept", accept))).Header("Content-Type"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("multipart/mixed")]
    public async Task Head_says_how_long_the_body_would_be(string accept)
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = Three;
        var body = await door.Get("/v1/keys/k", ("Accept", accept));
        var head = await door.Send("HEAD", "/v1/keys/k", null, ("Accept", accept));
        Assert.Equal((300, body.Body.Length.ToString(), 0), (head.Status, head.Header("Content-Length"), head.Body.Length));
    }

    [Fact]
    public async Task A_reader_that_knows_all_of_them_is_not_sent_them_again()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = Three;
        Assert.Equal(304, (await door.Get("/v1/keys/k", ("If-None-Match", "\"t\""))).Status);
    }
}
