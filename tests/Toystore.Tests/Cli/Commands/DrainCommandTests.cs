using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Commands;

public sealed class DrainCommandTests
{
    private const string NoHints = """{"kept":[],"unknown":[]}""";

    [Fact]
    public async Task It_waits_until_nobody_asks_any_more()
    {
        var asked = new List<string>();
        await using var node = await NodeAsync((context, self) =>
        {
            asked.Add(context);
            return Report(underway: asked.Count < 3 ? 1 : 0, requests: Math.Min(asked.Count, 4));
        });
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("drain", "n2", "--node", node.HostAndPort));
        Assert.Equal("POST", asked[0]);
        Assert.All(asked.Skip(1), method => Assert.Equal("GET", method));
        Assert.InRange(asked.Count, 6, 12); // the last change came with the fourth answer, and a second has to pass after it
        Assert.Contains("n2 has no clients any more: stop it now", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_gives_up_when_its_time_is_over_and_says_what_follows()
    {
        await using var node = await NodeAsync((_, _) => Report(underway: 1));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("drain", "n2", "--timeout", "1ms", "--node", node.HostAndPort));
        Assert.Contains("Clients still ask n2", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_can_be_taken_back()
    {
        var asked = new List<string>();
        await using var node = await NodeAsync((method, _) =>
        {
            asked.Add(method);
            return Report(draining: false);
        });
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("drain", "n2", "--undo", "--node", node.HostAndPort));
        Assert.Equal(["DELETE"], asked);
        Assert.Contains("n2 is ready for clients again.", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_was_started_anew_is_not_drained()
    {
        await using var node = await NodeAsync((method, _) => Report(draining: method == "POST", underway: 1));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("drain", "n2", "--node", node.HostAndPort));
        Assert.Contains("it is not drained", terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false", "alive", 0, NoHints, "n3 is down already")]
    [InlineData("true", "dead", 0, NoHints, "n3 is down already")]
    [InlineData("true", "alive", 70, NoHints, "n3 still gets 70 slots back that its disk lost")]
    [InlineData("true", "alive", 0, """{"kept":[{"holder":"n2","target":"n1","count":5,"bytes":700,"oldestSeconds":1}],"unknown":[]}""", "n1 has not got all yet that it missed (`toystore hints wait`)")]
    public async Task A_node_that_clients_would_miss_stays_unless_it_is_forced(string reachable, string state, int unknown, string hints, string why)
    {
        var asked = 0;
        await using var node = await NodeAsync((_, _) =>
        {
            asked++;
            return Report();
        }, hints, reachable, state, unknown);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("drain", "n2", "--node", node.HostAndPort));
        Assert.Equal(0, asked);
        Assert.Contains($"n2 should stay: {why}. Wait, or say --force", terminal.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await new TestTerminal().RunAsync("drain", "n2", "--force", "--node", node.HostAndPort));
        Assert.NotEqual(0, asked);
    }

    [Theory]
    [InlineData("n7", "n7 is no member: the cluster has n1, n2, n3.")]
    [InlineData("n3", "n3 has no HTTP address")]
    public async Task A_node_that_cannot_be_told_is_a_usage_error(string id, string why)
    {
        await using var node = await NodeAsync((_, _) => Report());
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Usage, await terminal.RunAsync("drain", id, "--node", node.HostAndPort));
        Assert.Contains(why, terminal.Error, StringComparison.Ordinal);
    }

    private static string Report(bool draining = true, int underway = 0, int requests = 9) =>
        $$"""{"id":"n2","draining":{{(draining ? "true" : "false")}},"underway":{{underway}},"requests":{{requests}}}""";

    // A cluster of three, whose n2 is at the same address.
    private static async Task<ScriptedNode> NodeAsync(Func<string, ScriptedNode, string> drain, string hints = NoHints, string reachable = "true", string state = "alive", int unknown = 0)
    {
        ScriptedNode? node = null;
        node = await ScriptedNode.StartAsync(context => ScriptedNode.WriteAsync(context, 200, context.Request.Path.Value switch
        {
            "/v1/node/drain" => drain(context.Request.Method, node!),
            "/v1/cluster/hints" => hints,
            _ => Status(node!.HostAndPort),
        }));
        return node;

        string Status(string address) =>
            $$"""{"cluster":"c","epoch":"1.1","asked":"n1","healthy":true,"summary":"s","n":3,"copies":3,"r":2,"w":2,"members":[{{Member("n1", address, "true", "alive", 0)}},{{Member("n2", address, "true", "alive", 0)}},{{Member("n3", null, reachable, state, unknown)}}]}""";

        static string Member(string id, string? http, string reachable, string state, int unknown) =>
            $$$"""{"id":"{{{id}}}","zone":"z","weight":1,"peer":"127.0.0.1:1","http":{{{(http is null ? "null" : $"\"{http}\"")}}},"redis":null,"slots":5,"reachable":{{{reachable}}},"problem":null,"node":{"version":"1","processId":1,"uptimeSeconds":1,"processorSeconds":1,"residentBytes":1,"allocatedBytes":1,"reads":1,"writes":1,"failures":0,"readRepairs":0,"hedges":0,"corruptRecords":0,"bytesUsed":1,"bytesFree":1,"durability":"os","problem":null,"slotsUnknown":{{{unknown}}}},"membership":{"state":"{{{state}}}","forSeconds":1,"by":null}}""";
    }
}
