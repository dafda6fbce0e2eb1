using System.CommandLine;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore delete KEY</c>.</summary>
internal static class DeleteCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var key = new KeyArgument();
        var w = RequestChoices.W();
        var sloppy = RequestChoices.Sloppy();
        var context = new Option<string?>("--context") { Description = "Delete only what the answer with this context showed. Without it, what is there now.", HelpName = "TOKEN" };
        var durability = RequestChoices.Durability();
        var command = new Command("delete", "Delete a key. Deleting one that is not there is done as well.") { w, sloppy, context, durability };
        key.AddTo(command);
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var options = new WriteOptions
            {
                Context = parsed.GetValue(context) is { } token ? new ContextToken(token) : null,
                W = parsed.GetValue(w),
                Sloppy = parsed.GetValue(sloppy),
                Durability = RequestChoices.ReadDurability(parsed.GetValue(durability)),
                Timeout = parsed.GetValue(shared.Timeout),
            };
            return await WriteReport.PrintAsync(terminal, await client.DeleteAsync(key.Get(parsed), options, cancellationToken), parsed.GetValue(shared.Json));
        });
        return command;
    }
}
