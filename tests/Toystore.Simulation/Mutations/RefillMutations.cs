namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes about what a node has lost.</summary>
internal static class RefillMutations
{
    private const string Reading = "src/Toystore.Node/Replication/Replica.Reading.cs";
    private const string Meeting = "src/Toystore.Node/Healing/Introductions.cs";
    private const string Life = "src/Toystore.Node/Healing/DiskLife.cs";
    private const string Refilling = "src/Toystore.Core/Healing/Refilling.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("unknowing-answers", "An owner that may have lost something answers as if it knew.", new Edit(
            Reading,
            "return knows ? reading : DoubtAsync(reading);",
            "return knows || IsPlanted ? reading : DoubtAsync(reading);"))
        {
            Rarity = 4,
        },
        new("roll-back-not-noticed", "A node whose disk is an older copy of itself believes it, whatever others remember.", new Edit(
            Meeting,
            "if (!isEmptied && remembered <= life.TideAtStart)",
            "if (!isEmptied && (IsPlanted || remembered <= life.TideAtStart))")),
        new("power-cut-not-noticed", "A node that acknowledged what was not synced believes its disk after a power cut.", new Edit(
            Life,
            "if (new Guid(payload[10..]) != boot)",
            "if (!IsPlanted && new Guid(payload[10..]) != boot)"))
        {
            Rarity = 4,
        },
        new("refilled-by-one", "An owner that has lost something knows again when it has merged from one other.", new Edit(
            Refilling,
            "BitOperations.PopCount(_knowing[slot.Index]) > owners.Length - _ring.QuorumsOf(slot).Writes",
            "BitOperations.PopCount(_knowing[slot.Index]) > (IsPlanted ? 0 : owners.Length - _ring.QuorumsOf(slot).Writes)"))
        {
            Rarity = 4,
        },
    ];
}
