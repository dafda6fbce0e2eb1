using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("host:7000", "host", 7000)]
    [InlineData("Node-1.Example.COM:1", "node-1.example.com", 1)]
    [InlineData("10.0.0.1:65535", "10.0.0.1", 65535)]
    [InlineData("[::1]:7000", "::1", 7000)]
    [InlineData("[2001:DB8:0:0::1]:7000", "2001:db8::1", 7000)]
    public void A_host_and_a_port_are_read_into_one_spelling(string text, string host, int port)
    {
        Assert.True(Endpoint.TryParse(text, out var endpoint));
        Assert.Equal(new Endpoint(host, port), endpoint);
        Assert.True(endpoint.IsValid);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host")]
    [InlineData(":7000")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:+1")]
    [InlineData("host: 1")]
    [InlineData("ho st:1")]
    [InlineData("höst:1")]
    [InlineData("::1:7000")]
    [InlineData("[host]:7000")]
    [InlineData("[10.0.0.1]:7000")]
    [InlineData("[]:7000")]
    [InlineData("[::1]")]
    [InlineData("[:::]:7000")]
    [InlineData("[fe80::1%eth0]:7000")]
    public void Anything_else_is_not_an_endpoint(string? text) => Assert.False(Endpoint.TryParse(text, out _));

    [Theory]
    [InlineData("host:7000")]
    [InlineData("[::1]:7000")]
    [InlineData("[::ffff:10.0.0.1]:7000")]
    public void What_is_written_is_read_again(string text)
    {
        Assert.True(Endpoint.TryParse(text, out var endpoint));
        Assert.Equal(text, endpoint.ToString());
        Assert.True(Endpoint.TryParse(endpoint.ToString(), out var again));
        Assert.Equal(endpoint, again);
    }

    [Theory]
    [InlineData("HOST", 1)]
    [InlineData("[::1]", 1)]
    [InlineData("0::1", 1)]
    [InlineData("host", 0)]
    [InlineData("host", 65536)]
    public void Another_spelling_or_port_is_not_valid(string host, int port) => Assert.False(new Endpoint(host, port).IsValid);

    [Fact]
    public void No_endpoint_is_not_valid() => Assert.False(default(Endpoint).IsValid);

    [Fact]
    public void A_host_of_more_than_253_characters_is_not_an_endpoint()
    {
        Assert.True(Endpoint.TryParse(new string('a', 253) + ":1", out _));
        Assert.False(Endpoint.TryParse(new string('a', 254) + ":1", out _));
    }
}
