namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes about who mints a dot.</summary>
internal static class IdentityMutations
{
    private const string Mint = "src/Toystore.Node/Identity/DotMint.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("actor-survives-restart", "A process goes on under the actor of the one before, as if that could have lost nothing.", new Edit(
            Mint,
            "_clock = new HybridClock(new ActorId(self, random.Next()), default, skewMax);",
            "_clock = new HybridClock(new ActorId(self, IsPlanted ? 1 : random.Next()), default, skewMax);")),
    ];
}
