namespace Toystore.Node;

/// <summary>
/// Chance, for a node whose requests run on many threads: SplitMix64 (Steele, Lea and Flood 2014) over a counter, seeded from the one <see cref="Random"/> that the node was given. The same seed and the same order of
/// calls give the same numbers.
/// </summary>
internal sealed class NodeRandom(Random seed)
{
    private ulong _state = (ulong)seed.NextInt64(long.MinValue, long.MaxValue);

    /// <summary>Any of the 2^64 numbers.</summary>
    public ulong Next()
    {
        var z = Interlocked.Add(ref _state, 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);
}
