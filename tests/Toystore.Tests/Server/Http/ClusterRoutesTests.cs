namespace Toystore.Tests.Server.Http;

public sealed class ClusterRoutesTests
{
    [Fact]
    public async Task The_ring_is_told_in_camel_case()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal("""{"epoch":"1.7","slots":16384,"ranges":[{"first":0,"last":16383,"owners":["n1"]}]}""", (await door.Get("/v1/cluster/ring")).Text);
    }

    [Fact]
    public async Task What_is_kept_for_whom_is_told_and_who_did_not_say()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal("""{"kept":[{"holder":"n2","target":"n3","count":5,"bytes":700,"oldestSeconds":12.5}],"unknown":["n4"]}""", (await door.Get("/v1/cluster/hints")).Text);
    }

    [Fact]
    public async Task How_repairs_go_is_told_and_a_post_has_them_begin()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(
            """{"pairsEqual":1,"pairsDiffering":0,"pairsUnknown":0,"members":[{"id":"n1","slots":7,"slotsScanned":2,"slotsUnknown":0,"slotsWithoutFloor":1,"oldestFloorSeconds":30.5,"bytesPerSecond":4096,"backgroundShare":0.5,"latencySeconds":0.25,"idleLatencySeconds":0.125,"readRepairs":3,"corruptRecords":4,"restoredRecords":5,"damagedRecords":1,"scrub":{"done":0.5,"rounds":6,"records":7,"bytes":8},"peers":[{"id":"n2","away":false,"ordered":false,"beganSeconds":1.5,"tookSeconds":0.25,"slotsCompared":2,"slotsUnfinished":0,"keysSent":5,"keysReceived":6,"bytesSent":700,"bytesReceived":800,"problem":null,"trees":"ab"}]}],"unknown":["n4"]}""",
            (await door.Get("/v1/cluster/repair?slot=7")).Text);
        Assert.Contains("\"ordered\":true", (await door.Send("POST", "/v1/cluster/repair")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slot=16384")]
    [InlineData("slot=")]
    [InlineData("slot=1&slot=2")]
    [InlineData("key=k")]
    public async Task A_slot_that_is_none_is_refused(string query)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Get($"/v1/cluster/repair?{query}");
        Assert.Equal((400, "invalid"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task Where_a_key_lives_is_asked_with_any_key()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.SendTarget("GET", "/v1/cluster/keys/a%2F..//b");
        Assert.Equal(("""{"slot":42,"owners":["n1"],"standIns":["n2"]}""", "a/..//b"), (reply.Text, door.Cluster.LastKey.ToString()));
        await door.SendTarget("GET", "/v1/cluster/keys/?key=%00");
        Assert.Equal("\0", door.Cluster.LastKey.ToString());
    }

    [Fact]
    public async Task A_node_that_cannot_serve_is_alive_and_says_why_it_is_not_ready()
    {
        await using var door = await Door.OpenAsync();
        door.Cluster.Problem = "It is still reading its disk.";
        var ready = await door.Get("/health/ready");
        Assert.Equal((503, "It is still reading its disk.\n", 200), (ready.Status, ready.Text, (await door.Get("/health/live")).Status));
    }

    [Fact]
    public async Task A_node_that_is_drained_serves_whoever_asks_and_sends_each_client_away_after_it()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(("""{"id":"n1","draining":false,"underway":2,"requests":345}""", null), ((await door.Get("/v1/node/drain")).Text, (await door.Get("/v1/keys/k")).Header("Connection")));
        Assert.Contains("\"draining\":true", (await door.Send("POST", "/v1/node/drain")).Text, StringComparison.Ordinal);
        door.Store.NextRead = new ReadOutcome.Found([new Value("v"u8.ToArray())], new ContextToken("t"));
        var read = await door.Get("/v1/keys/k");
        Assert.Equal((200, "close"), (read.Status, read.Header("Connection")));
        Assert.Contains("\"draining\":false", (await door.Send("DELETE", "/v1/node/drain")).Text, StringComparison.Ordinal);
        Assert.Null((await door.Get("/v1/keys/k")).Header("Connection"));
    }

    [Theory]
    [InlineData("/v1/")]
    [InlineData("/v1/node/nothing")]
    [InlineData("/v1/nothing")]
    [InlineData("/v1/keysx")]
    [InlineData("/v1/cluster/nothing")]
    [InlineData("/health/nothing")]
    public async Task A_path_that_is_not_there_is_never_taken_for_a_key(string path)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Get(path);
        Assert.Equal((404, "no-such-path", 0), (reply.Status, reply.Problem, door.Store.Calls));
    }

    [Theory]
    [InlineData("POST", "/v1/keys/k", "GET, HEAD, PUT, DELETE")]
    [InlineData("OPTIONS", "/v1/keys/k", "GET, HEAD, PUT, DELETE")]
    [InlineData("PUT", "/v1/keys", "GET, HEAD")]
    [InlineData("POST", "/v1/cluster/status", "GET, HEAD")]
    [InlineData("PUT", "/v1/cluster/repair", "GET, HEAD, POST")]
    [InlineData("PUT", "/v1/node/drain", "GET, HEAD, POST, DELETE")]
    [InlineData("DELETE", "/v1/openapi.json", "GET, HEAD")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    [InlineData("PUT", "/k", "GET, HEAD")]
    [InlineData("DELETE", "/", "GET, HEAD, POST")]
    public async Task A_method_that_is_not_there_is_told_which_are(string method, string path, string allow)
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Send(method, path);
        Assert.Equal((405, "method-not-allowed", allow), (reply.Status, reply.Problem, reply.Header("Allow")));
    }

    [Fact]
    public async Task The_front_page_links_to_what_is_there()
    {
        await using var door = await Door.OpenAsync();
        var page = (await door.Get("/")).Text;
        var links = page.Split("href=\"").Skip(1).Select(rest => rest.Split('"')[0]).ToArray();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            Assert.Equal(200, (await door.Get(link)).Status);
        }
    }
}
