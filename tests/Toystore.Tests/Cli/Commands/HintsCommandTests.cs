using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Commands;

public sealed class HintsCommandTests
{
    private const string None = """{"kept":[],"unknown":[]}""";

    [Fact]
    public async Task It_shows_who_keeps_what_for_whom_and_who_did_not_say()
    {
        await using var node = await ScriptedNode.StartAsync(200, Kept(7200));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("hints", "--node", node.HostAndPort));
        Assert.All((string[])["n2", "n3", "1,500", "2.00 MiB", "2h 0m", "1500 hints wait for n3. n4 did not say."], text => Assert.Contains(text, terminal.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_nothing_kept_it_says_so_and_waiting_is_over_at_once()
    {
        await using var node = await ScriptedNode.StartAsync(200, None);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("hints", "--node", node.HostAndPort));
        Assert.Contains("Nobody keeps hints", terminal.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("hints", "wait", "--node", node.HostAndPort));
        Assert.Equal(2, node.Asked.Count);
    }

    [Fact]
    public async Task Waiting_ends_when_what_there_was_is_gone_whatever_came_after_it()
    {
        var asked = 0;
        await using var node = await ScriptedNode.StartAsync(context => ScriptedNode.WriteAsync(context, 200, Interlocked.Increment(ref asked) == 1 ? Kept(60, unknown: "") : Kept(0, unknown: "")));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("hints", "wait", "--node", node.HostAndPort));
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData(60, "")]
    [InlineData(0, "\"n4\"")]
    public async Task Waiting_gives_up_when_its_time_is_over(int oldest, string unknown)
    {
        await using var node = await ScriptedNode.StartAsync(200, Kept(oldest, unknown));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("hints", "wait", "--timeout", "1ms", "--node", node.HostAndPort));
        Assert.Contains("1500 hints wait for n3", terminal.Error, StringComparison.Ordinal);
    }

    private static string Kept(int oldest, string unknown = "\"n4\"") =>
        $$"""{"kept":[{"holder":"n2","target":"n3","count":1500,"bytes":2097152,"oldestSeconds":{{oldest}}}],"unknown":[{{unknown}}]}""";
}
