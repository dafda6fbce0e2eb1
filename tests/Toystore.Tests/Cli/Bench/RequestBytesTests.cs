using System.Text;
using Toystore.Cli;
using Toystore.Cli.Bench;

namespace Toystore.Tests.Cli.Bench;

public sealed class RequestBytesTests
{
    private static readonly NodeAddress Node = new("127.0.0.1", 8101);
    private static readonly BenchOptions Options = new() { Nodes = [Node], R = 1, W = 2, Durability = "os" };

    [Fact]
    public void A_read_names_its_key_with_nine_digits() => Assert.Equal(
        "GET /v1/keys/bench%3A000001234 HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nToystore-R: 1\r\n\r\n",
        Encoding.ASCII.GetString(RequestBytes.Get(Options, Node).For(1234, new Random(1)).Span));

    [Fact]
    public void A_write_carries_the_value() => Assert.Equal(
        "PUT /v1/keys/bench%3A999999999 HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nContent-Length: 2\r\nToystore-Policy: lww\r\nToystore-W: 2\r\nToystore-Durability: os\r\n\r\nab",
        Encoding.ASCII.GetString(RequestBytes.Put(Options, Node, "ab"u8.ToArray()).For(999_999_999, new Random(1)).Span));

    [Fact]
    public void A_write_that_may_be_sent_again_has_a_request_id_of_its_own()
    {
        var put = RequestBytes.Put(Options with { Retries = 1 }, Node, []);
        var random = new Random(1);
        Assert.NotEqual(Id(put.For(1, random)), Id(put.For(1, random)));
    }

    [Fact]
    public void Making_a_request_allocates_nothing()
    {
        var put = RequestBytes.Put(Options with { Retries = 1 }, Node, "ab"u8.ToArray());
        var random = new Random(1);
        Allocations.None(() => put.For(17, random));
        Assert.Contains("000000017", Encoding.ASCII.GetString(put.For(17, random).Span), StringComparison.Ordinal);
    }

    private static Guid Id(ReadOnlyMemory<byte> request) =>
        Guid.Parse(Encoding.ASCII.GetString(request.Span).Split("\r\n").Single(line => line.StartsWith("Toystore-Request-Id: ", StringComparison.Ordinal))["Toystore-Request-Id: ".Length..]);
}
