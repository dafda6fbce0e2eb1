using System.CommandLine;
using System.Globalization;
using Toystore.Core;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore get KEY</c>: the bytes of a value to standard output or a file.</summary>
internal static class GetCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var key = new KeyArgument();
        var output = new Option<FileInfo?>("--output", "-o") { Description = "Write the value here instead; with --all, FILE.1, FILE.2 and so on.", HelpName = "FILE" };
        var all = new Option<bool>("--all") { Description = "Show all concurrent values, the last write last, and the context that replaces them. Without it several values are exit code 6." };
        var r = RequestChoices.R();
        var sloppy = RequestChoices.Sloppy();
        var policy = RequestChoices.Policy("lww shows the last write only, whatever else there is. [default: as the cluster is set up]");
        var command = new Command("get", "Read a value.") { output, all, r, sloppy, policy };
        key.AddTo(command);
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var name = key.Get(parsed);
            var options = new ReadOptions { R = parsed.GetValue(r), Sloppy = parsed.GetValue(sloppy), Policy = RequestChoices.ReadPolicy(parsed.GetValue(policy)), Timeout = parsed.GetValue(shared.Timeout) };
            var outcome = await client.GetAsync(name, options, cancellationToken);
            if (outcome is not ReadOutcome.Found found)
            {
                var (sentence, exitCode) = OutcomeSentences.Of(outcome);
                await terminal.Error.WriteLineAsync(sentence);
                return exitCode;
            }

            if (parsed.GetValue(shared.Json))
            {
                await PrintJsonAsync(terminal, name, found);
                return found.Values.Count == 1 || parsed.GetValue(all) ? ExitCode.Done : ExitCode.Conflict;
            }

            if (found.Values.Count > 1 && !parsed.GetValue(all))
            {
                await terminal.Error.WriteLineAsync(
                    $"The key has {found.Values.Count} values that were written concurrently. See them with --all, then replace them: toystore put KEY VALUE --context {found.Context}");
                return ExitCode.Conflict;
            }

            await (parsed.GetValue(all) ? PrintAllAsync(terminal, found, parsed.GetValue(output), cancellationToken) : PrintOneAsync(terminal, found.Values[0], parsed.GetValue(output), cancellationToken));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task PrintOneAsync(Terminal terminal, Value value, FileInfo? file, CancellationToken cancellationToken)
    {
        await using var stream = file is null ? terminal.OpenOutput() : file.Create();
        await stream.WriteAsync(value.Bytes, cancellationToken);
    }

    private static async Task PrintAllAsync(Terminal terminal, ReadOutcome.Found found, FileInfo? file, CancellationToken cancellationToken)
    {
        for (var i = 0; i < found.Values.Count; i++)
        {
            var value = found.Values[i];
            var expires = value.ExpiresAt is { } at ? ", expires " + at.ToString("u", CultureInfo.InvariantCulture) : "";
            await terminal.Error.WriteLineAsync($"value {i + 1} of {found.Values.Count}: {value.Bytes.Length} bytes, {value.ContentType ?? "no content type"}{expires}");
            await PrintOneAsync(terminal, value, file is null ? null : new FileInfo(FormattableString.Invariant($"{file.FullName}.{i + 1}")), cancellationToken);
            if (file is null)
            {
                await terminal.Error.WriteLineAsync();
            }
        }

        await terminal.Error.WriteLineAsync($"context: {found.Context}");
    }

    private static Task PrintJsonAsync(Terminal terminal, Key key, ReadOutcome.Found found) => Json.PrintAsync(terminal, new
    {
        Key = KeyArgument.Show(key, encoded: false, out _),
        Context = found.Context.Text,
        Values = found.Values.Select(value => new { value.ContentType, value.ExpiresAt, Bytes = value.Bytes.ToArray() }),
    });
}
