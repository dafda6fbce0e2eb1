using System.Security.Cryptography;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

public sealed class BodyTests
{
    private static readonly HttpDoorOptions Small = new() { ValueBytesMax = 1000 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_value_goes_in_and_out_whole(bool chunked)
    {
        await using var door = await Door.OpenAsync();
        var bytes = RandomNumberGenerator.GetBytes(5_000_001);
        var reply = await door.Send("PUT", "/v1/keys/k", chunked ? new Chunked(bytes) : new ByteArrayContent(bytes));
        Assert.Equal(204, reply.Status);
        Assert.True((await door.Get("/v1/keys/k")).Body.AsSpan().SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(true, 1000, 204)]
    [InlineData(false, 1000, 204)]
    [InlineData(true, 1001, 413)]
    [InlineData(false, 1001, 413)]
    [InlineData(true, 100_000, 413)]
    [InlineData(true, 0, 204)]
    public async Task A_value_is_taken_up_to_the_limit(bool chunked, int length, int status)
    {
        await using var door = await Door.OpenAsync(Small);
        var reply = await door.Send("PUT", "/v1/keys/k", chunked ? new Chunked(new byte[length]) : new ByteArrayContent(new byte[length]));
        Assert.Equal((status, status == 204 ? 1 : 0), (reply.Status, door.Store.Calls));
    }

    [Fact]
    public async Task A_length_beyond_the_limit_is_refused_before_a_byte_of_it_is_sent()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendRaw("PUT /v1/keys/k HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n");
        Assert.Equal((413, "too-large", "close"), (reply.Status, reply.Problem, reply.Header("Connection")));
    }

    [Fact]
    public async Task A_client_that_waits_for_leave_is_not_asked_for_what_would_be_refused()
    {
        await using var door = await Door.OpenAsync(Small);
        var reply = await door.SendRaw("PUT /v1/keys/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
        Assert.Equal((413, "too-large"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task The_limit_of_the_server_itself_does_not_stand_in_the_way()
    {
        await using var door = await Door.OpenAsync(new HttpDoorOptions { ValueBytesMax = 40_000_000 }, limits: false);
        Assert.Equal(204, (await door.Put("/v1/keys/k", new byte[35_000_000])).Status);
        Assert.Equal(204, (await door.Send("PUT", "/v1/keys/k", new Chunked(new byte[35_000_000]))).Status);
    }

    [Fact]
    public async Task A_body_that_ends_early_writes_nothing()
    {
        var door = await Door.OpenAsync();
        using (var socket = await door.ConnectAsync())
        {
            await socket.SendAsync("PUT /v1/keys/k HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        await door.DisposeAsync(); // ends when every request has
        Assert.Equal(0, door.Store.Calls);
    }

    [Fact]
    public async Task A_body_whose_chunks_are_broken_writes_nothing()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendRaw("PUT /v1/keys/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
        Assert.Equal((400, "bad-request", 0), (reply.Status, reply.Problem, door.Store.Calls));
    }

    private sealed class Chunked(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            for (var at = 0; at < bytes.Length; at += 70_000)
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(70_000, bytes.Length - at)));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
