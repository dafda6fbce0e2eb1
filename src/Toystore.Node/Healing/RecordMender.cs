using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Coordination;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Has damaged records given back by the other owners, whoever came across them: a scrub, an exchange, a sweep, or a read whose coordinator does not do so first. Tried again, ever more seldom, as long as too few of the others can be
/// reached. Where nobody but this node need have had it (N - W + 1 others are all there are), an exchange brings what the others have, and the record goes on being one that does not know.
/// </summary>
internal sealed class RecordMender(Func<ClusterSnapshot> cluster, IStore store, Replica replica, IPeers links, RecordHealing healing, TimeSpan patience, TimeProvider time) : IAsyncDisposable
{
    private const int KeysMax = 10_000; // more are found again by the next scrub
    private const int KeysOfAPage = 256;
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMost = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new(); // guards both below
    private readonly HashSet<Key> _damaged = [];
    private Task _work = Task.CompletedTask;

    /// <summary>A record of this slot is whole again, or is given up.</summary>
    public event Action<Slot>? Mended;

    /// <summary>Records that are known to be damaged, and not given back yet.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _damaged.Count;
            }
        }
    }

    /// <summary>Begins.</summary>
    public void Start() => replica.FoundGarbled += Add;

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        replica.FoundGarbled -= Add;
        _stopping.Cancel();
        Task work;
        lock (_lock)
        {
            work = _work;
        }

        await work;
        _stopping.Dispose();
    }

    /// <summary>
    /// Part of a slot cannot be read, so that nobody here knows which keys were in it: the other owners say which they have, and each of those is read.
    /// </summary>
    public async Task SearchAsync(Slot slot)
    {
        var snapshot = cluster();
        foreach (var owner in snapshot.Ring.Owners(slot).ToArray().Where(owner => owner != snapshot.Self && snapshot.PositionOfSelf(slot) >= 0))
        {
            Key? after = null;
            while (await links.CallAsync(owner, snapshot.Epoch, new PeerRequest.ScanKeys(default, slot, after, KeysOfAPage), Deadline.After(SearchTimeout, time), _stopping.Token) is PeerReply.Keys page)
            {
                foreach (var held in page.Page.Where(held => Slot.Of(held.Key) == slot))
                {
                    await LookAtAsync(held.Key);
                }

                if (page.Covered is not { } covered || covered.Slot != slot)
                {
                    break;
                }

                after = covered.Key;
            }
        }
    }

    /// <summary>A scan has come across such a record: its tree is right already, and if nobody can give the record back there is nothing to be done.</summary>
    public void AddScanned(Key key)
    {
        if (CanBeGivenBack(cluster().Ring.QuorumsOf(Slot.Of(key))))
        {
            Add(key);
        }
    }

    /// <summary>A record that does not know all it should.</summary>
    public void Add(Key key)
    {
        lock (_lock)
        {
            if (_damaged.Count < KeysMax && _damaged.Add(key) && _damaged.Count == 1 && !_stopping.IsCancellationRequested)
            {
                _work = WorkAsync(_work);
            }
        }
    }

    // N - W + 1 others have to be asked, and there are N - 1.
    private static bool CanBeGivenBack(Quorums quorums) => quorums.Writes > 1;

    private async ValueTask LookAtAsync(Key key)
    {
        if (await replica.ReadRecordAsync(key, _stopping.Token) is { Unknowing: true, Trouble: not RecordTrouble.Unreadable })
        {
            Add(key);
        }
    }

    private async Task WorkAsync(Task before)
    {
        await before;
        await Task.Yield();
        try
        {
            // Not at once: who came across it may be about to have it given back.
            for (var pause = PauseLeast; ; pause = pause * 2 < PauseMost ? pause * 2 : PauseMost)
            {
                await Task.Delay(pause, time, _stopping.Token);
                if (await MendAllAsync())
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the node stops
        }
    }

    private async Task<bool> MendAllAsync()
    {
        Key[] damaged;
        lock (_lock)
        {
            damaged = [.. _damaged];
        }

        foreach (var key in damaged)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            if (await MendAsync(cluster(), key))
            {
                lock (_lock)
                {
                    _damaged.Remove(key);
                }

                Mended?.Invoke(Slot.Of(key));
            }
        }

        return Count == 0;
    }

    // True if it is whole, or cannot be made so.
    private async ValueTask<bool> MendAsync(ClusterSnapshot snapshot, Key key)
    {
        var slot = Slot.Of(key);
        var (self, quorums) = (snapshot.PositionOfSelf(slot), snapshot.Ring.QuorumsOf(slot));
        if (self < 0 || await replica.ReadRecordAsync(key, _stopping.Token) is { Unknowing: false })
        {
            return true;
        }

        if (!CanBeGivenBack(quorums))
        {
            store.Trees.Suspect(slot);
            return true;
        }

        var mine = default(OwnerSet);
        mine.Add(self);
        switch (await healing.HealAsync(snapshot, key, mine, Deadline.After(patience, time)))
        {
            case HealingEnd.Whole:
                return true;
            case HealingEnd.NobodyHasAny:
                // Its slot has to be refilled, and cannot even be compared while there is something in it that cannot be read. What is put in its place says that it is not whole.
                var local = await replica.MergeAsync(key, Container.Empty, Durability.Fsync, completes: false);
                return await local.Stored == StoreWrite.Done;
            default:
                return false;
        }
    }
}
