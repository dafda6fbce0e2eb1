using System.Text;
using System.Text.Json;
using Toystore.Cli;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Commands;

public sealed class KeysCommandTests
{
    private const string Secret = "AAECAwQFBgcICQoLDA0ODw==";
    private const string Report =
        """{"done":true,"summary":"Every member seals with 5f0c0b1e.","members":[{"id":"n1","keys":["5f0c0b1e","aabbccdd"],"seals":true,"takesOpen":false,"problem":null},{"id":"n2","keys":null,"seals":false,"takesOpen":false,"problem":"It is away."}]}""";

    [Fact]
    public async Task The_list_shows_fingerprints_problems_and_the_sentence()
    {
        await using var node = await ScriptedNode.StartAsync(200, Report);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("keys", "list", "--node", node.HostAndPort));
        Assert.Equal("/v1/cluster/keys", Assert.Single(node.Asked).Target);
        Assert.All((string[])["5f0c0b1e", "aabbccdd", "It is away.", "Every member seals with 5f0c0b1e."], text => Assert.Contains(text, terminal.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_is_read_from_a_file_or_standard_input_and_never_shown(bool isFile)
    {
        await using var node = await ScriptedNode.StartAsync(200, Report);
        var terminal = new TestTerminal { Input = Encoding.UTF8.GetBytes(Secret + "\n") };
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Secret + "\n", TestContext.Current.CancellationToken);
            string[] words = isFile ? ["keys", "add", file] : ["keys", "add"];
            Assert.Equal(ExitCode.Done, await terminal.RunAsync([.. words, "--without", "n3", "--node", node.HostAndPort]));
        }
        finally
        {
            File.Delete(file);
        }

        var body = JsonDocument.Parse(Assert.Single(node.Asked).Body).RootElement;
        Assert.Equal(("add", Secret, "n3"), (body.GetProperty("step").GetString(), body.GetProperty("key").GetString(), body.GetProperty("without")[0].GetString()));
        Assert.DoesNotContain(Secret, terminal.Output + terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use")]
    [InlineData("remove")]
    public async Task A_step_that_was_not_taken_everywhere_is_a_failure(string step)
    {
        await using var node = await ScriptedNode.StartAsync(200, Report.Replace("true,\"summary", "false,\"summary", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Failed, await new TestTerminal().RunAsync("keys", step, "5f0c0b1e", "--node", node.HostAndPort));
        var asked = Assert.Single(node.Asked);
        Assert.Equal(("POST", step), (asked.Method, JsonDocument.Parse(asked.Body).RootElement.GetProperty("step").GetString()));
    }

    [Fact]
    public async Task A_node_that_is_asked_from_elsewhere_says_where_to_go()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(403, "not-from-here");
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Unavailable, await terminal.RunAsync("keys", "list", "--node", node.HostAndPort));
        Assert.NotEmpty(terminal.Error);
    }
}
