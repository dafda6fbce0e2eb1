using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>Reads what a node keeps of itself when it starts.</summary>
internal static class SystemReads
{
    private const int ReadsOfOne = 3;
    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(1);

    /// <summary>What the disk has; asked again some times if it does not give it. Unreadable as well if the node stops.</summary>
    public static async Task<StoreRead> ReadAsync(IStore store, StoreKey place, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var read = await store.GetAsync(place, cancellationToken);
            for (var again = 1; read.Status == StoreReadStatus.Unreadable && again < ReadsOfOne; again++)
            {
                await Task.Delay(BetweenReads, time, cancellationToken);
                read = await store.GetAsync(place, cancellationToken);
            }

            return read;
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            return new StoreRead(StoreReadStatus.Unreadable, default);
        }
    }
}
