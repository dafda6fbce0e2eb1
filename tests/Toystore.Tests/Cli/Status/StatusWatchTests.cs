using System.Text.Json;
using Toystore.Cli;
using Toystore.Cli.Status;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Status;

public sealed class StatusWatchTests
{
    private const string Quiet = "All is well.";

    [Fact]
    public async Task Elsewhere_than_on_a_terminal_it_prints_a_table_for_each_change_and_ends_well()
    {
        using var watched = new Watched();
        await using var node = await watched.NodeAsync(Samples.StatusJson, Busier(Samples.StatusJson), Busier(Samples.StatusJson), Suspect(Samples.StatusJson), Suspect(Samples.StatusJson));
        Assert.Equal(ExitCode.Done, await watched.RunAsync("--node", node.HostAndPort));
        Assert.Equal((2, 1), (Count(watched.Output, Quiet), Count(watched.Output, "slowed x3")));
        Assert.Equal("", watched.Error);
    }

    [Fact]
    public async Task As_json_each_change_is_a_line()
    {
        using var watched = new Watched();
        await using var node = await watched.NodeAsync(Samples.StatusJson, Busier(Samples.StatusJson), Suspect(Samples.StatusJson));
        Assert.Equal(ExitCode.Done, await watched.RunAsync("--json", "--node", node.HostAndPort));
        var states = watched.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("members")[0].TryGetProperty("membership", out var held) ? held.GetProperty("state").GetString() : null;
        });
        Assert.Equal([null, "suspect"], states);
    }

    [Fact]
    public async Task When_the_node_it_asks_goes_away_it_says_so_and_asks_one_that_was_told_of()
    {
        using var watched = new Watched();
        await using var other = await watched.NodeAsync(Samples.StatusJson.Replace("\"asked\":\"n1\"", "\"asked\":\"n2\"", StringComparison.Ordinal));
        await using var node = await ScriptedNode.StartAsync(Once(Samples.StatusJson.Replace("127.0.0.1:8101", other.HostAndPort, StringComparison.Ordinal)));
        Assert.Equal(ExitCode.Done, await watched.RunAsync("--node", node.HostAndPort));
        Assert.Equal($"{node.HostAndPort} does not answer; asking n2 at {other.HostAndPort} from now on.", watched.Error.Trim());
        Assert.Contains("as n1 sees it", watched.Output, StringComparison.Ordinal);
        Assert.Contains("as n2 sees it", watched.Output, StringComparison.Ordinal);
        Assert.Equal(2, node.Asked.Count);
    }

    [Fact]
    public async Task When_nobody_answers_it_says_so_once_and_goes_on_until_somebody_does()
    {
        using var watched = new Watched();
        await using var node = await watched.NodeAsync(null, null, null, Samples.StatusJson);
        Assert.Equal(ExitCode.Done, await watched.RunAsync("--json", "--node", node.HostAndPort));
        Assert.Equal(1, Count(watched.Error, "None of 1 nodes answers"));
        Assert.Equal((1, 1), (Count(watched.Output, "\"unreachable\":"), Count(watched.Output, Quiet)));
    }

    [Fact]
    public async Task On_a_terminal_it_draws_over_what_it_drew_and_gives_the_cursor_back()
    {
        using var watched = new Watched { IsLive = true };
        await using var node = await watched.NodeAsync(Samples.StatusJson, Suspect(Samples.StatusJson));
        Assert.Equal(ExitCode.Done, await watched.RunAsync("--node", node.HostAndPort));
        Assert.True(Count(watched.Output, Quiet) >= 2);
        Assert.Contains("\e[?25l", watched.Output, StringComparison.Ordinal);
        Assert.True(watched.Output.LastIndexOf("\e[?25h", StringComparison.Ordinal) > watched.Output.LastIndexOf("\e[?25l", StringComparison.Ordinal));
        Assert.Contains("Ctrl-C", watched.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interval_without_watching_is_a_usage_error() => Assert.Equal(ExitCode.Usage, await new TestTerminal().RunAsync("status", "--interval", "1s"));

    [Fact]
    public async Task A_table_shows_who_says_so_what_others_hold_and_what_the_way_has_cost()
    {
        await using var node = await ScriptedNode.StartAsync(200, Suspect(Samples.StatusJson));
        var terminal = new TestTerminal();
        await terminal.RunAsync("status", "--node", node.HostAndPort);
        Assert.Contains("│ n1   │ yes     │ suspect │ 1m 15s │ 7.3         │ n4   │ 2 of 4    │ suspect │ 2.5 ms  │ 7    │ slowed x3 │", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("n1 is alive for n2 and n3, dead for n5 (says n2).", terminal.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"reads\":3", "\"reads\":4", false)]
    [InlineData("\"forSeconds\":75", "\"forSeconds\":76", false)]
    [InlineData("\"latencySeconds\":0.0025", "\"latencySeconds\":0.3", false)]
    [InlineData("\"timedOut\":3", "\"timedOut\":4", false)]
    [InlineData("\"asked\":\"n1\"", "\"asked\":\"n2\"", true)]
    [InlineData("\"state\":\"suspect\",\"forSeconds\"", "\"state\":\"dead\",\"forSeconds\"", true)]
    [InlineData("\"by\":\"n4\"", "\"by\":\"n5\"", true)]
    [InlineData("\"incarnation\":\"7.2\"", "\"incarnation\":\"7.3\"", true)]
    [InlineData("\"alive\":2", "\"alive\":3", true)]
    [InlineData("\"state\":\"suspect\",\"latency", "\"state\":\"refusing\",\"latency", true)]
    [InlineData("\"reachable\":true", "\"reachable\":false", true)]
    public void What_counts_as_a_change_is_what_people_want_to_know_at_once(string before, string after, bool isChange)
    {
        var json = Suspect(Samples.StatusJson);
        Assert.Contains(before, json, StringComparison.Ordinal);
        Assert.Equal(isChange, Signature(json) != Signature(json.Replace(before, after, StringComparison.Ordinal)));

        static string Signature(string json) => StatusWatch.SignatureOf(JsonSerializer.Deserialize<ClusterStatus>(json, JsonSerializerOptions.Web)!);
    }

    private static string Busier(string json) => json.Replace("\"reads\":3", "\"reads\":99", StringComparison.Ordinal).Replace("\"uptimeSeconds\":100", "\"uptimeSeconds\":101", StringComparison.Ordinal);

    private static string Suspect(string json) => json
        .Replace("\"node\":{", """
            "membership":{"state":"suspect","forSeconds":75,"by":"n4","incarnation":"7.2","views":{"alive":2,"suspect":1,"dead":1,"left":0,"unknown":0,
              "differing":[{"id":"n2","state":"alive","by":null},{"id":"n3","state":"alive","by":null},{"id":"n5","state":"dead","by":"n2"}]}},
            "link":{"state":"suspect","latencySeconds":0.0025,"asked":20,"answered":13,"timedOut":3,"broken":4,"unreachable":0,"withheld":0,"problem":null},
            "node":{
            """, StringComparison.Ordinal)
        .Replace("\"durability\":\"fsync\"", "\"durability\":\"fsync\",\"membership\":{\"incarnation\":\"7.3\",\"healthMultiplier\":3,\"doubts\":[]}", StringComparison.Ordinal);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static Func<Microsoft.AspNetCore.Http.HttpContext, Task> Once(string json)
    {
        var asked = 0;
        return context => asked++ == 0 ? ScriptedNode.WriteAsync(context, 200, json) : ScriptedNode.WriteAsync(context, 503, "");
    }

    /// <summary>A watch that is ended when all that was scripted has been shown.</summary>
    private sealed class Watched : IDisposable
    {
        private readonly CancellationTokenSource _ctrlC = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        private readonly TestTerminal _terminal = new();

        public bool IsLive { get; init; }

        public string Output => _terminal.Output;

        public string Error => _terminal.Error;

        /// <summary>Answers so, one after another; nothing is 503. The one after the last ends the watch.</summary>
        public Task<ScriptedNode> NodeAsync(params string?[] answers)
        {
            var asked = 0;
            return ScriptedNode.StartAsync(async context =>
            {
                if (asked == answers.Length)
                {
                    await _ctrlC.CancelAsync();
                    return;
                }

                var answer = answers[asked++];
                await ScriptedNode.WriteAsync(context, answer is null ? 503 : 200, answer ?? "");
            });
        }

        public Task<int> RunAsync(params string[] words)
        {
            _terminal.IsLive = IsLive;
            return _terminal.RunAsync(_ctrlC.Token, ["status", "--watch", "--interval", "1ms", .. words]);
        }

        public void Dispose()
        {
            _ctrlC.Dispose();
            _terminal.Dispose();
        }
    }
}
