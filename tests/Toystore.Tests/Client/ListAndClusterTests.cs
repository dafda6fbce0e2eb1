using Toystore.Client;
using Toystore.Core;

namespace Toystore.Tests.Client;

public sealed class ListAndClusterTests
{
    [Fact]
    public async Task A_page_has_keys_of_any_bytes_and_where_to_go_on()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"keys":["a/ä",{"base64":"AP8="}],"next":"%00%FF"}""", ("Content-Type", "application/json"));
        using var client = Client(node.Address);
        var page = Assert.IsType<ListOutcome.Page>(await client.ListAsync(new ListOptions { Prefix = "p/"u8.ToArray(), After = Key.From(new byte[] { 0xfe }), Limit = 5, R = 2, Timeout = TimeSpan.FromSeconds(3) }, Token));
        Assert.Equal(["a/ä", Key.From(new byte[] { 0, 0xff })], page.Keys);
        Assert.Equal(Key.From(new byte[] { 0, 0xff }), page.Next);
        Assert.Equal("/v1/keys?limit=5&prefix=p%2F&after=%FE&r=2&timeout=3000", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task The_last_page_has_no_next()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"keys":[],"next":null}""");
        using var client = Client(node.Address);
        Assert.Null(Assert.IsType<ListOutcome.Page>(await client.ListAsync(cancellationToken: Token)).Next);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"keys":[1],"next":null}""")]
    [InlineData("""{"keys":[{"base64":"?"}],"next":null}""")]
    [InlineData("""{"keys":[],"next":"%"}""")]
    [InlineData("""{"keys":[""]}""")]
    [InlineData("{}")]
    public async Task A_page_that_is_none_is_refused(string body)
    {
        await using var node = await ScriptedNode.StartAsync(200, body);
        using var client = Client(node.Address);
        Assert.IsType<ListOutcome.Invalid>(await client.ListAsync(cancellationToken: Token));
    }

    [Fact]
    public async Task The_status_is_read_as_it_is_written()
    {
        await using var node = await ScriptedNode.StartAsync(200, Samples.StatusJson);
        using var client = Client(node.Address);
        var status = await client.StatusAsync(Token);
        Assert.Equal(("n1", 3, 12.5), (status.Asked, status.N, status.Members[0].Node!.ProcessorSeconds));
        Assert.Equal("/v1/cluster/status", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task What_is_kept_for_whom_is_read_as_it_is_written()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"kept":[{"holder":"n2","target":"n3","count":5,"bytes":700,"oldestSeconds":12.5}],"unknown":["n4"]}""");
        using var client = Client(node.Address);
        var report = await client.HintsAsync(Token);
        Assert.Equal((new KeptHints("n2", "n3", 5, 700, 12.5), "n4"), (Assert.Single(report.Kept), Assert.Single(report.Unknown)));
        Assert.Equal("/v1/cluster/hints", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task Repairs_are_asked_for_and_ordered_of_one_slot_or_all()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"pairsEqual":1,"pairsDiffering":0,"pairsUnknown":0,"members":[{"id":"n1","slots":1,"slotsScanned":1,"slotsUnknown":0,"slotsWithoutFloor":0,"oldestFloorSeconds":null,"bytesPerSecond":1,"readRepairs":0,"peers":[]}],"unknown":["n4"]}""");
        using var client = Client(node.Address);
        var report = await client.RepairAsync(7, Token);
        Assert.Equal(("n1", null, "n4"), (Assert.Single(report.Members).Id, report.Members[0].OldestFloorSeconds, Assert.Single(report.Unknown)));
        await client.RepairNowAsync(cancellationToken: Token);
        Assert.Equal([("GET", "/v1/cluster/repair?slot=7"), ("POST", "/v1/cluster/repair")], node.Asked.Select(asked => (asked.Method, asked.Target)));
    }

    [Fact]
    public async Task A_read_that_stand_ins_answered_says_so_and_a_strict_one_asks_for_none()
    {
        await using var node = await ScriptedNode.StartAsync(200, "v", ("Toystore-Context", "c"), ("Toystore-Stand-Ins", "2"));
        using var client = Client(node.Address);
        Assert.Equal(2, (await client.GetAsync("k", new ReadOptions { Sloppy = false }, Token)).StandIns);
        Assert.Equal("false", Assert.Single(node.Asked).Headers["Toystore-Sloppy"]);
    }

    [Fact]
    public async Task A_key_is_placed_by_its_encoded_name()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"slot":7,"owners":["n1","n2"],"standIns":["n3"]}""");
        using var client = Client(node.Address);
        var placement = await client.PlacementAsync("a/b", Token);
        Assert.Equal((7, "n2", "n3"), (placement.Slot, placement.Owners[1], placement.StandIns[0]));
        Assert.Equal("/v1/cluster/keys/a%2Fb", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task An_unreachable_cluster_is_an_exception_that_says_what_was_tried()
    {
        var nobody = BrokenNode.Nobody();
        using var client = Client(nobody);
        var exception = await Assert.ThrowsAsync<ClusterUnreachableException>(async () => await client.RingAsync(Token));
        Assert.Contains(nobody.Authority, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_begin_at_each_node_in_turn()
    {
        var turns = new NodeTurns([new("http://a"), new("http://b"), new("http://c")], TimeSpan.FromSeconds(2), new ManualTime());
        Assert.Equal([[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]], Enumerable.Range(0, 4).Select(_ => turns.Next()));
    }

    [Fact]
    public void A_node_that_took_no_connection_comes_last_for_a_while()
    {
        var time = new ManualTime();
        var turns = new NodeTurns([new("http://a"), new("http://b")], TimeSpan.FromSeconds(2), time);
        turns.Avoid(0);
        Assert.Equal([1, 0], turns.Next());
        time.Advance(TimeSpan.FromSeconds(3));
        turns.Next();
        Assert.Equal([0, 1], turns.Next());
    }

    [Fact]
    public void A_client_needs_a_node() => Assert.Throws<ArgumentException>(() => Client());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ToystoreHttpClient Client(params Uri[] nodes) => new(new ToystoreHttpOptions { Nodes = nodes });
}
