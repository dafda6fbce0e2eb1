using System.Text;
using Toystore.Client;

namespace Toystore.Tests.Client;

public sealed class MultipartTests
{
    private const string Two =
        "--b\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\none\r\n--\r\n--b\r\nContent-Length: 0\r\nToystore-Expires-At: 2030-01-02T03:04:05.678Z\r\n\r\n\r\n--b--\r\n";

    [Fact]
    public void Parts_have_their_bytes_even_if_those_look_like_a_boundary()
    {
        var values = new List<Value>();
        Assert.True(Multipart.TryRead(Encoding.ASCII.GetBytes(Two), "b", values));
        Assert.Equal(["one\r\n--", ""], values.Select(value => Encoding.ASCII.GetString(value.Bytes.Span)));
        Assert.Equal(["text/plain", null], values.Select(value => value.ContentType));
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), values[1].ExpiresAt);
    }

    [Fact]
    public void A_body_cut_short_anywhere_is_refused()
    {
        var whole = Encoding.ASCII.GetBytes(Two);
        for (var length = 0; length < whole.Length - "--\r\n".Length; length++)
        {
            Assert.False(Multipart.TryRead(whole.AsMemory(0, length), "b", []), $"at {length}");
        }
    }

    [Fact]
    public void A_part_without_a_length_is_refused() => Assert.False(Multipart.TryRead("--b\r\n\r\none\r\n--b--"u8.ToArray(), "b", []));
}
