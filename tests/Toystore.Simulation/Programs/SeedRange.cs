namespace Toystore.Simulation.Programs;

/// <summary>Seeds that follow each other.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are; null for as many as there is time for.</param>
internal readonly record struct SeedRange(ulong First, ulong? Count)
{
    /// <summary>A single one.</summary>
    public static SeedRange One(ulong seed) => new(seed, 1);

    /// <summary>The seed at a place, counted from 0; false if the range has ended by then.</summary>
    public bool TryGet(ulong place, out ulong seed)
    {
        seed = unchecked(First + place);
        return (Count is not { } count || place < count) && seed >= First;
    }
}
