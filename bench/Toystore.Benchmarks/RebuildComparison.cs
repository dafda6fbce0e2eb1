using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Storage;

namespace Toystore.Benchmarks;

/// <summary>
/// How long it takes after a start until all trees are built, and what that takes of the processor. Each round is a process of its own, which has compiled nothing yet, on files that the system has forgotten.
/// </summary>
internal static class RebuildComparison
{
    private const int Rounds = 3;
    private const int AdviceDontNeed = 4; // fcntl.h

    public static async Task<int> RunAsync(TextWriter output, string[] args)
    {
        var keys = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var valueBytes = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        var directory = Directory.CreateTempSubdirectory("toystore-rebuild-");
        try
        {
            await FillAsync(directory.FullName, keys, valueBytes);
            await RestAsync(directory.FullName);
            for (var round = 0; round < Rounds; round++)
            {
                Forget(directory);
                using var child = Process.Start("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Toystore.Benchmarks.dll"), "rebuild-once", directory.FullName, $"{keys}"]);
                await child.WaitForExitAsync();
                if (child.ExitCode != 0)
                {
                    return child.ExitCode;
                }
            }

            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>One round: the trees of the store in a directory, three times over. The first is what counts after a start.</summary>
    public static async Task<int> RunOnceAsync(TextWriter output, string directory, int keys)
    {
        var held = GC.GetTotalMemory(forceFullCollection: true);
        await using var store = RocksDbStore.Open(Options(directory), TimeProvider.System);
        foreach (var name in new[] { "cold", "again", "again" })
        {
            await using var keeper = new TreeKeeper(store, new UntidySlots(static _ => false), TimeProvider.System, NullLogger.Instance);
            for (var slot = 0; slot < Core.Placement.Slot.Count; slot++)
            {
                store.Trees.Suspect(new Core.Placement.Slot((ushort)slot));
            }

            var (began, cpu, bytes) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
            keeper.Start();
            await keeper.Built;
            var (wall, used) = (Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
            await output.WriteLineAsync(FormattableString.Invariant(
                $"{name,-5}  {keys} keys: {wall:0.00} s, {keys / wall / 1e6:0.00} M keys/s; {used:0.00} s of processor time, {keys / used / 1e6:0.00} M keys/s a core; {(GC.GetTotalAllocatedBytes() - bytes) / (double)keys:0.0} bytes of garbage a key"));
        }

        held = GC.GetTotalMemory(forceFullCollection: true) - held;
        await output.WriteLineAsync(FormattableString.Invariant($"all that is held, trees above all: {held / 1e6:0.0} MB, {held / (double)keys:0.00} bytes a key"));
        return 0;
    }

    private static RocksDbStoreOptions Options(string directory) => new() { Directory = Path.Combine(directory, "store") };

    private static async Task FillAsync(string directory, int keys, int valueBytes)
    {
        await using var store = RocksDbStore.Open(Options(directory), TimeProvider.System);
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

    // What the fill left to RocksDB's own threads is not what is measured.
    private static async Task RestAsync(string directory)
    {
        await using var store = RocksDbStore.Open(Options(directory), TimeProvider.System);
        var before = TimeSpan.Zero;
        while (Environment.CpuUsage.TotalTime - before > TimeSpan.FromMilliseconds(20))
        {
            before = Environment.CpuUsage.TotalTime;
            await Task.Delay(1000);
        }
    }

    private static void Forget(DirectoryInfo directory)
    {
        foreach (var file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            using var open = File.Open(file.FullName, FileMode.Open, FileAccess.ReadWrite);
            open.Flush(flushToDisk: true);
            _ = Advise(open.SafeFileHandle, 0, 0, AdviceDontNeed);
        }
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(SafeHandle file, nint offset, nint length, int advice);
}
