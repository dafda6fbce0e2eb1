using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Toystore.Cli.Commands;
using Toystore.Cli.Serve;
using Toystore.Client;

namespace Toystore.Cli;

/// <summary>The verbs of <c>toystore</c> and what all of them share: options, Ctrl-C, exit codes.</summary>
internal static class ToystoreCommandLine
{
    /// <summary>Longer than any verb needs to end cleanly: <c>dev</c> gives its nodes 10 s.</summary>
    private static readonly TimeSpan TerminationTimeMax = TimeSpan.FromSeconds(30);

    /// <summary>Runs one command line; the result is an <see cref="ExitCode"/>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, StartNode? startNode = null, CancellationToken cancellationToken = default)
    {
        var parsed = Build(terminal, startNode).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync(error.Message);
            }

            await terminal.Error.WriteLineAsync($"Try '{CommandPath(parsed)} --help'.");
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = terminal.Output, Error = terminal.Error, ProcessTerminationTimeout = TerminationTimeMax },
            cancellationToken);
    }

    /// <summary>The whole tree of verbs.</summary>
    public static RootCommand Build(Terminal terminal, StartNode? startNode)
    {
        var shared = new SharedOptions(terminal.Environment);
        var root = new RootCommand("Toystore: an always-writable key-value store. Serves, starts local clusters, and talks to running ones.\n\n" + ExitCode.Summary);
        shared.AddTo(root);
        foreach (var verb in (Command[])[
            GetCommand.Create(shared, terminal), PutCommand.Create(shared, terminal), DeleteCommand.Create(shared, terminal), ListCommand.Create(shared, terminal),
            StatusCommand.Create(shared, terminal), RingCommand.Create(shared, terminal), HintsCommand.Create(shared, terminal), RepairCommand.Create(shared, terminal), DrainCommand.Create(shared, terminal), KeysCommand.Create(shared, terminal), TopologyCommand.Create(shared, terminal),
            ImportCommand.Create(shared, terminal), ExportCommand.Create(shared, terminal), BenchCommand.Create(shared, terminal),
            ServeCommand.Create(terminal, startNode), DevCommand.Create(shared, terminal), CompletionCommand.Create(terminal)])
        {
            root.Add(verb);
        }

        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Description = "Show this, or help for a verb.";
        }

        return root;
    }

    /// <summary>Gives a command its action: what it throws becomes a sentence and an exit code.</summary>
    public static void Does(this Command command, Terminal terminal, Func<ParseResult, CancellationToken, Task<int>> action) => command.SetAction(async (parsed, cancellationToken) =>
    {
        try
        {
            return await action(parsed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (UsageException e)
        {
            await terminal.Error.WriteLineAsync(e.Message);
            return ExitCode.Usage;
        }
        catch (ClusterUnreachableException e)
        {
            await terminal.Error.WriteLineAsync(e.Message);
            return ExitCode.Unavailable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await terminal.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    });

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = command.Parent)
        {
            names.Push(command.Command is RootCommand ? "toystore" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
