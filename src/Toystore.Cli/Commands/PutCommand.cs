using System.CommandLine;
using System.Text;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore put KEY [VALUE]</c>: writes the argument, a file, or what is piped in.</summary>
internal static class PutCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var key = new KeyArgument();
        var text = new Argument<string?>("VALUE") { Description = "The value as text. Without it and without --file, standard input.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<FileInfo?>("--file", "-f") { Description = "Take the value from this file.", HelpName = "FILE" };
        var contentType = new Option<string?>("--content-type") { Description = "The media type to keep with the value.", HelpName = "TYPE" };
        var ttl = Durations.Option("--ttl", "The value is gone after this time. [default: never]");
        var w = RequestChoices.W();
        var sloppy = RequestChoices.Sloppy();
        var context = new Option<string?>("--context") { Description = "Replace what the answer with this context showed. Without it the value stands beside whatever is there.", HelpName = "TOKEN" };
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Write only if the key has no value." };
        var durability = RequestChoices.Durability();
        var policy = RequestChoices.Policy("lww: be the last write, and replace everything. [default: as the cluster is set up]");
        var command = new Command("put", "Write a value.");
        key.AddTo(command);
        command.Add(text);
        foreach (var option in (Option[])[file, contentType, ttl, w, sloppy, context, ifAbsent, durability, policy])
        {
            command.Add(option);
        }

        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var given = parsed.GetResult(text) is { Tokens.Count: > 0 } result ? result.Tokens[0].Value : null;
            if (given is not null && parsed.GetValue(file) is not null)
            {
                throw new UsageException("Give the value as VALUE or as --file, not both.");
            }

            var name = key.Get(parsed);
            var bytes = given is not null ? Encoding.UTF8.GetBytes(given) : await ReadAsync(terminal, parsed.GetValue(file), cancellationToken);
            using var client = shared.Connect(parsed);
            var value = new Value(bytes, parsed.GetValue(contentType), parsed.GetValue(ttl) is { } span ? TimeProvider.System.GetUtcNow() + span : null);
            var options = new WriteOptions
            {
                Context = parsed.GetValue(context) is { } token ? new ContextToken(token) : null,
                W = parsed.GetValue(w),
                Sloppy = parsed.GetValue(sloppy),
                Precondition = parsed.GetValue(ifAbsent) ? new Precondition.Absent() : null,
                Durability = RequestChoices.ReadDurability(parsed.GetValue(durability)),
                Policy = RequestChoices.ReadPolicy(parsed.GetValue(policy)),
                Timeout = parsed.GetValue(shared.Timeout),
            };
            return await WriteReport.PrintAsync(terminal, await client.PutAsync(name, value, options, cancellationToken), parsed.GetValue(shared.Json));
        });
        return command;
    }

    private static async Task<byte[]> ReadAsync(Terminal terminal, FileInfo? file, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            return await File.ReadAllBytesAsync(file.FullName, cancellationToken);
        }

        await using var input = terminal.OpenInput();
        using var collected = new MemoryStream();
        await input.CopyToAsync(collected, cancellationToken).WaitAsync(cancellationToken); // a terminal's read cannot be cancelled, only left alone
        return collected.ToArray();
    }
}
