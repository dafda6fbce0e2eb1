using System.Text.Json;
using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Commands;

public sealed class TopologyCommandTests
{
    private const string Report =
        """{"clusterId":"c","epoch":"1.7","self":"n1","decides":true,"summary":"The next one is decided by n1.","n":3,"r":2,"w":2,"members":[{"id":"n1","zone":"cellar","weight":4,"peer":"127.0.0.1:1","http":null,"redis":null,"acceptor":true,"namedDisk":"ab","disk":"ab","heard":"1.7","away":false},{"id":"n2","zone":"attic","weight":1,"peer":"127.0.0.1:2","http":null,"redis":null,"acceptor":false,"namedDisk":null,"disk":"cd","heard":"1.6","away":false},{"id":"n3","zone":"attic","weight":1,"peer":"127.0.0.1:3","http":null,"redis":null,"acceptor":true,"namedDisk":"ef","disk":"01","heard":"1.7","away":false},{"id":"n4","zone":"attic","weight":1,"peer":"127.0.0.1:4","http":null,"redis":null,"acceptor":false,"namedDisk":null,"disk":null,"heard":null,"away":true}],"policies":[]}""";

    private const string Forced = """{"done":true,"summary":"2.8 is in force on n1.","epoch":"2.8","told":["n1"],"notTold":["n2"]}""";

    [Fact]
    public async Task It_shows_who_decides_and_who_has_what()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("topology", "show", "--node", node.HostAndPort));
        Assert.Equal("/v1/cluster/topology", Assert.Single(node.Asked).Target);
        Assert.All(
            (string[])["topology 1.7 of cluster c, N = 3, R = 2, W = 2", "cellar", "The next one is decided by n1.", "well", "has another topology", "another disk than it", "away"],
            text => Assert.Contains(text, terminal.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_topology_that_cannot_be_changed_is_a_failure()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report.Replace("\"decides\":true", "\"decides\":false", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Failed, await new TestTerminal().RunAsync("topology", "show", "--node", node.HostAndPort));
    }

    [Fact]
    public async Task For_programs_it_is_shown_as_JSON()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report);
        var terminal = new TestTerminal();
        await terminal.RunAsync("topology", "show", "--json", "--node", node.HostAndPort);
        Assert.Equal("1.6", JsonDocument.Parse(terminal.Output).RootElement.GetProperty("members")[1].GetProperty("heard").GetString());
    }

    [Fact]
    public async Task The_history_is_a_table_of_decisions()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"epoch":"1.7","decisions":[{"epoch":"1.6","at":"2026-03-01T10:20:30+01:00","by":"n2","what":"n5 joined."}]}""");
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("topology", "history", "--node", node.HostAndPort));
        Assert.Equal("/v1/cluster/topology/history", Assert.Single(node.Asked).Target);
        Assert.All((string[])["1.6", "2026-03-01 09:20:30", "n2", "n5 joined."], text => Assert.Contains(text, terminal.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Forcing_sends_the_topology_and_who_is_lost()
    {
        await using var node = await ScriptedNode.StartAsync(200, Forced);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("topology", "force", "1.7", "--lost", "n2", "--lost", "n3", "--node", node.HostAndPort));
        var asked = Assert.Single(node.Asked);
        var body = JsonDocument.Parse(asked.Body).RootElement;
        Assert.Equal(("POST", "/v1/cluster/topology/force", "1.7"), (asked.Method, asked.Target, body.GetProperty("epoch").GetString()));
        Assert.Equal(["n2", "n3"], body.GetProperty("lost").EnumerateArray().Select(lost => lost.GetString()));
        Assert.Contains("2.8 is in force on n1.", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_a_failure_and_says_why()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"done":false,"summary":"Nothing has to be forced.","epoch":null,"told":[],"notTold":[]}""");
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("topology", "force", "1.7", "--node", node.HostAndPort));
        Assert.Contains("Nothing has to be forced.", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forcing_needs_a_topology() => Assert.Equal(ExitCode.Usage, await new TestTerminal().RunAsync("topology", "force"));
}
