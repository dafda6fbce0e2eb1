using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

public sealed class CorruptionTests : IDisposable
{
    private const int Records = 200;

    private readonly TemporaryDirectory _temporary = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Bytes_flipped_on_disk_are_never_read_as_other_values()
    {
        await MakeAsync();
        var (unreadable, refused, whole) = (0, 0, 0);
        var length = new FileInfo(SortedFile("origin")).Length;
        for (var round = 0; round < 40; round++)
        {
            var damaged = Damage($"round {round}", at: length * round / 40);
            RocksDbStore store;
            try
            {
                store = Open(damaged);
            }
            catch (StoreException)
            {
                refused++;
                continue;
            }

            await using (store)
            {
                for (var i = 0; i < Records; i++)
                {
                    var read = await store.GetAsync(StoreKey.Data($"{i}"), Cancel);
                    Assert.True(read.Status is StoreReadStatus.Found or StoreReadStatus.Garbled, $"{read.Status}");
                    if (read.Status == StoreReadStatus.Garbled || !RecordFormat.TryDecode(StoreKey.Data($"{i}"), read.Bytes, out var container, out _))
                    {
                        unreadable++;
                        continue;
                    }

                    Assert.True(container.Siblings[0].Value.Span.SequenceEqual(Value(i)));
                    whole++;
                }
            }
        }

        Assert.True(unreadable > Records);
        Assert.True(whole > Records);
        Assert.True(refused < 10);
    }

    [Fact]
    public async Task A_scan_over_damaged_bytes_throws_and_does_not_end_early()
    {
        await MakeAsync();
        await using var store = Open(Damage("damaged", at: new FileInfo(SortedFile("origin")).Length / 2));
        await Assert.ThrowsAsync<StoreException>(async () => await store.ScanAsync(StoreArea.Data, default, null, new Slot(Slot.Count - 1), int.MaxValue, int.MaxValue, Cancel));
    }

    private static byte[] Value(int i)
    {
        var value = new byte[1000];
        new Random(i).NextBytes(value);
        return value;
    }

    private static RocksDbStore Open(string directory) => RocksDbStore.Open(new RocksDbStoreOptions { Directory = directory }, TimeProvider.System);

    private string SortedFile(string name) => Assert.Single(Directory.GetFiles(Path.Combine(_temporary[name], "shard-00"), "*.sst"));

    /// <summary>A checkpoint, which has its records in one sorted file.</summary>
    private async Task MakeAsync()
    {
        await using var store = RocksDbStore.Open(new RocksDbStoreOptions { Directory = _temporary["store"], Shards = 1 }, TimeProvider.System);
        var batch = new StoreBatch();
        for (var i = 0; i < Records; i++)
        {
            var key = StoreKey.Data($"{i}");
            var dot = new Dot(new ActorId(new NodeId(1), 2), new HybridTime((ulong)i + 1));
            batch.Put(key, RecordFormat.Encode(key, Container.Empty.Put(new Sibling(dot, Value(i)), default), RecordFlags.None));
        }

        await store.WriteAsync(batch, Durability.Fsync, Cancel);
        await store.CheckpointAsync(_temporary["origin"], Cancel);
    }

    private string Damage(string name, long at)
    {
        Directory.CreateDirectory(Path.Combine(_temporary[name], "shard-00"));
        foreach (var file in Directory.GetFiles(_temporary["origin"], "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(_temporary[name], Path.GetRelativePath(_temporary["origin"], file)));
        }

        using var sorted = File.Open(SortedFile(name), FileMode.Open);
        sorted.Position = at;
        var flipped = (byte)(sorted.ReadByte() ^ 0x04);
        sorted.Position = at;
        sorted.WriteByte(flipped);
        return _temporary[name];
    }
}
