using Toystore.Core.Placement;

namespace Toystore.Storage.Rocks;

// What a writer does for the trees of its slots.
internal sealed unsafe partial class ShardWriter
{
    /// <summary>Lets a visit in between two groups, soon. After <see cref="EndAsync"/> it is refused.</summary>
    public void Enqueue(VisitRequest visit)
    {
        lock (_lock)
        {
            if (!_ending)
            {
                _visitsWaiting.Enqueue(visit);
                Monitor.Pulse(_lock);
                return;
            }
        }

        visit.Refuse();
    }

    private void ApplyToTrees(WriteRequest request)
    {
        if (request.Batch is null)
        {
            if (request.Place.Area == StoreArea.Data)
            {
                _trees.Clear(request.Place.Slot);
            }

            return;
        }

        foreach (ref readonly var change in request.Batch.Changes)
        {
            if (change.Tree != default && change.Key.Slot.Index % _shards == _index)
            {
                _trees.Apply(change.Tree);
            }
        }
    }

    // Nobody knows whether it is there.
    private void Doubt(WriteRequest request)
    {
        if (request.Batch is null)
        {
            _trees.Doubt(request.Place.Slot);
            return;
        }

        foreach (ref readonly var change in request.Batch.Changes)
        {
            if (change.Tree != default && change.Key.Slot.Index % _shards == _index)
            {
                _trees.Doubt(change.Key.Slot);
            }
        }
    }

    // The shard was opened anew: what it shows now is what its log gave back.
    private void DoubtAll()
    {
        for (var slot = _index; slot < Slot.Count; slot += _shards)
        {
            _trees.Doubt(new Slot((ushort)slot));
        }
    }
}
