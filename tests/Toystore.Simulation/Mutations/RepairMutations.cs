namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in finding and giving back what has rotted on a disk.</summary>
internal static class RepairMutations
{
    private const string Scrubber = "src/Toystore.Node/Healing/Scrubber.cs";
    private const string Mender = "src/Toystore.Node/Healing/RecordMender.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("scrub-once", "A node verifies its disk when it starts, and never again.", new Edit(
            Scrubber,
            "await ScrubAsync();",
            "if (!IsPlanted || _rounds == 0)\n                {\n                    await ScrubAsync();\n                }\n")),
        new("mended-by-trying", "A record counts as given back although nobody could give it.", new Edit(
            Mender,
            "            if (await MendAsync(cluster(), key))",
            "            if (await MendAsync(cluster(), key) || IsPlanted)")),
    ];
}
