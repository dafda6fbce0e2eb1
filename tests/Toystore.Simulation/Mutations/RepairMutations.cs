namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in finding and giving back what has rotted on a disk.</summary>
internal static class RepairMutations
{
    private const string Scrubber = "src/Toystore.Node/Healing/Scrubber.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("read-and-not-verified", "A node reads its disk now and then, and verifies nothing of it.", new Edit(
            Scrubber,
            "if (replica.Decode(record).Unknowing)",
            "if (!IsPlanted && replica.Decode(record).Unknowing)")),
    ];
}
