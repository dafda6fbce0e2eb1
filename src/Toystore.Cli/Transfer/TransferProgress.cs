using Spectre.Console;
using Toystore.Cli.Commands;

namespace Toystore.Cli.Transfer;

/// <summary>Shows a tally while work goes on, if somebody is watching, and reports it at the end.</summary>
internal static class TransferProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Awaits <paramref name="work"/>, showing files, bytes and rates; <paramref name="filesAll"/> is null if not known.</summary>
    public static async Task ShowAsync(Terminal terminal, Task work, Tally tally, int? filesAll, CancellationToken cancellationToken)
    {
        if (!terminal.Interactive)
        {
            await work;
            return;
        }

        var begun = TimeProvider.System.GetTimestamp();
        await terminal.Progress.Progress().AutoClear(true).Columns(new SpinnerColumn(), new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).StartAsync(async context =>
        {
            var bar = context.AddTask("", maxValue: Math.Max(1, filesAll ?? 1));
            bar.IsIndeterminate = filesAll is null;
            while (!work.IsCompleted)
            {
                var seconds = Math.Max(0.001, TimeProvider.System.GetElapsedTime(begun).TotalSeconds);
                bar.Value = filesAll is null ? 0 : tally.Files + tally.FailureCount;
                bar.Description = FormattableString.Invariant(
                    $"{tally.Files:N0}{(filesAll is { } all ? $" of {all:N0}" : "")} files, {Sizes.Bytes(tally.Bytes)}, {tally.Files / seconds:N0} files/s, {Sizes.Bytes(tally.Bytes / seconds)}/s, {tally.Retries:N0} tried again, {tally.FailureCount:N0} failed");
                await Task.WhenAny(work, Task.Delay(Interval, TimeProvider.System, cancellationToken));
            }
        });
        await work;
    }

    /// <summary>Everything that went wrong, file by file, then one line that sums up; the exit code.</summary>
    public static async Task<int> ReportAsync(Terminal terminal, Tally tally, TimeSpan took, bool json)
    {
        if (json)
        {
            await Json.PrintAsync(terminal, new { tally.Files, tally.Bytes, tally.Retries, tally.Skipped, Seconds = took.TotalSeconds, tally.Renames, tally.Failures });
            return tally.FailureCount == 0 ? ExitCode.Done : ExitCode.Failed;
        }

        foreach (var rename in tally.Renames)
        {
            await terminal.Error.WriteLineAsync($"{rename.Key}: written as {rename.File}");
        }

        foreach (var failure in tally.Failures)
        {
            await terminal.Error.WriteLineAsync($"{failure.File}: {failure.Reason}");
        }

        var links = tally.Skipped == 0 ? "" : $", {tally.Skipped} links and special files skipped";
        var failed = tally.FailureCount == 0 ? "" : $", {tally.FailureCount} FAILED (named on the error output)";
        await terminal.Output.WriteLineAsync(FormattableString.Invariant(
            $"{tally.Files} files, {Sizes.Bytes(tally.Bytes)} in {Sizes.Time(took.TotalSeconds)} ({tally.Files / Math.Max(0.001, took.TotalSeconds):0} files/s), {tally.Retries} tried again{links}{failed}"));
        return tally.FailureCount == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
