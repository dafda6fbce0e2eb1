using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;

namespace Toystore.Tests.Server.Http;

public sealed class TopologyRoutesTests
{
    private const string Order = """{"epoch":"1.7","lost":["n2","n3"]}""";

    [Fact]
    public async Task The_topology_is_shown()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(
            """{"clusterId":"c","epoch":"1.7","self":"n1","decides":true,"summary":"All is well.","n":3,"r":2,"w":2,"members":[{"id":"n1","zone":"z1","weight":1,"peer":"127.0.0.1:1","http":null,"redis":null,"acceptor":true,"namedDisk":"ab","disk":"ab","heard":"1.7","away":false}],"policies":[{"prefix":"a:","policy":"lww"}]}""",
            (await door.Get("/v1/cluster/topology")).Text);
    }

    [Fact]
    public async Task What_was_decided_is_shown()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(
            """{"epoch":"1.7","decisions":[{"epoch":"1.7","at":"1970-01-01T00:00:00+00:00","by":"n1","what":"The cluster was founded."}]}""",
            (await door.Get("/v1/cluster/topology/history")).Text);
    }

    [Fact]
    public async Task A_topology_is_forced_as_it_was_ordered()
    {
        await using var door = await Door.OpenAsync();
        var reply = await Post(door, Order);
        Assert.Equal((200, """{"done":true,"summary":"So it went.","epoch":"2.8","told":["n1"],"notTold":["n2"]}"""), (reply.Status, reply.Text));
        Assert.Equal("1.7", door.Cluster.LastOrder!.Epoch);
        Assert.Equal(["n2", "n3"], door.Cluster.LastOrder.Lost);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"epoch":7}""")]
    public async Task A_body_that_makes_no_sense_is_refused(string body)
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal((400, "invalid"), (await Post(door, body)) is var reply ? (reply.Status, reply.Problem) : default);
        Assert.Null(door.Cluster.LastOrder);
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.4", 403)]
    [InlineData("10.1.2.3", "10.1.2.3", 200)]
    public async Task Only_the_nodes_own_machine_may_force_it(string from, string to, int status)
    {
        await using var door = await Door.OpenAsync(more: app => Come(app, from, to));
        Assert.Equal(status, (await Post(door, Order)).Status);
        Assert.Equal(status == 200, door.Cluster.LastOrder is not null);
        Assert.Equal(200, (await door.Get("/v1/cluster/topology")).Status);
    }

    [Theory]
    [InlineData("POST", "/v1/cluster/topology", "GET, HEAD")]
    [InlineData("DELETE", "/v1/cluster/topology/history", "GET, HEAD")]
    [InlineData("GET", "/v1/cluster/topology/force", "POST")]
    public async Task Other_methods_are_told_which_there_are(string method, string path, string allow)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send(method, path);
        Assert.Equal((405, allow), (reply.Status, reply.Header("Allow")));
    }

    [Theory]
    [InlineData("/v1/cluster/topologyx")]
    [InlineData("/v1/cluster/topology/")]
    [InlineData("/v1/cluster/topology/forced")]
    public async Task There_is_nothing_else_below(string path)
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal((404, "no-such-path"), (await door.Get(path)) is var reply ? (reply.Status, reply.Problem) : default);
    }

    private static void Come(WebApplication app, string from, string to) => app.Use(next => context =>
    {
        (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress) = (IPAddress.Parse(from), IPAddress.Parse(to));
        return next(context);
    });

    private static Task<Reply> Post(Door door, string body) => door.Send("POST", "/v1/cluster/topology/force", new StringContent(body, Encoding.UTF8, "application/json"));
}
