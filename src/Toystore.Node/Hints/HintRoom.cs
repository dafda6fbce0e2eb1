using Toystore.Core.Healing;
using Toystore.Node.Healing;
using Toystore.Node.Peers;

namespace Toystore.Node.Hints;

/// <summary>
/// When others may send what they kept for this node. It has been away, and now everybody wants to give it everything at once: so the receiver sets the pace, for all senders together. Each asks for room for one page; the moments
/// are dealt out in the order of asking, one page after another, as quickly as the rate allows. As nobody has more than one page under way, all of them get the same share. While clients would notice it, here or at the sender (<see cref="Foreground"/>), it takes less.
/// </summary>
internal sealed class HintRoom(long bytesPerSecond, TimeProvider time, Foreground? foreground = null)
{
    /// <summary>What a hint costs besides its bytes: it is merged, and written.</summary>
    private const int BytesEach = 1024;

    private static readonly TimeSpan AheadMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(10);

    // Guards both fields.
    private readonly Lock _lock = new();
    private long _bytesPerSecond = bytesPerSecond;
    private long _next;

    /// <summary>How much is taken; at least 1.</summary>
    public long BytesPerSecond
    {
        get
        {
            lock (_lock)
            {
                return _bytesPerSecond;
            }
        }

        set
        {
            lock (_lock)
            {
                _bytesPerSecond = Math.Max(1, value);
            }
        }
    }

    /// <summary>A moment for a page of hints; none if there are too many before it.</summary>
    public PeerReply.Room Ask(PeerRequest.AskRoom ask)
    {
        var bytes = Math.Max(0, Math.Min(ask.Bytes, long.MaxValue / 4)) + ((long)BytesEach * Math.Max(0, ask.Hints));
        var now = time.GetTimestamp();
        var share = Math.Min(foreground?.Spend(0) ?? 1, Math.Clamp(ask.Share / 64.0, BackgroundShare.Least, 1));
        lock (_lock)
        {
            var begin = Math.Max(now, _next);
            var wait = time.GetElapsedTime(now, begin);
            if (wait > AheadMax)
            {
                return new PeerReply.Room(Granted: false, wait < WaitMax ? wait : WaitMax);
            }

            // No page, however large, holds up the others for longer than a refused sender waits.
            var seconds = Math.Min(bytes / (_bytesPerSecond * share), WaitMax.TotalSeconds);
            foreground?.Spend(bytes);
            _next = begin + (long)(seconds * time.TimestampFrequency);
            return new PeerReply.Room(Granted: true, wait);
        }
    }
}
