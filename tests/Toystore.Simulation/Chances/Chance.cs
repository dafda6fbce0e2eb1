using System.IO.Hashing;
using System.Text;

namespace Toystore.Simulation.Chances;

/// <summary>
/// Seeded chance (SplitMix64, Steele, Lea and Flood 2014), one stream per purpose: what is drawn for one purpose does not shift what is drawn for another. The same seed gives the same numbers on every platform.
/// </summary>
internal sealed class Chance(ulong seed) : Random
{
    private ulong _state = seed;

    /// <summary>The stream for a purpose of a seed.</summary>
    public static Chance For(ulong seed, string purpose) => new(Mix(seed ^ XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(purpose))));

    /// <summary>A stream of its own for a purpose; draws one number from this one.</summary>
    public Chance Fork(string purpose) => For(NextUInt64(), purpose);

    public ulong NextUInt64() => Mix(_state += 0x9e3779b97f4a7c15);

    /// <summary>True that often: 0 never, 1 always.</summary>
    public bool Hits(double probability) => NextDouble() < probability;

    /// <summary>One of these.</summary>
    public T Pick<T>(IReadOnlyList<T> things) => things[Next(things.Count)];

    /// <summary>A span between these two.</summary>
    public TimeSpan Between(TimeSpan from, TimeSpan to) => from + ((to - from) * NextDouble());

    /// <summary>A span of this mean, exponentially distributed, at most 20 times the mean.</summary>
    public TimeSpan Exponential(TimeSpan mean) => mean * Math.Min(20, -Math.Log(1 - NextDouble()));

    public override int Next() => (int)(NextUInt64() % int.MaxValue);

    public override int Next(int maxValue) => maxValue <= 0 ? 0 : (int)(NextUInt64() % (ulong)maxValue);

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    public override long NextInt64() => (long)(NextUInt64() >> 1);

    public override long NextInt64(long maxValue) => maxValue <= 0 ? 0 : (long)(NextUInt64() % (ulong)maxValue);

    public override long NextInt64(long minValue, long maxValue) => minValue + (long)(NextUInt64() % (ulong)(maxValue - minValue));

    public override double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    public override float NextSingle() => (float)NextDouble();

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref var place in buffer)
        {
            place = (byte)NextUInt64();
        }
    }

    protected override double Sample() => NextDouble();

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
