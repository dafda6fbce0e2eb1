using System.Diagnostics;
using System.Globalization;
using Toystore.Storage;

namespace Toystore.Benchmarks;

/// <summary>
/// What group commit is worth: the same 200-byte writes, each answered only when it is on disk, by one caller (one sync per write) and by 64 callers at once (syncs shared), on the same disk and in the same run, in turns so that
/// a disk whose speed drifts favours neither. The floor, a file appended to and synced by hand, shows what the disk itself does.
/// </summary>
public static class SyncedWritesComparison
{
    private const int Callers = 64;
    private const int Rounds = 3;
    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(1);

    /// <summary>Measures and writes a small table; takes about ten seconds. Returns how many times more writes a second 64 callers get done than one.</summary>
    public static double Run(TextWriter output, string? directory = null)
    {
        var place = Path.Combine(directory ?? Path.GetTempPath(), $"toystore-synced-{Environment.ProcessId}");
        Directory.CreateDirectory(place);
        try
        {
            return MeasureAsync(output, place).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static async Task<double> MeasureAsync(TextWriter output, string place)
    {
        var floor = new List<double>();
        var alone = new List<double>();
        var together = new List<double>();
        await using (var store = RocksDbStore.Open(new RocksDbStoreOptions { Directory = Path.Combine(place, "store"), Shards = 1 }, TimeProvider.System))
        {
            await WriteAsync(store, Callers, TimeSpan.FromMilliseconds(300)); // the first calls compile
            for (var round = 0; round < Rounds; round++)
            {
                floor.Add(AppendAndSync(Path.Combine(place, "file")));
                alone.Add(await WriteAsync(store, 1, RoundLength));
                together.Add(await WriteAsync(store, Callers, RoundLength));
            }
        }

        var ratio = Median(together) / Median(alone);
        Line(output, "a file, appended and synced by hand", Median(floor), 1);
        Line(output, "store, 1 caller: a sync per write", Median(alone), 1);
        Line(output, $"store, {Callers} callers: syncs shared", Median(together), Callers);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"group commit: {ratio:0.0} times the writes of one sync per write"));
        return ratio;
    }

    private static async Task<double> WriteAsync(RocksDbStore store, int callers, TimeSpan length)
    {
        var value = new byte[200];
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            var count = 0;
            for (; clock.Elapsed < length; count++)
            {
                var outcome = await store.WriteAsync(new StoreBatch().Put(StoreKey.Data($"{caller}:{count}"), value), Durability.Fsync, default);
                if (outcome != StoreWrite.Done)
                {
                    throw new InvalidOperationException($"A write ended as {outcome}: the figures would mean nothing.");
                }
            }

            return count;
        }));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static double AppendAndSync(string path)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var value = new byte[240]; // 200 bytes and what the log adds
        var clock = Stopwatch.StartNew();
        var count = 0;
        for (; clock.Elapsed < RoundLength; count++)
        {
            file.Write(value);
            file.Flush(flushToDisk: true);
        }

        return count / clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Line(TextWriter output, string what, double perSecond, int callers) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-40} {perSecond,10:N0} writes/s {callers / perSecond * 1e6,8:N0} µs each"));
}
