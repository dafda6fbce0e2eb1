using System.CommandLine;
using Toystore.Cli.Transfer;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore export DIR</c>: keys as files below a directory.</summary>
internal static class ExportCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var directory = new Argument<DirectoryInfo>("DIR") { Description = "Where the files go; made if it is not there. Files of the same name are replaced." };
        var prefix = new Option<string?>("--prefix") { Description = "Only keys that begin with this text; it does not become part of the file names." };
        var parallel = RequestChoices.Positive("--parallel", "Requests at a time. [default: 16]");
        var retryFor = Durations.Option("--retry-for", "Try again with a key for this long while the cluster is unavailable or overloaded.", TimeSpan.FromSeconds(60));
        var policy = RequestChoices.Policy("lww exports the last write where a key has several values. [default: as the cluster is set up]");
        var command = new Command("export", "Write values to files. A key's / separates directories; parts that no file can be named, or that lead out of DIR, are percent-encoded.")
        {
            directory, prefix, parallel, retryFor, policy,
        };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var tally = new Tally();
            var options = new TransferOptions
            {
                Directory = Path.TrimEndingDirectorySeparator(parsed.GetRequiredValue(directory).FullName),
                Prefix = parsed.GetValue(prefix) ?? "",
                Parallel = parsed.GetValue(parallel) ?? 16,
                RetryFor = parsed.GetValue(retryFor) ?? TimeSpan.Zero,
            };
            var reads = new ReadOptions { Policy = RequestChoices.ReadPolicy(parsed.GetValue(policy)), Timeout = parsed.GetValue(shared.Timeout) };
            var exporter = new Exporter(client, options, Seeds.NewRandom(), TimeProvider.System, tally) { Reads = reads };
            var begun = TimeProvider.System.GetTimestamp();
            var run = exporter.RunAsync(cancellationToken);
            await TransferProgress.ShowAsync(terminal, run, tally, filesAll: null, cancellationToken);
            var exitCode = await TransferProgress.ReportAsync(terminal, tally, TimeProvider.System.GetElapsedTime(begun), parsed.GetValue(shared.Json));
            if (await run is { } listing)
            {
                var (sentence, listingExitCode) = OutcomeSentences.Of(listing);
                await terminal.Error.WriteLineAsync($"The keys could not all be listed. {sentence}");
                return listingExitCode;
            }

            return exitCode;
        });
        return command;
    }
}
