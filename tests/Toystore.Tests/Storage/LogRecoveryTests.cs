using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

/// <summary>
/// What a process that died, or a machine that lost power, leaves: the files as they were, the log ending anywhere behind what was synced. Each test takes a copy of the files of an open store and cuts or damages the log in it.
/// </summary>
public sealed class LogRecoveryTests : IAsyncDisposable
{
    private const int Writes = 12;

    private readonly TemporaryDirectory _temporary = new();
    private RocksDbStore? _store;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await (_store?.DisposeAsync() ?? default);
        _temporary.Dispose();
    }

    [Fact]
    public async Task A_log_cut_anywhere_has_every_write_acknowledged_before_the_cut_and_no_half_of_a_batch()
    {
        var ends = await WriteAsync();
        var cuts = ends.SelectMany((end, i) => new[] { end, end + 1, (end + ends[Math.Min(i + 1, Writes - 1)]) / 2 }).Where(cut => cut <= ends[^1]).Distinct().ToList();
        Assert.True(cuts.Count > 2 * Writes);
        foreach (var cut in cuts)
        {
            var copy = Copy($"cut at {cut}");
            using (var log = File.OpenWrite(Log(copy)))
            {
                log.SetLength(cut);
            }

            await using var store = Open(copy);
            Assert.Equal(ends.Count(end => end <= cut), await WholeBatches(store));
        }
    }

    [Fact]
    public async Task A_log_that_ends_in_zeros_has_every_acknowledged_write()
    {
        await WriteAsync();
        var copy = Copy("zeros");
        using (var log = new FileStream(Log(copy), FileMode.Append))
        {
            log.Write(new byte[100_000]);
        }

        await using var store = Open(copy);
        Assert.Equal(Writes, await WholeBatches(store));
    }

    [Fact]
    public async Task A_log_damaged_before_its_end_is_refused_rather_than_cut_there()
    {
        var ends = await WriteAsync();
        var copy = Copy("damaged");
        var bytes = File.ReadAllBytes(Log(copy));
        bytes[ends[Writes / 2] - 20] ^= 0x10;
        File.WriteAllBytes(Log(copy), bytes);
        var refused = Assert.Throws<StoreException>(() => Open(copy));
        Assert.Contains("move it away", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_log_can_be_accepted_and_then_has_what_came_before_the_damage()
    {
        var ends = await WriteAsync();
        var copy = Copy("damaged");
        var bytes = File.ReadAllBytes(Log(copy));
        bytes[ends[Writes / 2] - 20] ^= 0x10;
        File.WriteAllBytes(Log(copy), bytes);
        await using var store = RocksDbStore.Open(new RocksDbStoreOptions { Directory = copy, AcceptDamagedLog = true }, TimeProvider.System);
        Assert.Equal(Writes / 2, await WholeBatches(store));
    }

    private static RocksDbStore Open(string directory) => RocksDbStore.Open(new RocksDbStoreOptions { Directory = directory, Shards = 1 }, TimeProvider.System);

    private static string Log(string directory) => Assert.Single(Directory.GetFiles(Path.Combine(directory, "shard-00"), "*.log"));

    /// <summary>How many batches are there, from the first on without a gap, each of them whole.</summary>
    private static async Task<int> WholeBatches(RocksDbStore store)
    {
        var page = await store.ScanAsync(StoreArea.Data, default, null, new Slot(Slot.Count - 1), 1000, int.MaxValue, Cancel);
        var batches = page.Records.GroupBy(r => r.Bytes.Span[0]).OrderBy(g => g.Key).ToList();
        Assert.Equal(Enumerable.Range(0, batches.Count).Select(i => (byte)i), batches.Select(g => g.Key));
        Assert.All(batches, batch => Assert.Equal(3, batch.Count()));
        return batches.Count;
    }

    /// <summary>Writes batches of three records, each synced, and returns how long the log was after each was acknowledged.</summary>
    private async Task<List<long>> WriteAsync()
    {
        _store = Open(_temporary["store"]);
        var ends = new List<long>();
        for (var i = 0; i < Writes; i++)
        {
            var value = new byte[500];
            value[0] = (byte)i;
            var batch = new StoreBatch();
            for (var k = 0; k < 3; k++)
            {
                batch.Put(StoreKey.Data($"{i} {k}"), value);
            }

            Assert.Equal(StoreWrite.Done, await _store.WriteAsync(batch, Durability.Fsync, Cancel));
            ends.Add(new FileInfo(Log(_temporary["store"])).Length);
        }

        return ends;
    }

    private string Copy(string name)
    {
        Directory.CreateDirectory(Path.Combine(_temporary[name], "shard-00"));
        foreach (var file in Directory.GetFiles(_temporary["store"], "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(_temporary[name], Path.GetRelativePath(_temporary["store"], file)));
        }

        return _temporary[name];
    }
}
