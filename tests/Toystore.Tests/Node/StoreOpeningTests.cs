using Toystore.Node;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;
using Toystore.Tests.Storage;

namespace Toystore.Tests.Node;

/// <summary>Stores whose files are damaged, and what becomes of them.</summary>
public sealed class StoreOpeningTests : IDisposable
{
    private static readonly StoreKey Place = StoreKey.Data("key");
    private readonly TemporaryDirectory _temporary = new();
    private readonly ListLog _log = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_sound_store_opens_and_has_lost_nothing()
    {
        await WriteAsync();
        var (store, loss) = Open(DamagedStoreKind.Refill);
        await using (store)
        {
            Assert.Null(loss);
            Assert.Equal(StoreReadStatus.Found, (await store.GetAsync(Place, TestContext.Current.CancellationToken)).Status);
        }
    }

    [Fact]
    public async Task A_damaged_store_does_not_open_and_the_message_says_what_to_type()
    {
        await WriteAsync();
        Damage();
        var refused = Assert.Throws<StoreException>(() => Open(DamagedStoreKind.Refuse));
        Assert.Contains("--damaged-store refill", refused.Message, StringComparison.Ordinal);
        Assert.Contains("mv '", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_store_is_set_aside_whole_and_an_empty_one_opens_that_says_what_it_lost_until_that_is_noted()
    {
        await WriteAsync();
        var files = Directory.GetFiles(Shard(_temporary["store"])).Select(Path.GetFileName).ToHashSet();
        Damage();
        var (store, loss) = Open(DamagedStoreKind.Refill);
        await using (store)
        {
            Assert.NotNull(loss);
            Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(Place, TestContext.Current.CancellationToken)).Status);
        }

        var aside = Assert.Single(Directory.GetDirectories(_temporary["store"], "damaged-*"));
        Assert.True(files.IsSubsetOf(Directory.GetFiles(Shard(aside)).Select(Path.GetFileName)));
        Assert.True(File.Exists(Path.Combine(aside, "STORE")));
        (store, loss) = Open(DamagedStoreKind.Refuse);
        await store.DisposeAsync();
        loss!.Noted();
        (store, loss) = Open(DamagedStoreKind.Refuse);
        await store.DisposeAsync();
        Assert.Null(loss);
    }

    [Fact]
    public async Task Where_no_other_owner_could_give_it_back_nothing_is_set_aside()
    {
        await WriteAsync();
        Damage();
        Assert.Throws<StoreException>(() => Open(DamagedStoreKind.Refill, hasOtherOwners: false));
        Assert.Empty(Directory.GetDirectories(_temporary["store"], "damaged-*"));
    }

    [Fact]
    public async Task A_damaged_log_is_cut_and_the_store_says_that_it_has_lost_something()
    {
        await WriteAsync();
        var log = Assert.Single(Directory.GetFiles(Shard(_temporary["store"]), "*.log"));
        var bytes = File.ReadAllBytes(log);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(log, bytes);
        Assert.Throws<StoreException>(() => Open(DamagedStoreKind.Refuse));
        var (store, loss) = Open(DamagedStoreKind.Cut);
        await using (store)
        {
            Assert.NotNull(loss);
            Assert.Equal(StoreReadStatus.Found, (await store.GetAsync(StoreKey.Data("key 0"), TestContext.Current.CancellationToken)).Status);
            Assert.Equal(StoreReadStatus.Absent, (await store.GetAsync(Place, TestContext.Current.CancellationToken)).Status);
        }
    }

    [Fact]
    public async Task A_store_that_is_in_use_is_left_alone()
    {
        var (store, _) = Open(DamagedStoreKind.Refill);
        await using (store)
        {
            Assert.Throws<StoreException>(() => Open(DamagedStoreKind.Refill));
        }

        Assert.Empty(Directory.GetDirectories(_temporary["store"], "damaged-*"));
    }

    private static string Shard(string directory) => Path.Combine(directory, "shard-00");

    // Whoever kills a process leaves a log behind: a copy of what is there while it runs.
    private async Task WriteAsync()
    {
        var (store, _) = Open(DamagedStoreKind.Refuse, directory: "written");
        await using (store)
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(StoreKey.Data($"key {i}"), new byte[500]), Durability.Fsync, default));
            }

            Assert.Equal(StoreWrite.Done, await store.WriteAsync(new StoreBatch().Put(Place, new byte[10]), Durability.Fsync, default));
            Directory.CreateDirectory(Shard(_temporary["store"]));
            foreach (var file in Directory.GetFiles(_temporary["written"], "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(_temporary["store"], Path.GetRelativePath(_temporary["written"], file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }
        }
    }

    private void Damage() => File.WriteAllText(Path.Combine(Shard(_temporary["store"]), "CURRENT"), "MANIFEST-999999\n");

    private (IStore Store, StoreLoss? Loss) Open(DamagedStoreKind damaged, bool hasOtherOwners = true, string directory = "store") =>
        StoreOpening.Open(new ToystoreOptions { DataDirectory = _temporary[directory], DamagedStore = damaged }, hasOtherOwners, TimeProvider.System, _log);
}
