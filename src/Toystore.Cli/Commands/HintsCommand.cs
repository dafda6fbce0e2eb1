using System.CommandLine;
using Spectre.Console;
using Toystore.Client;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore hints</c>: what members keep for owners that missed it, and <c>toystore hints wait</c> until they have it.</summary>
internal static class HintsCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("hints", "Show what members keep for owners that could not be reached, and pass on when these are back.") { Wait(shared, terminal) };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var report = await client.HintsAsync(cancellationToken);
            if (parsed.GetValue(shared.Json))
            {
                await Json.PrintAsync(terminal, report);
                return ExitCode.Done;
            }

            if (report.Kept.Count > 0)
            {
                terminal.Tables.Write(TableOf(report));
            }

            await terminal.Output.WriteLineAsync(Sentence(report));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Wait(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("wait", "Wait until all that is kept now has been passed on. With --timeout for so long at most; exit code 4 if it has not been then.");
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            // What limits a request elsewhere limits the waiting here.
            using var client = new ToystoreHttpClient(new ToystoreHttpOptions { Nodes = [.. shared.Nodes(parsed).Select(node => node.ToUri())] });
            var time = TimeProvider.System;
            var begun = time.GetTimestamp();
            var report = await client.HintsAsync(cancellationToken);
            while (true)
            {
                var passed = time.GetElapsedTime(begun);
                if (!report.Kept.Any(kept => kept.OldestSeconds >= passed.TotalSeconds) && report.Unknown.Count == 0)
                {
                    await (parsed.GetValue(shared.Json) ? Json.PrintAsync(terminal, new { Outcome = "done", Seconds = passed.TotalSeconds }) : terminal.Output.WriteLineAsync("All hints that there were have been passed on."));
                    return ExitCode.Done;
                }

                if (passed >= parsed.GetValue(shared.Timeout))
                {
                    await terminal.Error.WriteLineAsync($"Not all hints have been passed on in time. {Sentence(report)}");
                    return ExitCode.Unavailable;
                }

                await Task.Delay(Pause, time, cancellationToken);
                report = await client.HintsAsync(cancellationToken);
            }
        });
        return command;
    }

    private static Table TableOf(HintsReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("kept by", "for", "hints", "bytes", "oldest");
        foreach (var kept in report.Kept)
        {
            table.AddRow(kept.Holder, kept.Target, Sizes.Count(kept.Count), Sizes.Bytes(kept.Bytes), Sizes.Time(kept.OldestSeconds));
        }

        return table;
    }

    private static string Sentence(HintsReport report)
    {
        var unknown = report.Unknown.Count == 0 ? "" : $" {string.Join(", ", report.Unknown)} did not say.";
        return report.Kept.Count == 0
            ? $"Nobody keeps hints: every owner has all that it was to be given, as far as is known.{unknown}"
            : FormattableString.Invariant($"{report.Kept.Sum(kept => kept.Count)} hints wait for {string.Join(", ", report.Kept.Select(kept => kept.Target).Distinct().Order(StringComparer.Ordinal))}.{unknown}");
    }
}
