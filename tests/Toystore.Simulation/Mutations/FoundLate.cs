namespace Toystore.Simulation.Mutations;

/// <summary>The seeds that find those mutations for which dozens have to pass, so that each campaign need not run all before them. To be looked up anew where a change of the simulator moves them: <c>--mutations NAME --seeds 2000</c>.</summary>
internal static class FoundLate
{
    private const int Before = 3;

    private static readonly Dictionary<string, int> Seeds = new()
    {
        ["actor-survives-restart"] = 177,
        ["condition-checked-by-too-few"] = 373,
        ["condition-checked-without-lock"] = 35,
        ["conditional-write-moves-on"] = 149,
        ["delivered-dots-are-forgotten"] = 1463,
        ["digest-skips-tombstones"] = 1322,
        ["exchange-gives-and-does-not-take"] = 457,
        ["failed-write-keeps-actor"] = 351,
        ["floor-before-objects"] = 93,
        ["floor-by-one-row"] = 320,
        ["garbled-is-absent"] = 360,
        ["heals-from-too-few"] = 1131,
        ["higher-dot-lost"] = 23,
        ["hint-gone-when-sent"] = 216,
        ["hint-replaces-hint"] = 344,
        ["incarnations-begin-anew"] = 80,
        ["incomplete-not-kept"] = 661,
        ["last-write-below-higher"] = 23,
        ["lww-shows-what-was-deleted"] = 64,
        ["mark-does-not-refuse"] = 499,
        ["one-stands-in-for-two"] = 38,
        ["power-cut-not-noticed"] = 3148,
        ["read-awaits-no-write-back"] = 66,
        ["refilled-by-one"] = 818,
        ["requests-without-bound"] = 27,
        ["retried-condition-replaces-more"] = 31,
        ["retried-last-write-not-minted-anew"] = 2028,
        ["roll-back-not-noticed"] = 163,
        ["sent-is-unreachable"] = 127,
        ["slow-is-gone"] = 138,
        ["ticket-over-hints"] = 67,
        ["tombstone-hashes-as-absent"] = 85,
        ["unknowing-answers"] = 1986,
        ["unknowing-counts"] = 431,
        ["unknowing-lost"] = 1131,
        ["unreadable-written-over"] = 257,
    };

    /// <summary>The same mutation, hunted from a few seeds before the one that finds it.</summary>
    public static Mutation Aim(Mutation mutation) => Seeds.TryGetValue(mutation.Name, out var seed) ? mutation with { From = Math.Max(1, seed - Before) } : mutation;
}
