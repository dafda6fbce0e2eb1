using System.CommandLine;
using Toystore.Cli.Transfer;
using Toystore.Core.Placement;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore import DIR</c>: the files below a directory as keys.</summary>
internal static class ImportCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var directory = new Argument<DirectoryInfo>("DIR") { Description = "Every file below it becomes a key: the prefix and its path, with /. Links are not followed." };
        var prefix = new Option<string?>("--prefix") { Description = "What the keys begin with." };
        var parallel = RequestChoices.Positive("--parallel", "Requests at a time. [default: 16]");
        var retryFor = Durations.Option("--retry-for", "Try again with a file for this long while the cluster is unavailable, overloaded or did not say.", TimeSpan.FromSeconds(60));
        var w = RequestChoices.W();
        var durability = RequestChoices.Durability();
        var policy = RequestChoices.Policy("lww replaces what is there, siblings stands beside it. [default: lww]");
        var command = new Command("import", "Write the files of a directory into the cluster. Running it again replaces them.") { directory, prefix, parallel, retryFor, w, durability, policy };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var from = parsed.GetRequiredValue(directory);
            if (!from.Exists)
            {
                throw new UsageException($"There is no directory {from.FullName}.");
            }

            using var client = shared.Connect(parsed);
            var tally = new Tally();
            var options = new TransferOptions
            {
                Directory = from.FullName,
                Prefix = parsed.GetValue(prefix) ?? "",
                Parallel = parsed.GetValue(parallel) ?? 16,
                RetryFor = parsed.GetValue(retryFor) ?? TimeSpan.Zero,
            };
            var writes = new WriteOptions
            {
                W = parsed.GetValue(w),
                Durability = RequestChoices.ReadDurability(parsed.GetValue(durability)),
                Policy = RequestChoices.ReadPolicy(parsed.GetValue(policy)) ?? ConflictPolicy.LastWriteWins,
                Timeout = parsed.GetValue(shared.Timeout),
            };
            var importer = new Importer(client, options, writes, Seeds.NewRandom(), TimeProvider.System, tally);
            var files = importer.Find();
            var begun = TimeProvider.System.GetTimestamp();
            await TransferProgress.ShowAsync(terminal, importer.RunAsync(files, cancellationToken), tally, files.Count, cancellationToken);
            return await TransferProgress.ReportAsync(terminal, tally, TimeProvider.System.GetElapsedTime(begun), parsed.GetValue(shared.Json));
        });
        return command;
    }
}
