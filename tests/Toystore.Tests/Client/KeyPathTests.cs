using System.Text;
using CsCheck;
using Toystore.Client;
using Toystore.Core;

namespace Toystore.Tests.Client;

public sealed class KeyPathTests
{
    [Theory]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("%", "%25")]
    [InlineData("%2e", "%252e")]
    [InlineData("\0", "%00")]
    [InlineData("ä €", "%C3%A4%20%E2%82%AC")]
    [InlineData("azAZ09-_~", "azAZ09-_~")]
    [InlineData("a?b#c&d=e+f", "a%3Fb%23c%26d%3De%2Bf")]
    public void A_key_is_encoded_byte_by_byte(string key, string encoded) => Assert.Equal(encoded, KeyPath.Encode(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void Decoding_undoes_encoding() => Gen.Byte.Array[1, 200].Sample(bytes =>
    {
        Assert.True(KeyPath.TryDecode(KeyPath.Encode(bytes), out var key));
        Assert.Equal(Key.From(bytes), key);
    });

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("a%4g")]
    public void What_is_no_encoded_key_is_refused(string text) => Assert.False(KeyPath.TryDecode(text, out _));
}
