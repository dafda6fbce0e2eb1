namespace Toystore.Cli.Commands;

/// <summary>How <c>put</c> and <c>delete</c> say what happened.</summary>
internal static class WriteReport
{
    /// <summary>One line or document to the output, or a sentence to the error output; the exit code.</summary>
    public static async Task<int> PrintAsync(Terminal terminal, WriteOutcome outcome, bool json)
    {
        var (sentence, exitCode) = OutcomeSentences.Of(outcome);
        if (outcome is WriteOutcome.Done done)
        {
            var durability = RequestChoices.Show(done.Durability);
            await (json
                ? Json.PrintAsync(terminal, new { Outcome = "done", done.Copies, done.StandIns, Durability = durability, Context = done.Context.Text })
                : terminal.Output.WriteLineAsync($"done: copies={done.Copies}{(done.StandIns > 0 ? $" stand-ins={done.StandIns}" : "")} durability={durability} context={done.Context}"));
            return exitCode;
        }

        if (json)
        {
            await Json.PrintAsync(terminal, new { Outcome = NameOf(outcome), Detail = sentence, Context = (outcome as WriteOutcome.PreconditionFailed)?.Context?.Text });
        }

        await terminal.Error.WriteLineAsync(sentence);
        return exitCode;
    }

    private static string NameOf(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Unknown => "unknown",
        WriteOutcome.PreconditionFailed => "preconditionFailed",
        WriteOutcome.Invalid => "invalid",
        _ => "notDone",
    };
}
