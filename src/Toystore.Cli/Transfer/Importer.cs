using System.Collections.Concurrent;
using Toystore.Core;

namespace Toystore.Cli.Transfer;

/// <summary>
/// Writes the files below a directory into the store. A write that is not known to be done is sent again, under the same request id, so that it is the same write however often it arrives.
/// </summary>
internal sealed class Importer(IToystore store, TransferOptions options, WriteOptions writes, Random random, TimeProvider time, Tally tally)
{
    /// <summary>No value can be larger anywhere; the cluster's own limit is lower.</summary>
    private const long FileBytesMax = 1L << 30;

    private readonly Backoff _backoff = new(options.RetryFor, random);

    /// <summary>The files to import, as paths relative to the directory. Links are counted and left out, since they may lead anywhere, and in circles; so is what is no file at all.</summary>
    public List<string> Find()
    {
        var found = new List<string>();
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(options.Directory)]);
        while (pending.TryPop(out var directory))
        {
            foreach (var entry in directory.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
            {
                if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    tally.Skip();
                }
                else if (entry is DirectoryInfo below)
                {
                    pending.Push(below);
                }
                else if (((FileInfo)entry).Length == 0 && FileKind.IsSpecial(entry.FullName))
                {
                    tally.Skip(); // reading a pipe would wait for whoever writes into it
                }
                else
                {
                    found.Add(Path.GetRelativePath(options.Directory, entry.FullName));
                }
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>Imports them all; what fails stands in the tally.</summary>
    public async Task RunAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var waiting = new ConcurrentQueue<string>(files);
        await Task.WhenAll(Enumerable.Range(0, options.Parallel).Select(async _ =>
        {
            while (waiting.TryDequeue(out var file))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await ImportAsync(file, cancellationToken);
            }
        }));
    }

    private async Task ImportAsync(string file, CancellationToken cancellationToken)
    {
        if (FileNames.KeyOf(options.Prefix, file) is not { } key)
        {
            tally.Failed(file, $"with the prefix its path is longer than the {Key.BytesMax} bytes of a key");
            return;
        }

        byte[] bytes;
        try
        {
            var path = Path.Combine(options.Directory, file);
            if (new FileInfo(path).Length > FileBytesMax)
            {
                tally.Failed(file, "it is larger than any value can be (1 GiB)");
                return;
            }

            bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tally.Failed(file, e.Message);
            return;
        }

        var outcome = await WriteAsync(key, bytes, cancellationToken);
        if (outcome is WriteOutcome.Done)
        {
            tally.Done(bytes.Length);
        }
        else
        {
            tally.Failed(file, OutcomeSentences.Of(outcome).Sentence);
        }
    }

    private async Task<WriteOutcome> WriteAsync(Key key, byte[] bytes, CancellationToken cancellationToken)
    {
        var named = writes with { RequestId = Seeds.NewGuid() };
        var begun = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var outcome = await store.PutAsync(key, new Value(bytes), named, cancellationToken);
            var mayHelp = outcome is WriteOutcome.Unknown or WriteOutcome.NotDone { Reason: NotDoneReason.Unavailable or NotDoneReason.Overloaded };
            if (!mayHelp || _backoff.Next(tries, time.GetElapsedTime(begun)) is not { } wait)
            {
                return outcome;
            }

            tally.Retried();
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
