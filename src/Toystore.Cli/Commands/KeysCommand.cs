using System.CommandLine;
using System.Text;
using Spectre.Console;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore keys</c>: the keys that seal what the members tell each other. A secret comes from a file or standard input, never as an argument, where other users of the machine would see it.</summary>
internal static class KeysCommand
{
    private const int SecretCharsMax = 1024;

    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("keys", "Change the keys that seal the gossip, without a stop: add a new one, use it, remove the old one. On a node's own machine only.")
        {
            List(shared, terminal), Add(shared, terminal), Named("use", "Seal with this key from now on, on every member. All must have it.", shared, terminal),
            Named("remove", "Forget this key on every member. None may use it.", shared, terminal),
        };
        return command;
    }

    private static Command List(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("list", "Show which keys every member has, by their fingerprints. Exit code 1 if they differ, or one does not answer.");
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            return await PrintAsync(await client.KeysAsync(cancellationToken), parsed.GetValue(shared.Json), terminal);
        });
        return command;
    }

    private static Command Add(SharedOptions shared, Terminal terminal)
    {
        var file = new Argument<FileInfo?>("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "A file with the key, Base64 of 16, 24 or 32 bytes, as `openssl rand -base64 32` makes it. [default: standard input]" };
        var without = Without();
        var command = new Command("add", "Give every member one more key, which opens and does not seal yet.") { file, without };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var secret = await ReadAsync(parsed.GetValue(file), terminal, cancellationToken);
            using var client = shared.Connect(parsed);
            return await PrintAsync(await client.ChangeKeysAsync(new KeyChange("add", secret, parsed.GetValue(without)), cancellationToken), parsed.GetValue(shared.Json), terminal);
        });
        return command;
    }

    private static Command Named(string step, string description, SharedOptions shared, Terminal terminal)
    {
        var key = new Argument<string>("FINGERPRINT") { Description = "Which key: the eight digits that `toystore keys list` shows." };
        var without = Without();
        var command = new Command(step, description) { key, without };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            return await PrintAsync(await client.ChangeKeysAsync(new KeyChange(step, parsed.GetValue(key)!, parsed.GetValue(without)), cancellationToken), parsed.GetValue(shared.Json), terminal);
        });
        return command;
    }

    private static Option<string[]> Without() => new("--without")
    {
        Description = "Go on without this member, which is away; repeatable. It gets the keys when it is back, as long as one of its own is still in use.",
        HelpName = "ID",
    };

    private static async Task<string> ReadAsync(FileInfo? file, Terminal terminal, CancellationToken cancellationToken)
    {
        await using var stream = file?.OpenRead() ?? terminal.OpenInput();
        var bytes = new byte[SecretCharsMax];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, length).Trim();
    }

    private static async Task<int> PrintAsync(KeysReport report, bool isJson, Terminal terminal)
    {
        if (isJson)
        {
            await Json.PrintAsync(terminal, report);
        }
        else
        {
            Print(terminal.Tables, report);
            await terminal.Output.WriteLineAsync(report.Summary);
        }

        return report.Done ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Print(IAnsiConsole console, KeysReport report)
    {
        if (report.Members.Count == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "seals with", "opens as well", "open packets", "problem");
        foreach (var member in report.Members)
        {
            var keys = member.Keys ?? [];
            table.AddRow(
                new Text(member.Id),
                new Text(member.Keys is null ? "?" : member.Seals ? keys[0] : "nothing"),
                new Text(string.Join(", ", member.Seals ? keys.Skip(1) : keys)),
                new Text(member.Keys is null ? "?" : member.TakesOpen ? "taken" : "refused"),
                new Text(member.Problem ?? ""));
        }

        console.Write(table);
    }
}
