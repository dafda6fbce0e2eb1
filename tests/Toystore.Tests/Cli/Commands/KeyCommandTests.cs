using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Commands;

public sealed class KeyCommandTests
{
    private static readonly (string, string) Context = ("Toystore-Context", "tok");

    [Fact]
    public async Task Get_prints_the_bytes_and_nothing_else()
    {
        await using var node = await ScriptedNode.StartAsync(200, "line", Context);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("get", "@k", "--node", node.HostAndPort));
        Assert.Equal(("line", ""), (terminal.Output, terminal.Error));
        Assert.Equal("/v1/keys/%40k", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task The_environment_says_where_the_nodes_are()
    {
        await using var node = await ScriptedNode.StartAsync(200, "v", Context);
        var terminal = new TestTerminal { Environment = { ["TOYSTORE_NODES"] = node.HostAndPort } };
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("get", "k"));
    }

    [Fact]
    public async Task An_encoded_key_can_be_any_bytes()
    {
        await using var node = await ScriptedNode.StartAsync(200, "v", Context);
        await new TestTerminal().RunAsync("get", "%00%FF", "--encoded", "--node", node.HostAndPort);
        Assert.Equal("/v1/keys/?key=%00%FF", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task Several_values_are_a_conflict_unless_all_are_asked_for()
    {
        await using var node = await ScriptedNode.StartAsync(300, """{"context":"tok","values":[{"bytes":"YQ=="},{"bytes":"Yg=="}]}""", Context, ("Content-Type", "application/json"));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Conflict, await terminal.RunAsync("get", "k", "--node", node.HostAndPort));
        Assert.Contains("--context tok", terminal.Error, StringComparison.Ordinal);
        Assert.Empty(terminal.Output);
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("get", "k", "--all", "--node", node.HostAndPort));
        Assert.Equal("ab", terminal.Output);
    }

    [Fact]
    public async Task Json_has_the_context_and_the_bytes()
    {
        await using var node = await ScriptedNode.StartAsync(200, "hello", Context, ("Content-Type", "text/plain"));
        var terminal = new TestTerminal();
        await terminal.RunAsync("get", "k", "--json", "--node", node.HostAndPort);
        using var json = System.Text.Json.JsonDocument.Parse(terminal.Output);
        Assert.Equal("tok", json.RootElement.GetProperty("context").GetString());
        Assert.Equal("hello"u8, json.RootElement.GetProperty("values")[0].GetProperty("bytes").GetBytesFromBase64());
    }

