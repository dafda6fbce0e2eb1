using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

public sealed class ClusterKeyRoutesTests
{
    private const string Use = """{"step":"use","key":"5f0c0b1e","without":["n3"]}""";

    [Fact]
    public async Task The_keys_are_listed_by_fingerprint()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(
            """{"done":true,"summary":"Every member seals with 5f0c0b1e.","members":[{"id":"n1","keys":["5f0c0b1e"],"seals":true,"takesOpen":false,"problem":null}]}""",
            (await door.Get("/v1/cluster/keys")).Text);
    }

    [Fact]
    public async Task A_step_is_taken_as_it_was_asked()
    {
        await using var door = await Door.OpenAsync();
        var reply = await Post(door, Use);
        Assert.Equal((200, """{"done":true,"summary":"So it went.","members":[]}"""), (reply.Status, reply.Text));
        Assert.Equal(("use", "5f0c0b1e", "n3"), (door.Cluster.LastChange!.Step, door.Cluster.LastChange.Key, Assert.Single(door.Cluster.LastChange.Without!)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"step":"add","key":7}""")]
    [InlineData("""{"step":"add","key":"AAECAwQFBgcICQoLDA0ODw==""")]
    public async Task A_body_that_makes_no_sense_is_refused_and_not_repeated(string body)
    {
        await using var door = await Door.OpenAsync();
        var reply = await Post(door, body);
        Assert.Equal((400, "invalid"), (reply.Status, reply.Problem));
        Assert.DoesNotContain("AAEC", reply.Text, StringComparison.Ordinal);
        Assert.Null(door.Cluster.LastChange);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_not_read()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(413, (await Post(door, new string(' ', 20_000))).Status);
    }

    /// <summary>A browser on the node's machine that speaks for a page from elsewhere, and a proxy that passes on what comes from elsewhere.</summary>
    [Theory]
    [InlineData("Origin", "http://127.0.0.1")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    public async Task Who_may_speak_for_somebody_elsewhere_is_refused(string header, string value)
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal((403, "not-from-here"), (await Post(door, Use, (header, value))) is var post ? (post.Status, post.Problem) : default);
        Assert.Equal(403, (await door.Get("/v1/cluster/keys", (header, value))).Status);
        Assert.Null(door.Cluster.LastChange);
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.4", 403)]
    [InlineData("10.1.2.3", "10.1.2.3", 200)]
    [InlineData("127.0.0.2", "127.0.0.1", 200)]
    [InlineData("::1", "::1", 200)]
    [InlineData("::ffff:127.0.0.1", "::ffff:127.0.0.1", 200)]
    [InlineData("::ffff:10.1.2.3", "::ffff:10.1.2.4", 403)]
    public async Task Only_the_nodes_own_machine_may_change_keys(string from, string to, int status)
    {
        await using var door = await Door.OpenAsync(more: app => Come(app, from, to));
        Assert.Equal(status, (await Post(door, Use)).Status);
        Assert.Equal(status, (await door.Get("/v1/cluster/keys")).Status);
        Assert.Equal(status == 200, door.Cluster.LastChange is not null);
    }

    [Fact]
    public async Task Behind_something_that_checks_who_asks_they_may_be_changed_from_elsewhere()
    {
        await using var door = await Door.OpenAsync(new HttpDoorOptions { KeysFromElsewhere = true }, more: app => Come(app, "10.1.2.3", "10.1.2.4"));
        Assert.Equal(200, (await Post(door, Use, ("X-Forwarded-For", "10.9.9.9"))).Status);
    }

    [Fact]
    public async Task Other_methods_are_told_which_there_are()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send("DELETE", "/v1/cluster/keys");
        Assert.Equal((405, "GET, HEAD, POST"), (reply.Status, reply.Header("Allow")));
    }

    private static void Come(WebApplication app, string from, string to) => app.Use(next => context =>
    {
        (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress) = (IPAddress.Parse(from), IPAddress.Parse(to));
        return next(context);
    });

    private static Task<Reply> Post(Door door, string body, params (string, string)[] headers) =>
        door.Send("POST", "/v1/cluster/keys", new StringContent(body, Encoding.UTF8, "application/json"), headers);
}
