using System.CommandLine;
using Toystore.Cli.Status;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore status</c>: the cluster as one node sees it, once or for as long as somebody watches.</summary>
internal static class StatusCommand
{
    /// <summary>A second is what a node gives the others to answer it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var watch = new Option<bool>("--watch") { Description = "Go on showing it until Ctrl-C. Where the output is no terminal, print it whenever something has changed; with --json a line each time." };
        var interval = Durations.Option("--interval", "How often to look; only with --watch. [default: 1s]");
        var command = new Command("status", "Show the members and how they are. Exit code 1 if one has a problem; 0 when --watch is ended by Ctrl-C.") { watch, interval };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(shared.Json);
            if (parsed.GetValue(watch))
            {
                var options = shared.ClientOptions(parsed);
                using var source = new StatusSource(parsed.GetValue(shared.Timeout) is null ? options with { Timeout = Patience } : options);
                await new StatusWatch(terminal, source, parsed.GetValue(interval) ?? TimeSpan.FromSeconds(1)).RunAsync(json, cancellationToken);
                return ExitCode.Done;
            }

            if (parsed.GetValue(interval) is not null)
            {
                throw new UsageException("--interval goes with --watch.");
            }

            using var client = shared.Connect(parsed);
            var status = await client.StatusAsync(cancellationToken);
            if (json)
            {
                await Json.PrintAsync(terminal, status);
            }
            else
            {
                terminal.Tables.Write(StatusTables.Of(status));
            }

            return status.Healthy ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }
}
