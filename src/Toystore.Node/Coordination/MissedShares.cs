using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Node.Hints;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>
/// Sees to it that what an owner missed is kept for it, after the client has its answer: by the first member that stands in for it and can be reached, so that all writes of a key come together in one hint; or, where there is none, by
/// this node. None of these copies counts for anything. What is too much is not kept at all, but noted for repair.
/// </summary>
internal sealed class MissedShares(IPeers peers, HintBook book, NodeLimits limits, TimeProvider time)
{
    private const int UnderwayMax = 1024;
    private const long BytesMax = 32L << 20;

    // Guards both fields.
    private readonly Lock _lock = new();
    private int _underway;
    private long _bytes;

    /// <summary>How many are under way.</summary>
    public QueueReading Queue
    {
        get
        {
            lock (_lock)
            {
                return new QueueReading("shares being kept for owners", _underway, UnderwayMax);
            }
        }
    }

    /// <summary>Keeps what an owner was to be sent. Returns at once.</summary>
    public void Keep(ClusterSnapshot cluster, PeerRequest.Store request, NodeId owner)
    {
        var bytes = request.Key.Length + (long)ContainerCodec.SizeOf(request.Container);
        lock (_lock)
        {
            if (_underway < UnderwayMax && (_underway == 0 || _bytes + bytes <= BytesMax))
            {
                _underway++;
                _bytes += bytes;
                bytes = -bytes;
            }
        }

        if (bytes < 0)
        {
            _ = KeepAsync(cluster, request with { For = owner, Counts = false, Durability = Durability.Os, TellHigher = false, Completes = false }, -bytes);
        }
        else
        {
            book.Miss(owner, Slot.Of(request.Key), 1);
        }
    }

    private async Task KeepAsync(ClusterSnapshot cluster, PeerRequest.Store request, long bytes)
    {
        if (!await IsKeptByAnotherAsync(cluster, request) && await book.KeepAsync(request.For, request.Key, request.Container, request.Durability, counts: false, new Arrival(IsForeign: true, request.Newest, Stamp: 0)) is not { Outcome: StoreWrite.Done })
        {
            book.Miss(request.For, Slot.Of(request.Key), 1);
        }

        lock (_lock)
        {
            _underway--;
            _bytes -= bytes;
        }
    }

    private async Task<bool> IsKeptByAnotherAsync(ClusterSnapshot cluster, PeerRequest.Store request)
    {
        var deadline = Deadline.After(limits.Timeout, time);
        foreach (var standIn in cluster.Ring.PreferenceList(Slot.Of(request.Key)).StandIns)
        {
            if (standIn == cluster.Self || peers.Health(standIn).State is PeerState.Refusing or PeerState.Suspect)
            {
                continue;
            }

            if (await peers.CallAsync(standIn, cluster.Epoch, request, deadline, CancellationToken.None) is PeerReply.Stored)
            {
                return true;
            }
        }

        return false;
    }
}
