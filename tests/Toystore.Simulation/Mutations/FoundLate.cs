namespace Toystore.Simulation.Mutations;

/// <summary>The seeds that find those mutations for which dozens have to pass, so that each campaign need not run all before them. To be looked up anew where a change of the simulator moves them: <c>--mutations NAME --seeds 2000</c>.</summary>
internal static class FoundLate
{
    private const int Before = 3;

    private static readonly Dictionary<string, int> Seeds = new()
    {
        ["actor-survives-restart"] = 161,
        ["condition-checked-by-too-few"] = 211,
        ["condition-checked-without-lock"] = 35,
        ["conditional-write-moves-on"] = 111,
        ["digest-skips-tombstones"] = 463,
        ["exchange-gives-and-does-not-take"] = 163,
        ["failed-write-keeps-actor"] = 332,
        ["floor-by-one-row"] = 93,
        ["garbled-is-absent"] = 172,
        ["heals-from-too-few"] = 267,
        ["hint-gone-when-sent"] = 216,
        ["incarnations-begin-anew"] = 80,
        ["incomplete-not-kept"] = 661,
        ["lww-shows-what-was-deleted"] = 64,
        ["mark-does-not-refuse"] = 456,
        ["one-stands-in-for-two"] = 38,
        ["power-cut-not-noticed"] = 1392,
        ["read-awaits-no-write-back"] = 66,
        ["refilled-by-one"] = 529,
        ["requests-without-bound"] = 27,
        ["retried-condition-replaces-more"] = 31,
        ["retried-last-write-not-minted-anew"] = 751,
        ["roll-back-not-noticed"] = 163,
        ["sent-is-unreachable"] = 111,
        ["slow-is-gone"] = 106,
        ["ticket-over-hints"] = 67,
        ["tombstone-hashes-as-absent"] = 85,
        ["unknowing-answers"] = 538,
        ["unknowing-counts"] = 431,
        ["unknowing-lost"] = 1021,
    };

    /// <summary>The same mutation, hunted from a few seeds before the one that finds it.</summary>
    public static Mutation Aim(Mutation mutation) => Seeds.TryGetValue(mutation.Name, out var seed) ? mutation with { From = Math.Max(1, seed - Before) } : mutation;
}