    [Theory]
    [InlineData(404, "not-found", ExitCode.NotFound)]
    [InlineData(503, "unavailable", ExitCode.Unavailable)]
    [InlineData(429, "overloaded", ExitCode.Unavailable)]
    [InlineData(400, "invalid", ExitCode.Usage)]
    public async Task A_read_that_fails_has_its_exit_code(int status, string name, int exitCode)
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(status, name);
        var terminal = new TestTerminal();
        Assert.Equal(exitCode, await terminal.RunAsync("get", "k", "--node", node.HostAndPort));
        Assert.NotEmpty(terminal.Error);
    }

    [Theory]
    [InlineData(409, "too-many-siblings", ExitCode.Conflict)]
    [InlineData(412, "precondition-failed", ExitCode.Conflict)]
    [InlineData(413, "too-large", ExitCode.Failed)]
    [InlineData(429, "overloaded", ExitCode.Unavailable)]
    [InlineData(503, "unavailable", ExitCode.Unavailable)]
    [InlineData(503, "disk-full", ExitCode.Failed)]
    [InlineData(504, "unknown", ExitCode.Unknown)]
    [InlineData(400, "invalid", ExitCode.Usage)]
    public async Task A_write_that_fails_has_its_exit_code(int status, string name, int exitCode)
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(status, name);
        var terminal = new TestTerminal();
        Assert.Equal(exitCode, await terminal.RunAsync("put", "k", "v", "--node", node.HostAndPort));
        Assert.NotEmpty(terminal.Error);
    }

    [Fact]
    public async Task Put_takes_the_value_from_where_it_is()
    {
        await using var node = await ScriptedNode.StartAsync(204, "", Context, ("Toystore-Copies", "2"), ("Toystore-Durability", "os"));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "filed", TestContext.Current.CancellationToken);
        var terminal = new TestTerminal { Input = "piped"u8.ToArray() };
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("put", "k", "typed", "--node", node.HostAndPort));
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("put", "k", "--node", node.HostAndPort));
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("put", "k", "--file", file, "--node", node.HostAndPort));
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("put", "k", "", "--node", node.HostAndPort));
        Assert.Equal(["typed", "piped", "filed", ""], node.Asked.Select(request => System.Text.Encoding.UTF8.GetString(request.Body)));
        Assert.StartsWith("done: copies=2 durability=os context=tok", terminal.Output, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public async Task Put_hands_its_options_on()
    {
        await using var node = await ScriptedNode.StartAsync(204, "", Context);
        await new TestTerminal().RunAsync("put", "k", "v", "--w", "3", "--context", "old", "--if-absent", "--durability", "os", "--content-type", "a/b", "--policy", "lww", "--timeout", "1s", "--ttl", "1h", "--node", node.HostAndPort);
        var headers = Assert.Single(node.Asked).Headers;
        Assert.Equal(
            ["3", "old", "*", "os", "a/b", "lww", "1000"],
            ((string[])["Toystore-W", "Toystore-Context", "If-None-Match", "Toystore-Durability", "Content-Type", "Toystore-Policy", "Toystore-Timeout"]).Select(name => headers[name]));
        Assert.True(headers.ContainsKey("Toystore-Expires-At"));
    }

    [Fact]
    public async Task List_goes_on_to_the_last_page_and_shows_odd_keys_encoded()
    {
        var pages = new Queue<string>(["""{"keys":["a"],"next":"a"}""", """{"keys":[{"base64":"AP8="}],"next":null}"""]);
        await using var node = await ScriptedNode.StartAsync(context => ScriptedNode.WriteAsync(context, 200, pages.Dequeue()));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("list", "--node", node.HostAndPort));
        Assert.Equal(["a", "%00%FF"], terminal.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("--encoded", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_stops_at_its_limit()
    {
        await using var node = await ScriptedNode.StartAsync(200, """{"keys":["a","b"],"next":"b"}""");
        await new TestTerminal().RunAsync("list", "--limit", "2", "--node", node.HostAndPort);
        Assert.Equal("/v1/keys?limit=2", Assert.Single(node.Asked).Target);
    }

    [Fact]
    public async Task Status_shows_each_member()
    {
        await using var node = await ScriptedNode.StartAsync(200, Samples.StatusJson);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("status", "--node", node.HostAndPort));
        Assert.Contains("All is well.", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("16,384", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_of_a_cluster_with_a_problem_is_exit_code_1()
    {
        await using var node = await ScriptedNode.StartAsync(200, Samples.StatusJson.Replace("\"healthy\":true", "\"healthy\":false", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Failed, await new TestTerminal().RunAsync("status", "--json", "--node", node.HostAndPort));
    }

    [Fact]
    public async Task Ring_shows_shares_and_one_keys_place()
    {
        await using var node = await ScriptedNode.StartAsync(context => ScriptedNode.WriteAsync(
            context, 200, context.Request.Path.Value switch
            {
                "/v1/cluster/ring" => Samples.RingJson,
                "/v1/cluster/status" => Samples.StatusJson,
                _ => """{"slot":7,"owners":["n1"],"standIns":[]}""",
            }));
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("ring", "--ranges", "--node", node.HostAndPort));
        Assert.Contains("100.0 %", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("0-16383", terminal.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("ring", "k", "--node", node.HostAndPort));
        Assert.Contains("slot 7, owners n1, stand-ins none", terminal.Output, StringComparison.Ordinal);
    }
}
