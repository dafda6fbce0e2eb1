namespace Toystore.Storage.Memory;

/// <summary>
/// Records in order, with snapshots that cost nothing to take: a list of sorted chunks, each copied before its first change after a snapshot. Finding takes two binary searches, changing moves at most one chunk.
/// A balanced tree was the other choice; it allocates a path of nodes for every write. Not thread-safe, except that a view may be read while the original changes.
/// </summary>
internal sealed class SortedRecords
{
    private const int ChunkMax = 128;

    private sealed class Chunk(SortedRecords owner)
    {
        /// <summary>Who may change it: the one collection that made it, until it is shared.</summary>
        public object Owner = owner._era;
        public MemoryRecord[] Records = new MemoryRecord[ChunkMax];
        public int Count;
    }

    private List<Chunk> _chunks;
    private bool _shared;
    private object _era = new();

    public SortedRecords() => _chunks = [];

    private SortedRecords(List<Chunk> chunks)
    {
        _chunks = chunks;
        _shared = true;
    }

    /// <summary>The records as they are now, which later changes leave alone.</summary>
    public SortedRecords TakeView()
    {
        _shared = true;
        _era = new object();
        return new SortedRecords(_chunks);
    }

    /// <summary>The bytes under the key of <paramref name="key"/>.</summary>
    public bool TryGet(in MemoryRecord key, out ReadOnlyMemory<byte> bytes)
    {
        var at = Seek(key);
        var found = at.Chunk < _chunks.Count && _chunks[at.Chunk].Records[at.Index].CompareTo(key) == 0;
        bytes = found ? _chunks[at.Chunk].Records[at.Index].Bytes : default;
        return found;
    }

    /// <summary>Writes a record; returns the length of the bytes it replaced, or -1.</summary>
    public int Put(in MemoryRecord record)
    {
        if (_chunks.Count == 0)
        {
            OwnList().Add(new Chunk(this));
        }

        var at = Seek(record);
        if (at.Chunk < _chunks.Count && _chunks[at.Chunk].Records[at.Index].CompareTo(record) == 0)
        {
            ref var old = ref Own(at.Chunk).Records[at.Index];
            var length = old.Bytes.Length;
            old = old with { Bytes = record.Bytes };
            return length;
        }

        Insert(record, at);
        return -1;
    }

    /// <summary>Removes a record; returns the length of its bytes, or -1 if there was none.</summary>
    public int Remove(in MemoryRecord key)
    {
        var at = Seek(key);
        if (at.Chunk == _chunks.Count || _chunks[at.Chunk].Records[at.Index].CompareTo(key) != 0)
        {
            return -1;
        }

        var chunk = Own(at.Chunk);
        var length = chunk.Records[at.Index].Bytes.Length;
        chunk.Records.AsSpan(at.Index + 1, chunk.Count - at.Index - 1).CopyTo(chunk.Records.AsSpan(at.Index));
        chunk.Records[--chunk.Count] = default;
        if (chunk.Count == 0)
        {
            OwnList().RemoveAt(at.Chunk);
        }

        return length;
    }

    /// <summary>The records from the first that is not before <paramref name="from"/> up to, not including, <paramref name="end"/>. Do not change the collection meanwhile.</summary>
    public IEnumerable<MemoryRecord> Range(MemoryRecord from, MemoryRecord end)
    {
        var (c, i) = Seek(from);
        for (; c < _chunks.Count; c++, i = 0)
        {
            for (; i < _chunks[c].Count; i++)
            {
                var record = _chunks[c].Records[i];
                if (record.CompareTo(end) >= 0)
                {
                    yield break;
                }

                yield return record;
            }
        }
    }

    private void Insert(in MemoryRecord record, (int Chunk, int Index) at)
    {
        if (at.Chunk == _chunks.Count)
        {
            at = (at.Chunk - 1, _chunks[at.Chunk - 1].Count);
        }

        var chunk = Own(at.Chunk);
        if (chunk.Count == ChunkMax)
        {
            // Keys that come in order fill their chunks; others are halved.
            var keep = at.Index == ChunkMax ? ChunkMax : ChunkMax / 2;
            var rest = new Chunk(this) { Count = ChunkMax - keep };
            chunk.Records.AsSpan(keep).CopyTo(rest.Records);
            chunk.Records.AsSpan(keep).Clear();
            chunk.Count = keep;
            OwnList().Insert(at.Chunk + 1, rest);
            if (at.Index >= keep)
            {
                at = (at.Chunk + 1, at.Index - keep);
                chunk = rest;
            }
        }

        chunk.Records.AsSpan(at.Index, chunk.Count - at.Index).CopyTo(chunk.Records.AsSpan(at.Index + 1));
        chunk.Records[at.Index] = record;
        chunk.Count++;
    }

    /// <summary>The place of the first record that is not before <paramref name="key"/>; past the last chunk if there is none.</summary>
    private (int Chunk, int Index) Seek(in MemoryRecord key)
    {
        // The first chunk whose last record is not before the key.
        var (low, high) = (0, _chunks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var chunk = _chunks[middle];
            (low, high) = chunk.Count == 0 || chunk.Records[chunk.Count - 1].CompareTo(key) < 0 ? (middle + 1, high) : (low, middle);
        }

        return (low, low == _chunks.Count ? 0 : SeekIn(_chunks[low], key));
    }

    private static int SeekIn(Chunk chunk, in MemoryRecord key)
    {
        var (low, high) = (0, chunk.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = chunk.Records[middle].CompareTo(key) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private List<Chunk> OwnList()
    {
        if (_shared)
        {
            _chunks = [.. _chunks];
            _shared = false;
        }

        return _chunks;
    }

    private Chunk Own(int index)
    {
        var chunk = _chunks[index];
        if (chunk.Owner != _era)
        {
            var copy = new Chunk(this) { Count = chunk.Count };
            chunk.Records.AsSpan(0, chunk.Count).CopyTo(copy.Records);
            OwnList()[index] = chunk = copy;
        }

        return chunk;
    }
}
