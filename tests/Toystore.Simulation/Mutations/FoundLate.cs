namespace Toystore.Simulation.Mutations;

/// <summary>The seeds that find those mutations for which dozens have to pass, so that each campaign need not run all before them. To be looked up anew where a change of the simulator moves them: <c>--mutations NAME --seeds 2000</c>.</summary>
internal static class FoundLate
{
    private const int Before = 3;

    private static readonly Dictionary<string, int> Seeds = new()
    {
        ["condition-checked-by-too-few"] = 211,
        ["condition-checked-without-lock"] = 35,
        ["digest-skips-tombstones"] = 176,
        ["failed-write-keeps-actor"] = 332,
        ["garbled-is-absent"] = 87,
        ["garbled-keeps-actor"] = 179,
        ["heals-from-too-few"] = 261,
        ["hint-gone-when-sent"] = 216,
        ["incarnations-begin-anew"] = 43,
        ["incomplete-not-kept"] = 166,
        ["lww-shows-what-was-deleted"] = 64,
        ["one-stands-in-for-two"] = 38,
        ["power-cut-not-noticed"] = 1392,
        ["requests-without-bound"] = 27,
        ["retried-condition-replaces-more"] = 31,
        ["retried-last-write-not-minted-anew"] = 136,
        ["sent-is-unreachable"] = 38,
        ["slow-is-gone"] = 106,
        ["unknowing-answers"] = 538,
        ["unknowing-counts"] = 87,
        ["unknowing-lost"] = 87,
    };

    /// <summary>The same mutation, hunted from a few seeds before the one that finds it.</summary>
    public static Mutation Aim(Mutation mutation) => Seeds.TryGetValue(mutation.Name, out var seed) ? mutation with { From = Math.Max(1, seed - Before) } : mutation;
}
