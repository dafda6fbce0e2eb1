using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Toystore.Core;

namespace Toystore.Cli.Transfer;

/// <summary>
/// Writes values to files below a directory, and nowhere else: names that would lead out of it are escaped, links on the way are refused. A file appears whole, under its name, or not at all.
/// </summary>
internal sealed class Exporter(IToystore store, TransferOptions options, Random random, TimeProvider time, Tally tally)
{
    private const int PageKeys = 1000;

    private readonly Backoff _backoff = new(options.RetryFor, random);
    private readonly ConcurrentDictionary<string, bool> _written = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _safe = new(StringComparer.Ordinal);
    private int _names;

    /// <summary>Exports all keys with the prefix. A value that cannot be exported stands in the tally; null, or why the listing itself failed.</summary>
    public async Task<ListOutcome?> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Directory);
        var prefix = Encoding.UTF8.GetBytes(options.Prefix);
        Key? after = null;
        do
        {
            var outcome = await ListAsync(new ListOptions { Prefix = prefix, After = after, Limit = PageKeys }, cancellationToken);
            if (outcome is not ListOutcome.Page page)
            {
                return outcome;
            }

            var waiting = new ConcurrentQueue<Key>(page.Keys);
            await Task.WhenAll(Enumerable.Range(0, options.Parallel).Select(async _ =>
            {
                while (waiting.TryDequeue(out var key))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await ExportAsync(key, prefix.Length, cancellationToken);
                }
            }));
            after = page.Next;
        }
        while (after is not null);

        return null;
    }

    private async Task ExportAsync(Key key, int skip, CancellationToken cancellationToken)
    {
        var shown = KeyArgument.Show(key, encoded: false, out _);
        var path = FileNames.PathOf(key, skip, out var escaped, out var reason);
        if (path is null)
        {
            tally.Failed(shown, reason);
            return;
        }

        if (!_written.TryAdd(path, true))
        {
            tally.Failed(shown, $"another key has the file {path} already");
            return;
        }

        var outcome = await ReadAsync(key, cancellationToken);
        switch (outcome)
        {
            case ReadOutcome.Found { Values: [var value] }:
                await WriteAsync(shown, path, value, escaped, cancellationToken);
                break;
            case ReadOutcome.Found { Values.Count: var count }:
                tally.Failed(shown, $"it has {count} concurrent values: resolve them first (toystore get KEY --all), or export with --policy lww");
                break;
            case ReadOutcome.NotFound:
                break; // deleted since it was listed
            default:
                tally.Failed(shown, OutcomeSentences.Of(outcome).Sentence);
                break;
        }
    }

    /// <summary>What values to export where there are several.</summary>
    public ReadOptions Reads { get; init; } = new();

    private async Task WriteAsync(string shown, string path, Value value, bool escaped, CancellationToken cancellationToken)
    {
        var target = Path.Combine(options.Directory, path);
        var directory = Path.GetDirectoryName(target)!;
        var temporary = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $".toystore-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}.tmp"));
        try
        {
            if (LinkOnTheWay(directory) is { } link)
            {
                tally.Failed(shown, $"{link} is a link and may lead out of the directory: remove it, or export elsewhere");
                return;
            }

            Directory.CreateDirectory(directory);
            await File.WriteAllBytesAsync(temporary, value.Bytes, cancellationToken);
            File.Move(temporary, target, overwrite: true);
            tally.Done(value.Bytes.Length);
            if (escaped)
            {
                tally.Renamed(shown, path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tally.Failed(shown, e.Message);
            Forget(temporary);
        }
        catch (OperationCanceledException)
        {
            Forget(temporary);
            throw;
        }
    }

    private string? LinkOnTheWay(string directory)
    {
        for (var at = directory; at.Length > options.Directory.Length && !_safe.ContainsKey(at); at = Path.GetDirectoryName(at)!)
        {
            if (new DirectoryInfo(at) is { Exists: true } existing && existing.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                return at;
            }

            _safe.TryAdd(at, true);
        }

        return null;
    }

    private static void Forget(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }

    private async Task<ReadOutcome> ReadAsync(Key key, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var outcome = await store.GetAsync(key, Reads, cancellationToken);
            if (outcome is not (ReadOutcome.Unavailable or ReadOutcome.Overloaded) || _backoff.Next(tries, time.GetElapsedTime(begun)) is not { } wait)
            {
                return outcome;
            }

            tally.Retried();
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private async Task<ListOutcome> ListAsync(ListOptions page, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var outcome = await store.ListAsync(page, cancellationToken);
            if (outcome is not (ListOutcome.Unavailable or ListOutcome.Overloaded) || _backoff.Next(tries, time.GetElapsedTime(begun)) is not { } wait)
            {
                return outcome;
            }

            tally.Retried();
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
