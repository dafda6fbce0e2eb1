using Toystore.Cli;

namespace Toystore.Tests.Cli;

public sealed class ParsingTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("2s", 2000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("3", 3000)]
    public void A_duration_has_a_unit_or_is_in_seconds(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("0")]
    [InlineData("0.1ms")]
    [InlineData("1y")]
    [InlineData("99999999999d")]
    [InlineData("NaN")]
    public void What_is_no_duration_is_refused(string? text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("127.0.0.1:8101", "127.0.0.1", 8101, "http://127.0.0.1:8101/")]
    [InlineData("[::1]:80", "::1", 80, "http://[::1]/")]
    [InlineData("http://store.example:8101/", "store.example", 8101, "http://store.example:8101/")]
    public void An_address_is_a_host_and_a_port(string text, string host, int port, string uri)
    {
        Assert.True(NodeAddress.TryParse(text, out var address));
        Assert.Equal((host, port, uri), (address.Host, address.Port, address.ToUri().ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    [InlineData(":80")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("a b:80")]
    public void What_is_no_address_is_refused(string text) => Assert.False(NodeAddress.TryParse(text, out _));

    [Theory]
    [InlineData("Required argument 'KEY'", "get")]
    [InlineData("toystore dev start --help", "dev", "start")]
    [InlineData("toystore get --help", "get")]
    [InlineData("counts from 1", "get", "k", "--r", "0")]
    [InlineData("is no address", "get", "k", "--node", "nowhere")]
    [InlineData("is no length of time", "get", "k", "--timeout", "soon")]
    [InlineData("--reads is 0 to 100", "bench", "--reads", "101")]
    [InlineData("--rate is above 0", "bench", "--rate", "0")]
    [InlineData("'mongo' not recognized", "put", "k", "v", "--policy", "mongo")]
    [InlineData("bogus", "bogus")]
    [InlineData("not both", "put", "k", "v", "--file", "f")]
    [InlineData("1 to 4096 bytes", "get", "")]
    [InlineData("no percent-encoded key", "get", "%4", "--encoded")]
    [InlineData("There is no directory", "import", "/no/such/directory")]
    public async Task A_usage_error_is_a_sentence_and_exit_code_2(string expected, params string[] args)
    {
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Usage, await terminal.RunAsync(args));
        Assert.Contains(expected, terminal.Error, StringComparison.Ordinal);
        Assert.Empty(terminal.Output);
    }

    [Fact]
    public async Task Help_is_no_error_and_lists_the_exit_codes()
    {
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("--help"));
        Assert.Contains("5 outcome unknown", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_address_in_the_environment_is_named_with_its_variable()
    {
        var terminal = new TestTerminal { Environment = { ["TOYSTORE_NODES"] = "127.0.0.1:1,oops" } };
        Assert.Equal(ExitCode.Usage, await terminal.RunAsync("get", "k"));
        Assert.Contains("TOYSTORE_NODES names 'oops'", terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -o default")]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c toystore")]
    public async Task Completion_prints_a_script_that_asks_for_suggestions(string shell, string expected)
    {
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("completion", shell));
        Assert.Contains(expected, terminal.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suggestions_complete_verbs_and_options()
    {
        var terminal = new TestTerminal();
        await terminal.RunAsync("[suggest:12]", "toystore sta");
        Assert.Equal("status", terminal.Output.Trim());
    }
}
