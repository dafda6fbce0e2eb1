using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Storage;

namespace Toystore.Benchmarks;

/// <summary>How long it takes after a start until all trees are built, and what that takes of the processor.</summary>
internal static class RebuildComparison
{
    public static async Task<int> RunAsync(TextWriter output, string[] args)
    {
        var keys = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000;
        var valueBytes = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 100;
        var directory = Directory.CreateTempSubdirectory("toystore-rebuild-");
        try
        {
            var options = new RocksDbStoreOptions { Directory = Path.Combine(directory.FullName, "store") };
            await FillAsync(options, keys, valueBytes);
            for (var round = 0; round < 3; round++)
            {
                await using var store = RocksDbStore.Open(options, TimeProvider.System);
                await using var keeper = new TreeKeeper(store, new UntidySlots(static _ => false), TimeProvider.System, NullLogger.Instance);
                var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                keeper.Start();
                await keeper.Built;
                var (wall, used) = (Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
                await output.WriteLineAsync(FormattableString.Invariant($"{keys} keys of {valueBytes} bytes: {wall:0.00} s, {keys / wall:0} keys/s; {used:0.00} s of processor time, {keys / used:0} keys/s a core"));
            }

            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task FillAsync(RocksDbStoreOptions options, int keys, int valueBytes)
    {
        await using var store = RocksDbStore.Open(options, TimeProvider.System);
        var actor = new ActorId(new NodeId(1), 1);
        var value = new byte[valueBytes];
        for (var i = 0; i < keys;)
        {
            var batch = new StoreBatch();
            for (var end = Math.Min(keys, i + 1000); i < end; i++)
            {
                var place = StoreKey.Data($"key:{i:000000000000}");
                var container = Container.Empty.Put(new Sibling(new Dot(actor, new HybridTime((ulong)i + 1)), value), default);
                batch.Put(place, RecordFormat.Encode(place, container, RecordFlags.None));
            }

            await store.WriteAsync(batch, Durability.Os, default);
        }
    }
}
