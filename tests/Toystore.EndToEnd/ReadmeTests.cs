using System.Runtime.CompilerServices;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary>What the README shows is what happens.</summary>
public sealed class ReadmeTests : RealProcessTests
{
    private const char Mark = '\x01';

    private static string Repository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    [Fact]
    public async Task The_readmes_commands_print_what_it_says()
    {
        var readme = Path.Combine(Repository(), "README.md");
        Assert.SkipUnless(File.Exists(readme), "There is no README.md.");
        var commands = ReadmeCommand.Read(await File.ReadAllLinesAsync(readme, Cancel));
        Assert.True(commands.Count > 0, "README.md has no ```console block with a command that is tested.");
        var taken = (from door in (int[])[7100, 8100, 9100] from node in Enumerable.Range(1, 5) select door + node).Where(port => !FreePorts.IsFree(port)).ToList();
        Assert.True(taken.Count == 0, $"The README's commands need a cluster at its standard ports, and something has these already: {string.Join(", ", taken)}.");

        var run = Keep(RunningProcess.Start(Path.Combine(Repository(), "run"), ["--data", Path.Combine(Root, "data")], directory: Repository()));
        await Patience.UntilAsync("./run has started its nodes", () => run.Text.Contains("Ctrl-C stops", StringComparison.Ordinal) || !run.IsRunning, Cancel);
        Assert.True(run.IsRunning, "./run has ended.");

        var printed = await ShellAsync(commands, Path.Combine(Root, "data"));
        for (var i = 0; i < commands.Count; i++)
        {
            // ./run itself is what this test has started.
            var shown = commands[i].Command.Split(' ')[0] == "./run" ? run.Text : i < printed.Count ? printed[i] : "(the shell ended before it)";
            Assert.True(commands[i].Fits(shown), $"README.md:{commands[i].Line}: $ {commands[i].Command}\nprints:\n{shown}\nwhere the README says:\n{commands[i].Expected}");
        }

        run.Interrupt();
        (await run.EndAsync(Cancel)).Expect(0);
    }

    [Fact]
    public void Commands_and_their_outputs_are_found()
    {
        var commands = ReadmeCommand.Read(
        [
            "# Title", "```console", "$ one", "a ... c", "", "d", "$ two \\", "  more", "```", "```sh", "$ no", "```", "<!-- not tested: it takes a day -->", "```console", "$ neither", "```", "", "```console", "$ three", "```",
        ]);

        Assert.Equal([(3, "one", "a ... c\n\nd"), (7, "two \\\n  more", ""), (19, "three", "")], commands.Select(command => (command.Line, command.Command, command.Expected)));
        Assert.True(commands[0].Fits("\x1b[31ma b\nb c\x1b[0m\n\nd  \n"));
        Assert.False(commands[0].Fits("a b\nb c\n\nd e\n"));
        Assert.True(commands[2].Fits("\n"));
        Assert.False(commands[2].Fits("something\n"));
    }

    /// <summary>Runs them in one shell, in the repository, and gives what each has printed, errors included. A local cluster they name without saying which is the one in <paramref name="data"/>.</summary>
    private async Task<IReadOnlyList<string>> ShellAsync(List<ReadmeCommand> commands, string data)
    {
        var script = Path.Combine(Root, "commands.sh");
        var lines = commands.Select(command => command.Command.Split(' ')[0] == "./run" ? $"printf '\\{(int)Mark:000}'" : $"{WithData(command.Command, data)}\nprintf '\\{(int)Mark:000}'");
        await File.WriteAllTextAsync(script, "exec 2>&1 </dev/null\n" + string.Join('\n', lines) + "\n", Cancel);
        var shell = Keep(RunningProcess.Start("/bin/bash", [script], directory: Repository()));
        return (await shell.EndAsync(Cancel)).Output.Split(Mark);
    }

    private static string WithData(string command, string data)
    {
        var verb = command.IndexOf(" dev ", StringComparison.Ordinal);
        return verb >= 0 && !command.Contains("--data", StringComparison.Ordinal) ? command.Insert(verb + " dev".Length, $" --data '{data}'") : command;
    }
}
