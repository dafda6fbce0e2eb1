using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>
/// Bounds the memory that large bodies take together, from before they are read until their write has ended. Small ones are not counted: the number of requests bounds them.
/// </summary>
internal sealed class BodyRoom(long bytesMax)
{
    private const int SmallBytes = 64 * 1024;
    private long _taken;

    /// <summary>Takes room for the body, or for the largest one allowed if the client does not say its length. False if there is none left; one body always finds room.</summary>
    public bool TryTake(HttpRequest request, long bodyBytesMax, out long taken)
    {
        var bytes = request.ContentLength ?? bodyBytesMax;
        taken = bytes > SmallBytes ? bytes : 0;
        var all = Interlocked.Add(ref _taken, taken);
        if (taken == 0 || all <= bytesMax || all == taken)
        {
            return true;
        }

        GiveBack(taken);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void GiveBack(long taken) => Interlocked.Add(ref _taken, -taken);
}
