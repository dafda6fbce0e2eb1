namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in coordinating reads.</summary>
internal static class ReadMutations
{
    private const string Reader = "src/Toystore.Node/Coordination/QuorumReader.cs";
    private const string Gathering = "src/Toystore.Node/Coordination/ReadGathering.cs";
    private const string Presentation = "src/Toystore.Node/Coordination/Presentation.cs";
    private const string Healing = "src/Toystore.Node/Coordination/RecordHealing.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("read-awaits-no-write-back", "A read whose owners differ is answered before W of them hold what they know together.", new Edit(
            Reader,
            "        if (!promised)",
            "        if (!promised || IsPlanted)")),
        new("read-shows-late-answers", "An answer that comes after a read is decided is shown with it, and is written back to nobody.", new Edit(
            Gathering,
            "case PeerReply when _decided:",
            "case PeerReply when _decided && !IsPlanted:"))
        {
            MayEscape = "the answer has to come between two statements, and a world has one thread",
        },
        new("unknowing-counts", "The answer of an owner that does not know counts towards R.", new Edit(
            Gathering,
            "        if (unknowing)",
            "        if (unknowing && !IsPlanted)")),
        new("heals-from-too-few", "An owner that lost a record is given it back from N - W others.", new Edit(
            Healing,
            "var others = quorums.Copies - quorums.Writes + 1;",
            "var others = quorums.Copies - quorums.Writes + (IsPlanted && quorums.Copies > quorums.Writes ? 0 : 1);")),
        new("lww-shows-what-was-deleted", "Where the last write is a delete, the last value is shown.", new Edit(
            Presentation,
            "return container.LastWrite is { } last && last.IsVisible(now) ? [ValueOf(last)] : [];",
            "for (var at = container.Siblings.Length - 1; IsPlanted && at >= 0; at--)\n            {\n                if (container.Siblings[at].IsVisible(now))\n                {\n                    return [ValueOf(container.Siblings[at])];\n                }\n            }\n\n            return container.LastWrite is { } last && last.IsVisible(now) ? [ValueOf(last)] : [];")),
        new("write-context-covers-unseen", "The context that a write returns covers an earlier value that its writer has not seen.", new Edit(
            Presentation,
            "&& sibling.Dot != local.Newest &&",
            "&& sibling.Dot != local.Newest && !IsPlanted &&")),
    ];
}
