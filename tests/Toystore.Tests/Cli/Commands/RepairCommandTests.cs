using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Commands;

public sealed class RepairCommandTests
{
    [Fact]
    public async Task The_status_shows_what_was_compared_with_whom_and_who_did_not_say()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report(Peer("n2", began: 12, sent: 1500), unknown: "\"n4\""));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("repair", "status", "--slot", "7", "--node", node.HostAndPort));
        Assert.All((string[])["n2", "12s ago", "1,500", "16,384", "2m 5s", "4.00 MiB/s", "Of 3 pairs of owners 1 hold the same now, 2 differ", "n4 did not say."], text => Assert.Contains(text, terminal.Output, StringComparison.Ordinal));
        Assert.Equal("/v1/cluster/repair?slot=7", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task Now_orders_once_and_waits_until_every_pair_was_compared_since()
    {
        var asked = new List<string>();
        await using var node = await ScriptedNode.StartAsync(context =>
        {
            asked.Add(context.Request.Method);
            return ScriptedNode.WriteAsync(context, 200, Report(asked.Count == 1 ? Peer("n2", ordered: true, began: 3600) : Peer("n2", began: 0, sent: 3)));
        });
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("repair", "now", "--node", node.HostAndPort));
        Assert.Equal(["POST", "GET"], asked);
        Assert.Contains("Compared: 3 keys (300 B) were given to owners that lacked something of them.", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_has_forgotten_what_it_was_asked_for_is_asked_again()
    {
        var asked = new List<string>();
        await using var node = await ScriptedNode.StartAsync(context =>
        {
            asked.Add(context.Request.Method);
            return ScriptedNode.WriteAsync(context, 200, Report(asked.Count == 1 ? Peer("n2") : Peer("n2", began: 0)));
        });
        Assert.Equal(ExitCode.Done, await new TestTerminal().RunAsync("repair", "now", "--node", node.HostAndPort));
        Assert.Equal(["POST", "POST"], asked);
    }

    [Fact]
    public async Task Now_gives_up_when_its_time_is_over_and_says_who_was_not_compared()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report(Peer("n2", ordered: true)));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("repair", "now", "--timeout", "1ms", "--node", node.HostAndPort));
        Assert.Contains("n1 with n2: no exchange yet.", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_who_is_away()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report(Peer("n2", began: 0) + "," + Peer("n3", away: true, ordered: true)));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("repair", "now", "--node", node.HostAndPort));
        Assert.Contains("n3 could not be asked", terminal.Error, StringComparison.Ordinal);
        Assert.Contains("nobody lacked anything", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_slot_of_a_key_is_asked_for_first()
    {
        await using var node = await ScriptedNode.StartAsync(context =>
            ScriptedNode.WriteAsync(context, 200, context.Request.Path.Value!.Contains("keys", StringComparison.Ordinal) ? """{"slot":42,"owners":[],"standIns":[]}""" : Report(Peer("n2", began: 0))));
        Assert.Equal(ExitCode.Done, await new TestTerminal().RunAsync("repair", "now", "--key", "a/b", "--node", node.HostAndPort));
        Assert.Equal(["/v1/cluster/keys/a%2Fb", "/v1/cluster/repair?slot=42"], node.Asked.Select(asked => asked.Target));
    }

    [Theory]
    [InlineData("--slot", "16384")]
    [InlineData("--slot", "-1")]
    [InlineData("--slot", "7", "--key", "k")]
    public async Task What_makes_no_sense_is_a_usage_error(params string[] args) => Assert.Equal(ExitCode.Usage, await new TestTerminal().RunAsync(["repair", "now", .. args, "--node", "127.0.0.1:1"]));

    private static string Report(string peers, string unknown = "") =>
        $$"""{"pairsEqual":1,"pairsDiffering":2,"pairsUnknown":0,"members":[{"id":"n1","slots":16384,"slotsScanned":16384,"slotsUnknown":0,"slotsWithoutFloor":0,"oldestFloorSeconds":125,"bytesPerSecond":4194304,"readRepairs":0,"peers":[{{peers}}]}],"unknown":[{{unknown}}]}""";

    private static string Peer(string id, bool away = false, bool ordered = false, int? began = null, int sent = 0) =>
        $$"""{"id":"{{id}}","away":{{(away ? "true" : "false")}},"ordered":{{(ordered ? "true" : "false")}},"beganSeconds":{{began?.ToString() ?? "null"}},"tookSeconds":1,"slotsCompared":16384,"slotsUnfinished":0,"keysSent":{{sent}},"keysReceived":0,"bytesSent":{{100 * sent}},"bytesReceived":0,"problem":null,"trees":"00000000000000ab"}""";
}
