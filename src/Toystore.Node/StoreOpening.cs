using Microsoft.Extensions.Logging;
using Toystore.Storage;

namespace Toystore.Node;

/// <summary>Opens the store that the options name; a damaged one as they say.</summary>
internal static class StoreOpening
{
    /// <summary>The store, and what it has lost if anything was given up.</summary>
    /// <param name="options">What is wanted.</param>
    /// <param name="hasOtherOwners">True if somebody can give back what is lost.</param>
    /// <param name="time">The store's clock.</param>
    /// <param name="logger">Where it says what it does.</param>
    /// <exception cref="StoreException">The store cannot be opened; the message says what to do.</exception>
    public static (IStore Store, StoreLoss? Loss) Open(ToystoreOptions options, bool hasOtherOwners, TimeProvider time, ILogger logger)
    {
        if (options.Store == StoreKind.Memory)
        {
            return (new MemoryStore(), null);
        }

        var directory = options.DataDirectory;
        var wanted = new RocksDbStoreOptions { Directory = directory, BlockCacheBytes = options.BlockCacheBytes, FreeBytesReserve = options.FreeBytesReserve };
        IStore store;
        try
        {
            store = RocksDbStore.Open(wanted, time);
        }
        catch (StoreException damage) when (damage.IsDamage && (options.DamagedStore == DamagedStoreKind.Cut || (options.DamagedStore == DamagedStoreKind.Refill && hasOtherOwners)))
        {
            DamagedStore.MarkLost(directory);
            if (options.DamagedStore == DamagedStoreKind.Cut)
            {
                Log.CutsLog(logger, damage.Message);
                wanted = wanted with { AcceptDamagedLog = true };
            }
            else
            {
                Log.SetAside(logger, DamagedStore.SetAside(directory, time.GetUtcNow()), damage.Message);
            }

            store = RocksDbStore.Open(wanted, time);
        }

        return (store, DamagedStore.HasLost(directory) ? new StoreLoss("its store was damaged", () => DamagedStore.ForgetLoss(directory)) : null);
    }
}

/// <summary>A store has lost records, and says so only until that is taken note of.</summary>
/// <param name="Why">How, in a few words.</param>
/// <param name="Noted">To be called once it is known for good.</param>
internal sealed record StoreLoss(string Why, Action Noted);
