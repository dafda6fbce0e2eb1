using System.Text;
using CsCheck;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

public sealed class TargetTests
{
    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a/b", "a/b")]
    [InlineData("a//b", "a//b")]
    [InlineData("/", "/")]
    [InlineData("..", "..")]
    [InlineData("../../etc", "../../etc")]
    [InlineData("./x", "./x")]
    [InlineData("%2E%2e/x", "../x")]
    [InlineData("a+b", "a+b")]
    [InlineData("a%20b", "a b")]
    [InlineData("caf%C3%A9", "café")]
    [InlineData("%E2%98%83", "☃")]
    [InlineData("a%3Fb", "a?b")]
    [InlineData("%25", "%")]
    [InlineData("a\\b", "a\\b")]
    [InlineData("a;b=c,d:e@f", "a;b=c,d:e@f")]
    public async Task A_key_is_everything_behind_the_prefix_decoded_once(string text, string key)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("PUT", "/v1/keys/" + text);
        Assert.Equal((204, key), (reply.Status, door.Store.LastKey.ToString()));
    }

    [Fact]
    public async Task A_key_can_be_bytes_that_are_no_text()
    {
        await using var door = await Door.OpenAsync();
        await door.SendTarget("GET", "/v1/keys/%FF%FE%80");
        Assert.Equal([0xFF, 0xFE, 0x80], door.Store.LastKey!.Value.Span.ToArray());
    }

    [Fact]
    public async Task A_key_can_have_4096_bytes_all_of_them_escaped()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("PUT", "/v1/keys/" + string.Concat(Enumerable.Repeat("%FE", 4096)));
        Assert.Equal((204, 4096), (reply.Status, door.Store.LastKey!.Value.Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("a%4")]
    [InlineData("a%zz")]
    [InlineData("%%41")]
    [InlineData("%+1")]
    [InlineData("?key=")]
    [InlineData("a?key=b")]
    public async Task A_key_that_cannot_be_read_is_invalid(string text)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("GET", "/v1/keys/" + text);
        Assert.Equal((400, "invalid", 0), (reply.Status, reply.Problem, door.Store.Calls));
    }

    [Fact]
    public async Task A_key_of_4097_bytes_is_invalid()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("GET", "/v1/keys/" + new string('k', 4097));
        Assert.Equal((400, "invalid"), (reply.Status, reply.Problem));
    }

    [Theory]
    [InlineData("%00a", new byte[] { 0, (byte)'a' })]
    [InlineData("a+b", new byte[] { (byte)'a', (byte)'+', (byte)'b' })]
    [InlineData("%2Fx%26", new byte[] { (byte)'/', (byte)'x', (byte)'&' })]
    public async Task A_key_can_stand_in_the_query_where_no_byte_is_refused(string text, byte[] key)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("PUT", "/v1/keys/?key=" + text);
        Assert.Equal(204, reply.Status);
        Assert.Equal(key, door.Store.LastKey!.Value.Span.ToArray());
    }

    [Fact]
    public async Task A_zero_byte_in_a_path_is_refused_by_the_server_itself()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal((400, 0), ((await door.SendTarget("GET", "/v1/keys/a%00b")).Status, door.Store.Calls));
    }

    [Fact]
    public async Task A_target_can_name_the_host()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("PUT", $"http://{door.Address.Authority}/v1/keys/a/../b?w=2");
        Assert.Equal((204, "a/../b", 2), (reply.Status, door.Store.LastKey.ToString(), door.Store.LastWrite!.W));
    }

    [Theory]
    [InlineData("/a?b?c", "/a", "b?c")]
    [InlineData("/a", "/a", "")]
    [InlineData("/a?", "/a", "")]
    [InlineData("http://h:1/a?b", "/a", "b")]
    [InlineData("http://h", "/", "")]
    [InlineData("http://h?b", "/", "b")]
    [InlineData("", "/", "")]
    [InlineData("*", "/", "")]
    public void A_target_is_cut_at_its_first_question_mark(string raw, string path, string query)
    {
        var target = Target.Parse(raw);
        Assert.Equal((path, query), (target.Path.ToString(), target.Query.ToString()));
    }

    [Fact]
    public void What_is_encoded_decodes_to_itself() => Gen.Byte.Array.Sample(bytes =>
        PercentEncoding.TryDecode(PercentEncoding.Encode(bytes), int.MaxValue, out var decoded) && decoded.AsSpan().SequenceEqual(bytes));

    [Fact]
    public void No_text_whatever_makes_decoding_fail_otherwise_than_by_saying_so() => Gen.String.Sample(text =>
    {
        PercentEncoding.TryDecode(text, 16, out var bytes);
        Assert.True(bytes is null || bytes.Length <= 16);
    });

    // More percent signs than can be escapes: the room that is counted for the bytes is too small for those before the first of them.
    [Theory]
    [InlineData("ab%%")]
    [InlineData("%41%41ab%%%")]
    public void Percent_signs_without_digits_are_no_target(string text) => Assert.False(PercentEncoding.TryDecode(text, 16, out _));

    [Fact]
    public void A_dot_is_escaped_so_that_nobody_takes_it_for_a_step() => Assert.Equal("%2E%2E%2Fa-b_c~D9", PercentEncoding.Encode("../a-b_c~D9"u8));

    [Fact]
    public void Characters_that_are_not_ascii_are_no_target() => Assert.False(PercentEncoding.TryDecode("é", 10, out _) || PercentEncoding.TryDecode("%41é", 10, out _));

    [Fact]
    public void Decoding_a_plain_key_allocates_its_bytes_and_nothing_else()
    {
        var text = new string('k', 24);
        Assert.InRange(Allocations.BytesPerCall(() => PercentEncoding.TryDecode(text, 4096, out _)), 40, 48);
        Assert.Equal(24, Encoding.ASCII.GetByteCount(text));
    }
}
