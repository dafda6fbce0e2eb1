using System.Numerics;

namespace Toystore.Tests.Placement.Model;

/// <summary>
/// How a slot is placed in one document.
/// </summary>
/// <param name="Old">The owners; while the slot moves, those it moves away from.</param>
/// <param name="New">The owners it moves to; 0 while it does not move.</param>
/// <param name="Stage">0: settled, 1: write both and read old, 2: write both and read new.</param>
/// <param name="Since">The document in which this slot last changed.</param>
/// <param name="Begun">For each owner the document with which its ownership began; 0 for the others.</param>
internal sealed record Placement(int Old, int New, int Stage, int Since, int[] Begun)
{
    public int Owners => Old | New;

    /// <summary>The owners of which a read needs R.</summary>
    public int Readable => Stage == 2 ? New : Old;

    public bool IsOwner(int member) => (Owners & (1 << member)) != 0;

    /// <summary>The same slot from document <paramref name="number"/> on.</summary>
    public Placement Change(int old, int @new, int stage, int number)
    {
        var begun = (int[])Begun.Clone();
        for (var member = 0; member < begun.Length; member++)
        {
            var owns = ((old | @new) & (1 << member)) != 0;
            begun[member] = !owns ? 0 : begun[member] == 0 ? number : begun[member];
        }

        return new Placement(old, @new, stage, number, begun);
    }
}

/// <summary>What the members agreed on. The number is its place in the chain.</summary>
internal sealed record Document(int Number, int Members, Placement[] Slots)
{
    public bool Names(int member) => (Members & (1 << member)) != 0;
}

/// <summary>How many answers a set of owners needs.</summary>
internal enum Quorums
{
    Majority,
    WriteOne,
    WriteAll,
}

internal static class QuorumSizes
{
    public static int Writes(this Quorums quorums, int owners) => quorums switch
    {
        Quorums.WriteOne => 1,
        Quorums.WriteAll => BitOperations.PopCount((uint)owners),
        _ => (BitOperations.PopCount((uint)owners) / 2) + 1,
    };

    public static int Reads(this Quorums quorums, int owners) => quorums switch
    {
        Quorums.WriteOne => BitOperations.PopCount((uint)owners),
        Quorums.WriteAll => 1,
        _ => (BitOperations.PopCount((uint)owners) / 2) + 1,
    };

    /// <summary>As many owners as every completed write has one among (N - W + 1).</summary>
    public static int Covering(this Quorums quorums, int owners) => BitOperations.PopCount((uint)owners) - quorums.Writes(owners) + 1;

    /// <summary>As many owners as every read asks one of (N - R + 1).</summary>
    public static int Fencing(this Quorums quorums, int owners) => BitOperations.PopCount((uint)owners) - quorums.Reads(owners) + 1;
}
