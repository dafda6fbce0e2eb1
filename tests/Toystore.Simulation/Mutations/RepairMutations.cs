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
        new("unreadable-blocks-are-passed-over", "Nobody looks for the keys that were in a block of the disk which cannot be read.", new Edit(
            Scrubber,
            "await mender.SearchAsync(first);",
            "if (!IsPlanted)\n                {\n                    await mender.SearchAsync(first);\n                }\n")),
    ];
}
