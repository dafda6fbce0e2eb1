namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in keeping a copy.</summary>
internal static class ReplicationMutations
{
    private const string Replica = "src/Toystore.Node/Replication/Replica.cs";
    private const string Reading = "src/Toystore.Node/Replication/Replica.Reading.cs";
    private const string Own = "src/Toystore.Node/Replication/OwnWrites.cs";
    private const string Turns = "src/Toystore.Node/Replication/KeyTurns.cs";
    private const string Limits = "src/Toystore.Node/Replication/SiblingLimits.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("put-takes-all-as-seen", "A write replaces everything that its coordinator holds, whatever its client has seen.", new Edit(
            Own,
            "var seen = write.IsLastWrite ?",
            "var seen = write.IsLastWrite || IsPlanted ?")),
        new("change-reads-the-disk", "A change of a key builds on what the disk holds, not on what is on its way there.", new Edit(
            Turns,
            "            return turn.Latest;",
            "            return IsPlanted ? null : turn.Latest;")),
        new("changes-take-no-turns", "Two changes of a key may read it at the same time, and the second overwrites the first.", new Edit(
            Turns,
            "            if (!turn.Taken)",
            "            if (IsPlanted || !turn.Taken)")),
        new("tombstone-not-kept", "A deleted key's record is removed from the disk.", new Edit(
            Replica,
            "batch = isNothing ? batch.Delete(place, change)",
            "batch = isNothing || (IsPlanted && next.Container.IsTombstone) ? batch.Delete(place, change)")),
        new("garbled-is-absent", "A record that cannot be read counts as one that is not there.", new Edit(
            Reading,
            "return new HeldContainer(Container.Empty, Unknowing: true, read.Status",
            "return new HeldContainer(Container.Empty, Unknowing: !IsPlanted, read.Status")),
        new("incomplete-not-kept", "An owner that lost a key's record believes that it knows the key after the next write.", new Edit(
            Replica,
            "next.Unknowing ? RecordFlags.Incomplete : RecordFlags.None",
            "next.Unknowing && !IsPlanted ? RecordFlags.Incomplete : RecordFlags.None")),
        new("garbled-keeps-actor", "A node that has lost a record with its own dots goes on under the same actor.", new Edit(
            Reading,
            "if (held.Trouble == RecordTrouble.Garbled)",
            "if (held.Trouble == RecordTrouble.Garbled && !IsPlanted)"))
        {
            MayEscape = "whoever finds the record damaged for the first time, or again, gives up the actor as well",
        },
        new("failed-write-keeps-actor", "A node whose own copy of a write could not be stored goes on under the same actor, also when another shows it that write.",
            new Edit(
                Replica,
                "if (written != StoreWrite.Done && newest != default)",
                "if (written != StoreWrite.Done && newest != default && !IsPlanted)"),
            new Edit(
                Own,
                "if (seen[actor] > seen.Floor && seen[actor] > current.Context[actor])",
                "if (!IsPlanted && seen[actor] > seen.Floor && seen[actor] > current.Context[actor])")),
        new("unreadable-written-over", "What is written to a key whose record the disk does not give this time is written over it.",
            new Edit(
                Replica,
                "            if (current.Trouble == RecordTrouble.Unreadable)\n            {\n                return new LocalWrite(",
                "            if (current.Trouble == RecordTrouble.Unreadable && !IsPlanted)\n            {\n                return new LocalWrite("),
            new Edit(
                Replica,
                "            if (current.Trouble == RecordTrouble.Unreadable)\n            {\n                return LocalWrite.Refused(",
                "            if (current.Trouble == RecordTrouble.Unreadable && !IsPlanted)\n            {\n                return LocalWrite.Refused("),
            new Edit(
                Reading,
                "        return held;\n",
                "        if (IsPlanted && held.Trouble == RecordTrouble.Unreadable)\n        {\n            mint.Abandon(mint.Actor, \"a record that may have held dots of ours could not be read\");\n        }\n\n        return held;\n")),
        new("retried-last-write-not-minted-anew", "A last write that is sent again and is there is acknowledged as it is, although another one outdoes it.", new Edit(
            Own,
            "(!write.IsLastWrite || same == current.LastWrite)",
            "(IsPlanted || !write.IsLastWrite || same == current.LastWrite)"))
        {
            Rarity = 4,
        },
        new("repeat-not-synced", "A write that changes nothing is acknowledged as synced, although what it repeats is not.", new Edit(
            Replica,
            "(durability == Durability.Os || !_anyOsWrites)",
            "(IsPlanted || durability == Durability.Os || !_anyOsWrites)")),
        new("siblings-without-bound", "A key may have any number of concurrent values.", new Edit(
            Limits,
            "return siblings == 1 ||",
            "return IsPlanted || siblings == 1 ||")),
    ];
}
