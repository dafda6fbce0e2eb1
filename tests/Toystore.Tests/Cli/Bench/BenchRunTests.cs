using System.Text.Json;
using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Bench;

public sealed class BenchRunTests
{
    [Theory]
    [InlineData("--connections", "2")]
    [InlineData("--rate", "200", "--distribution", "zipf")]
    public async Task A_short_run_counts_what_the_server_answered(params string[] more)
    {
        await using var node = await ScriptedNode.StartAsync(context => context.Request.Path == "/v1/cluster/status"
            ? ScriptedNode.WriteAsync(context, 200, Samples.StatusJson)
            : ScriptedNode.WriteAsync(context, context.Request.Method == "PUT" ? 204 : 200, "v", ("Toystore-Context", "c")));
        var terminal = new TestTerminal();
        string[] args = ["bench", "--node", node.HostAndPort, "--keys", "10", "--duration", "200ms", "--warmup", "1ms", "--json", .. more];
        Assert.Equal(ExitCode.Done, await terminal.RunAsync(args));
        using var report = JsonDocument.Parse(terminal.Output);
        var operations = report.RootElement.GetProperty("operations").GetInt64();
        Assert.InRange(operations, 1, node.Asked.Count);
        Assert.Equal(0, report.RootElement.GetProperty("failed").GetInt64());
        Assert.Equal(10, node.Asked.Where(request => request.Method == "PUT").Take(10).Select(request => request.Target).Distinct().Count());
        Assert.Equal("n1", report.RootElement.GetProperty("costs")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Failures_are_counted_by_kind_and_are_exit_code_1()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(429, "overloaded");
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("bench", "--node", node.HostAndPort, "--no-preload", "--duration", "50ms", "--warmup", "1ms", "--json", "--connections", "1"));
        using var report = JsonDocument.Parse(terminal.Output);
        Assert.True(report.RootElement.GetProperty("errors").GetProperty("429").GetInt64() > 0);
    }

    [Fact]
    public async Task Keys_that_cannot_be_written_end_the_run_before_it_measures()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(413, "too-large");
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("bench", "--node", node.HostAndPort, "--connections", "1"));
        Assert.Contains("413", terminal.Error, StringComparison.Ordinal);
    }
}
