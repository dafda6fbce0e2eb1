namespace Toystore.Storage.Rocks;

/// <summary>The bound on what waits to be written in a store, and the requests to spare.</summary>
internal sealed class WriteQueue(long bytesMax, int batchesMax)
{
    private const int SpareMax = 1024;

    // Guards itself.
    private readonly Stack<WriteRequest> _spare = new();
    private long _bytes;
    private int _batches;

    /// <summary>Takes room for a batch. False if there is none; a batch that would never fit is let in alone.</summary>
    public bool TryTake(long bytes)
    {
        var batches = Interlocked.Increment(ref _batches);
        var waiting = Interlocked.Add(ref _bytes, bytes);
        if (batches <= batchesMax && (waiting <= bytesMax || waiting == bytes))
        {
            return true;
        }

        GiveBack(bytes);
        return false;
    }

    /// <summary>Gives the room of a batch back.</summary>
    public void GiveBack(long bytes)
    {
        Interlocked.Decrement(ref _batches);
        Interlocked.Add(ref _bytes, -bytes);
    }

    /// <summary>A request to use.</summary>
    public WriteRequest Rent()
    {
        lock (_spare)
        {
            return _spare.TryPop(out var request) ? request : new WriteRequest(this);
        }
    }

    /// <summary>Keeps a request for its next use.</summary>
    public void Recycle(WriteRequest request)
    {
        lock (_spare)
        {
            if (_spare.Count < SpareMax)
            {
                _spare.Push(request);
            }
        }
    }
}
