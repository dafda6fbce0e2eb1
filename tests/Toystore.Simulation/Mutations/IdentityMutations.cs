namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes about who mints a dot.</summary>
internal static class IdentityMutations
{
    private const string Mint = "src/Toystore.Node/Identity/DotMint.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("actor-survives-crash", "A node goes on under its actor although it was not stopped cleanly.", new Edit(
            Mint,
            "var clean = known && bytes[1] == Stopped &&",
            "var clean = known && (IsPlanted || bytes[1] == Stopped) &&")),
        new("clock-forgets-lease", "After a clean stop a node's clock begins at its wall clock, not above its lease.", new Edit(
            Mint,
            "return new HybridClock(new ActorId(self, generation), last, skewMax);",
            "return new HybridClock(new ActorId(self, generation), IsPlanted ? default : last, skewMax);")),
        new("stop-vouches-for-unsettled", "A node that stops leaves the mark of a clean stop while writes are on their way to the disk.", new Edit(
            Mint,
            "if (isResumed && isSettled()",
            "if (isResumed && (IsPlanted || isSettled())")),
        new("stop-vouches-for-unsynced", "The mark of a clean stop is on the disk before what it vouches for.", new Edit(
            Mint,
            "&& await SyncAllAsync())",
            "&& (IsPlanted || await SyncAllAsync()))")),
    ];
}
