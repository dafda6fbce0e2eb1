using System.Text.Json;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

/// <summary>Every path, method and status of the document is had from a real server, and whatever that answers is in the document.</summary>
public sealed class OpenApiTests
{
    private static readonly ContextToken Context = new("t");
    private static readonly Value Value = new("v"u8.ToArray());

    private sealed record Scene(string Method, string Path, int Status, Action<Door>? Given = null, string? Target = null, HttpContent? Body = null, params (string, string)[] Headers);

    [Fact]
    public async Task The_document_says_what_the_server_does_and_nothing_else()
    {
        await using var door = await Door.OpenAsync(new HttpDoorOptions { ValueBytesMax = 10 });
        var answered = new HashSet<string>();
        foreach (var scene in Scenes())
        {
            door.Store.NextRead = null;
            door.Store.NextWrite = null;
            door.Store.NextList = null;
            door.Store.Fault = door.Cluster.Fault = null;
            door.Cluster.Problem = null;
            scene.Given?.Invoke(door);
            var reply = await door.Send(scene.Method, scene.Target ?? scene.Path.Replace("{key}", "k", StringComparison.Ordinal), scene.Body, scene.Headers);
            Assert.Equal($"{scene.Method} {scene.Path} {scene.Status}", $"{scene.Method} {scene.Path} {reply.Status}");
            answered.Add($"{scene.Method} {scene.Path} {reply.Status}");
        }

        using var document = JsonDocument.Parse(Page.OpenApi.Content);
        var documented = document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().SelectMany(method =>
            method.Value.GetProperty("responses").EnumerateObject().Select(response => $"{method.Name.ToUpperInvariant()} {path.Name} {response.Name}")));
        Assert.Equal(documented.Order(), answered.Order());
    }

    [Fact]
    public async Task The_document_is_served()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.Get("/v1/openapi.json");
        Assert.Equal((200, "application/json", "3.1.0"), (reply.Status, reply.Header("Content-Type"), reply.Json.GetProperty("openapi").GetString()));
    }

    [Fact]
    public void Every_reference_in_the_document_leads_somewhere()
    {
        using var document = JsonDocument.Parse(Page.OpenApi.Content);
        var references = References(document.RootElement).ToArray();
        Assert.NotEmpty(references);
        foreach (var reference in references)
        {
            var at = document.RootElement;
            foreach (var step in reference.Split('/').Skip(1))
            {
                Assert.True(at.TryGetProperty(step, out at), reference);
            }
        }
    }

    [Fact]
    public async Task The_documented_members_of_a_status_are_those_it_has()
    {
        await using var door = await Door.OpenAsync();
        using var document = JsonDocument.Parse(Page.OpenApi.Content);
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        foreach (var (schema, type) in new[]
        {
            ("ClusterStatus", typeof(ClusterStatus)), ("MemberStatus", typeof(MemberStatus)), ("NodeStatus", typeof(NodeStatus)), ("MembershipStatus", typeof(MembershipStatus)), ("RingStatus", typeof(RingStatus)), ("KeyPlacement", typeof(KeyPlacement)), ("HintsReport", typeof(HintsReport)), ("RepairReport", typeof(RepairReport)), ("NodeRepair", typeof(NodeRepair)), ("PeerRepair", typeof(PeerRepair)), ("ScrubProgress", typeof(ScrubProgress)), ("KeptHints", typeof(KeptHints)), ("HintStatus", typeof(HintStatus)), ("KeysReport", typeof(KeysReport)), ("MemberKeys", typeof(MemberKeys)), ("KeyChange", typeof(KeyChange)), ("DrainReport", typeof(DrainReport)), ("TopologyReport", typeof(TopologyReport)), ("TopologyMember", typeof(TopologyMember)), ("TopologyPolicy", typeof(TopologyPolicy)), ("TopologyHistory", typeof(TopologyHistory)), ("TopologyDecision", typeof(TopologyDecision)), ("ForceOrder", typeof(ForceOrder)), ("ForceReport", typeof(ForceReport)),
        })
        {
            Assert.Equal(
                type.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Order(),
                schemas.GetProperty(schema).GetProperty("properties").EnumerateObject().Select(property => property.Name).Order());
        }

        var status = (await door.Get("/v1/cluster/status")).Json;
        Assert.Equal(schemas.GetProperty("ClusterStatus").GetProperty("required").EnumerateArray().Select(name => name.GetString()).Order(), status.EnumerateObject().Select(property => property.Name).Order());
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static StringContent AKeyChange() => new("""{"step":"use","key":"5f0c0b1e"}""");

    private static StringContent AnOrder() => new("""{"epoch":"1.7"}""");

    private static FormUrlEncodedContent AForm(string value = "v") => new([new("key", "k"), new("value", value)]);

    private static IEnumerable<Scene> Scenes() =>
        [.. Reads("GET", "/v1/keys/{key}"), .. Reads("HEAD", "/v1/keys/{key}"), .. Reads("GET", "/{key}"), .. Several("GET"), .. Several("HEAD"),
            .. Writes("PUT", "/v1/keys/{key}", 204, "/v1/keys/k?w=0", () => new ByteArrayContent([1])),
            .. Writes("DELETE", "/v1/keys/{key}", 204, "/v1/keys/k?w=0", () => null), .. Writes("POST", "/", 200, "/", () => AForm()), .. TooLarge(), .. Others()];

    private static IEnumerable<Scene> Reads(string method, string path) =>
    [
        new(method, path, 200, door => door.Store.NextRead = new ReadOutcome.Found([Value], Context)),
        new(method, path, 400, null, path.Replace("{key}", "%4", StringComparison.Ordinal)),
        new(method, path, 404),
        new(method, path, 429, door => door.Store.NextRead = new ReadOutcome.Overloaded(TimeSpan.Zero)),
        new(method, path, 500, door => door.Store.Fault = new InvalidOperationException()),
        new(method, path, 503, door => door.Store.NextRead = new ReadOutcome.Unavailable(2, 1, "d")),
    ];

    private static IEnumerable<Scene> Several(string method) =>
    [
        new(method, "/v1/keys/{key}", 300, door => door.Store.NextRead = new ReadOutcome.Found([Value, Value], Context)),
        new(method, "/v1/keys/{key}", 304, door => door.Store.NextRead = new ReadOutcome.Found([Value], Context), Headers: ("If-None-Match", "\"t\"")),
    ];

    private static IEnumerable<Scene> Writes(string method, string path, int done, string invalid, Func<HttpContent?> body)
    {
        yield return new(method, path, done, null, null, body());
        yield return new(method, path, 400, null, invalid, path == "/" ? new FormUrlEncodedContent([]) : body());
        if (path != "/")
        {
            yield return new(method, path, 412, door => door.Store.NextWrite = new WriteOutcome.PreconditionFailed(null), null, body());
        }

        foreach (var (reason, status) in new[] { (NotDoneReason.TooManySiblings, 409), (NotDoneReason.Overloaded, 429), (NotDoneReason.Unavailable, 503), (NotDoneReason.DiskFull, 503), (NotDoneReason.ReadOnly, 503) })
        {
            yield return new(method, path, status, door => door.Store.NextWrite = new WriteOutcome.NotDone(reason, "d"), null, body());
        }

        yield return new(method, path, 500, door => door.Store.Fault = new InvalidOperationException(), null, body());
        yield return new(method, path, 504, door => door.Store.NextWrite = new WriteOutcome.Unknown(2, 1, "d"), null, body());
    }

    private static IEnumerable<Scene> Drains() => ((string[])["POST", "GET", "DELETE"]).SelectMany(method => (Scene[])[
        new(method, "/v1/node/drain", 200), new(method, "/v1/node/drain", 500, door => door.Cluster.Fault = new InvalidOperationException())]);

    private static IEnumerable<Scene> TooLarge() =>
        [new("PUT", "/v1/keys/{key}", 413, null, null, new ByteArrayContent(new byte[11])), new("POST", "/", 413, null, null, AForm(new string('v', 11)))];

    private static IEnumerable<Scene> Others() =>
    [
        new("POST", "/", 403, null, null, AForm(), ("Sec-Fetch-Site", "cross-site")),
        new("POST", "/", 415, null, null, new StringContent("x")),
        new("GET", "/", 200),
        .. Drains(),
        new("GET", "/v1/keys", 200),
        new("GET", "/v1/keys", 400, null, "/v1/keys?limit=0"),
        new("GET", "/v1/keys", 429, door => door.Store.NextList = new ListOutcome.Overloaded(TimeSpan.Zero)),
        new("GET", "/v1/keys", 500, door => door.Store.Fault = new InvalidOperationException()),
        new("GET", "/v1/keys", 503, door => door.Store.NextList = new ListOutcome.Unavailable("d")),
        new("GET", "/v1/cluster/status", 200),
        new("GET", "/v1/cluster/status", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("GET", "/v1/cluster/hints", 200),
        new("GET", "/v1/cluster/hints", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("GET", "/v1/cluster/repair", 200),
        new("GET", "/v1/cluster/repair", 400, null, "/v1/cluster/repair?slot=x"),
        new("GET", "/v1/cluster/repair", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("POST", "/v1/cluster/repair", 200),
        new("POST", "/v1/cluster/repair", 400, null, "/v1/cluster/repair?slot=x"),
        new("POST", "/v1/cluster/repair", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("GET", "/v1/cluster/ring", 200),
        new("GET", "/v1/cluster/ring", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("GET", "/v1/cluster/keys", 200),
        new("GET", "/v1/cluster/keys", 403, null, null, null, ("Origin", "http://elsewhere")),
        new("GET", "/v1/cluster/keys", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("POST", "/v1/cluster/keys", 200, null, null, AKeyChange()),
        new("POST", "/v1/cluster/keys", 400, null, null, new StringContent("x")),
        new("POST", "/v1/cluster/keys", 403, null, null, AKeyChange(), ("Origin", "http://elsewhere")),
        new("POST", "/v1/cluster/keys", 413, null, null, new StringContent(new string(' ', 20_000))),
        new("POST", "/v1/cluster/keys", 500, door => door.Cluster.Fault = new InvalidOperationException(), null, AKeyChange()),
        new("GET", "/v1/cluster/topology", 200),
        new("GET", "/v1/cluster/topology", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("GET", "/v1/cluster/topology/history", 200),
        new("GET", "/v1/cluster/topology/history", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("POST", "/v1/cluster/topology/force", 200, null, null, AnOrder()),
        new("POST", "/v1/cluster/topology/force", 400, null, null, new StringContent("x")),
        new("POST", "/v1/cluster/topology/force", 403, null, null, AnOrder(), ("Origin", "http://elsewhere")),
        new("POST", "/v1/cluster/topology/force", 413, null, null, new StringContent(new string(' ', 20_000))),
        new("POST", "/v1/cluster/topology/force", 500, door => door.Cluster.Fault = new InvalidOperationException(), null, AnOrder()),
        new("GET", "/v1/cluster/keys/{key}", 200),
        new("GET", "/v1/cluster/keys/{key}", 400, null, "/v1/cluster/keys/"),
        new("GET", "/v1/cluster/keys/{key}", 500, door => door.Cluster.Fault = new InvalidOperationException()),
        new("GET", "/v1/openapi.json", 200),
        new("GET", "/health/live", 200),
        new("GET", "/health/ready", 200),
        new("GET", "/health/ready", 503, door => door.Cluster.Problem = "It starts."),
    ];
}
