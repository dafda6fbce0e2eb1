using System.Text;
using Toystore.Cli.Bench;

namespace Toystore.Tests.Cli.Bench;

public sealed class ResponseReaderTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", 200, false)]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", 200, false)]
    [InlineData("HTTP/1.1 204 No Content\r\nToystore-Context: abc\r\n\r\n", 204, false)]
    [InlineData("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 413, true)]
    [InlineData("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nT: t\r\n\r\n", 503, false)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 1\r\n\r\n1", 200, false)]
    public void An_answer_is_read_however_it_is_cut_up(string text, int status, bool closes)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            var reader = new ResponseReader();
            var from = 0;
            var whole = false;
            for (var to = Math.Min(piece, bytes.Length); !whole; to = Math.Min(to + piece, bytes.Length))
            {
                whole = reader.TryRead(bytes.AsSpan(from, to - from), out var consumed);
                from += consumed;
                Assert.True(whole || to < bytes.Length, $"pieces of {piece}");
            }

            Assert.Equal((status, closes, bytes.Length), (reader.Status, reader.Closes, from));
        }
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n12")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("\r\n\r\n")]
    public void What_cannot_be_followed_is_refused(string text) => Assert.Throws<InvalidDataException>(() => new ResponseReader().TryRead(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void A_head_without_end_is_refused() => Assert.Throws<InvalidDataException>(() => new ResponseReader().TryRead(new byte[40_000], out _));

    [Fact]
    public void Reading_an_answer_allocates_nothing()
    {
        var bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello"u8.ToArray();
        var reader = new ResponseReader();
        Allocations.None(() =>
        {
            reader.Reset();
            reader.TryRead(bytes, out _);
        });
        Assert.Equal(200, reader.Status);
    }
}
