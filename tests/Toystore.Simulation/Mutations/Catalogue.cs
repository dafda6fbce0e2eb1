namespace Toystore.Simulation.Mutations;

/// <summary>All mutations. Each breaks a safeguard that no other one breaks.</summary>
internal static class Catalogue
{
    /// <summary>Those that are planted.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        .. new[]
        {
            VersionMutations.All,
            QuorumMutations.All,
            ReplicationMutations.All,
            IdentityMutations.All,
            ReadMutations.All,
            WriteMutations.All,
            PeerMutations.All,
            MembershipMutations.All,
            HintMutations.All,
            RefillMutations.All,
            RepairMutations.All,
            FloorMutations.All,
        }.SelectMany(all => all).Select(FoundLate.Aim),
    ];

    /// <summary>Those that will be planted when the code for them is there.</summary>
    public static IReadOnlyList<LaterMutation> Later { get; } =
    [
        new("A replica answers a request of an older epoch.", "a topology that changes during a run"),
        new("A slot's reads move to a new owner before that has synced.", "moves of slots"),
        new("Owners with the same values are taken to know the same, also where one has not seen a replacement.", "contexts that are stripped: until then who holds a value holds the context that it was written under"),
    ];
}
