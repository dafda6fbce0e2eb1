using System.CommandLine;
using System.Text;
using Toystore.Core;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore list [PREFIX]</c>: keys, one a line, page after page.</summary>
internal static class ListCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var prefix = new Argument<string?>("PREFIX") { Description = "Only keys that begin with this text.", Arity = ArgumentArity.ZeroOrOne };
        var limit = RequestChoices.Positive("--limit", "Stop after so many keys. [default: all]");
        var encoded = new Option<bool>("--encoded") { Description = "Print keys as percent-encoded bytes." };
        var r = RequestChoices.R();
        var command = new Command("list", "List the keys that have a value, in the order of the store.") { prefix, limit, encoded, r };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var left = parsed.GetValue(limit) ?? int.MaxValue;
            var odd = 0;
            var collected = parsed.GetValue(shared.Json) ? new List<string>() : null;
            var options = new ListOptions { Prefix = Encoding.UTF8.GetBytes(parsed.GetValue(prefix) ?? ""), R = parsed.GetValue(r), Timeout = parsed.GetValue(shared.Timeout) };
            for (Key? after = null; left > 0;)
            {
                var outcome = await client.ListAsync(options with { After = after, Limit = Math.Min(left, 1000) }, cancellationToken);
                if (outcome is not ListOutcome.Page page)
                {
                    var (sentence, exitCode) = OutcomeSentences.Of(outcome);
                    await terminal.Error.WriteLineAsync(sentence);
                    return exitCode;
                }

                foreach (var key in page.Keys)
                {
                    var shown = KeyArgument.Show(key, parsed.GetValue(encoded), out var plain);
                    odd += plain ? 0 : 1;
                    collected?.Add(shown);
                    await (collected is null ? terminal.Output.WriteLineAsync(shown) : Task.CompletedTask);
                }

                left -= page.Keys.Count;
                after = page.Next;
                if (after is null)
                {
                    break;
                }
            }

            if (collected is not null)
            {
                await Json.PrintAsync(terminal, new { Keys = collected });
            }

            if (odd > 0 && !parsed.GetValue(encoded))
            {
                await terminal.Error.WriteLineAsync($"{odd} keys are no plain text and are shown percent-encoded: --encoded shows all that way, and get, put and delete take it.");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
