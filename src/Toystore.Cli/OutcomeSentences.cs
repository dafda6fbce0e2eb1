using System.Globalization;

namespace Toystore.Cli;

/// <summary>Outcomes that are not what was hoped for, as a sentence on the error output and an exit code.</summary>
internal static class OutcomeSentences
{
    /// <summary>For a write or delete that is not <see cref="WriteOutcome.Done"/>.</summary>
    public static (string Sentence, int ExitCode) Of(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Done => ("Done.", ExitCode.Done),
        WriteOutcome.PreconditionFailed { Context: { } context } => ($"Not done: the key is not as --if-absent or the context demands. What is there has the context {context}.", ExitCode.Conflict),
        WriteOutcome.PreconditionFailed => ("Not done: the key is not as the precondition demands.", ExitCode.Conflict),
        WriteOutcome.NotDone { Reason: NotDoneReason.TooManySiblings } refused => ($"Not done: {refused.Detail}", ExitCode.Conflict),
        WriteOutcome.NotDone { Reason: NotDoneReason.Unavailable or NotDoneReason.Overloaded } refused => ($"Not done: {refused.Detail}", ExitCode.Unavailable),
        WriteOutcome.NotDone refused => ($"Not done: {refused.Detail}", ExitCode.Failed),
        WriteOutcome.Unknown unknown => ($"Unknown whether it was done: {unknown.Detail} Read the key, or send it again.", ExitCode.Unknown),
        WriteOutcome.Invalid invalid => ($"Not done: {invalid.Problem}", ExitCode.Usage),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No such outcome."),
    };

    /// <summary>For a read that is not <see cref="ReadOutcome.Found"/>.</summary>
    public static (string Sentence, int ExitCode) Of(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Found => ("Found.", ExitCode.Done),
        ReadOutcome.NotFound => ("Not found: the key has no value.", ExitCode.NotFound),
        ReadOutcome.Unavailable unavailable => ($"Unavailable: {unavailable.Detail}", ExitCode.Unavailable),
        ReadOutcome.Overloaded overloaded => (Overloaded(overloaded.RetryAfter), ExitCode.Unavailable),
        ReadOutcome.Invalid invalid => (invalid.Problem, ExitCode.Usage),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No such outcome."),
    };

    /// <summary>For a listing that is not a <see cref="ListOutcome.Page"/>.</summary>
    public static (string Sentence, int ExitCode) Of(ListOutcome outcome) => outcome switch
    {
        ListOutcome.Page => ("Done.", ExitCode.Done),
        ListOutcome.Unavailable unavailable => ($"Unavailable: {unavailable.Detail}", ExitCode.Unavailable),
        ListOutcome.Overloaded overloaded => (Overloaded(overloaded.RetryAfter), ExitCode.Unavailable),
        ListOutcome.Invalid invalid => (invalid.Problem, ExitCode.Usage),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No such outcome."),
    };

    private static string Overloaded(TimeSpan retryAfter) =>
        string.Create(CultureInfo.InvariantCulture, $"Overloaded: too much is going on. Try again in {Math.Ceiling(retryAfter.TotalSeconds)} s.");
}
