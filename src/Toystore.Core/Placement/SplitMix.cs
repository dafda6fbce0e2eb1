namespace Toystore.Core.Placement;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a tiny stream of well mixed numbers. Placement uses it in place of <see cref="Random"/>, whose algorithm no document fixes: every node of every release must shuffle alike.
/// </summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The finalizer alone: a fixed mix of 64 bits.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    /// <summary>Scales the upper half of <paramref name="bits"/> to 0 .. <paramref name="limit"/> - 1.</summary>
    public static int Scale(ulong bits, int limit) => (int)(((bits >> 32) * (ulong)limit) >> 32);

    public ulong Next() => Mix(_state += 0x9e3779b97f4a7c15);

    /// <summary>0 .. <paramref name="limit"/> - 1.</summary>
    public int Next(int limit) => Scale(Next(), limit);

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
