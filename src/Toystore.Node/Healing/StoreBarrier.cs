using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>Waits until whatever was handed to a store before is on its disk: each of its writers gets something to sync behind what it has already. Removes what is not there, so it needs no room.</summary>
internal static class StoreBarrier
{
    // As many as a store has writers, at most: slots are dealt out to them in turn.
    private const int WritersMax = 32;
    private static readonly Key Name = "healing/barrier";

    /// <summary>False if the store did not do it, whatever the reason.</summary>
    public static async ValueTask<bool> PassAsync(IStore store)
    {
        var batch = new StoreBatch { MakesRoom = true };
        for (ushort slot = 0; slot < WritersMax; slot++)
        {
            batch.Delete(new StoreKey(StoreArea.System, new Slot(slot), Name));
        }

        try
        {
            return await store.WriteAsync(batch, Durability.Fsync, CancellationToken.None) == StoreWrite.Done;
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }
    }
}
