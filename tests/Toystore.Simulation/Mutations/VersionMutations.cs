namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes about what replaces what.</summary>
internal static class VersionMutations
{
    private const string Container = "src/Toystore.Core/Versions/Container.cs";
    private const string Clock = "src/Toystore.Core/Versions/HybridClock.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("merge-drops-newer", "A merge takes it that who knows an actor has seen all of its writes, and drops the newer ones.", new Edit(
            Container,
            "|| (order > 0 && Context.Covers(sibling.Dot)))",
            "|| (order > 0 && (Context.Covers(sibling.Dot) || (IsPlanted && Context[sibling.Dot.Actor].Value > 0))))")),
        new("merge-keeps-replaced", "A merge keeps what either side holds, whether or not the other has seen it replaced.", new Edit(
            Container,
            "if ((order < 0 && other.Context.Covers(sibling.Dot))",
            "if (IsPlanted)\n            {\n            }\n            else if ((order < 0 && other.Context.Covers(sibling.Dot))")),
        new("put-covers-own-actor", "A write counts everything that its coordinator wrote before as seen by the client.", new Edit(
            Container,
            "        var replaced = 0;\n",
            "        if (IsPlanted)\n        {\n            seen = seen.With(sibling.Dot);\n        }\n\n        var replaced = 0;\n")),
        new("digest-skips-tombstones", "The digest of a read leaves tombstones out, so that deleted and never written look the same.", new Edit(
            Container,
            "digest ^= DotHash.Of(sibling.Dot);",
            "digest ^= IsPlanted && sibling.Kind == ValueKind.Tombstone ? 0 : DotHash.Of(sibling.Dot);")),
        new("clock-stands-still", "Two writes in one millisecond get the same reading.", new Edit(
            Clock,
            "_last = wall > _last ? wall : _last.Next;",
            "_last = wall > _last ? wall : IsPlanted && wall.Physical == _last.Physical ? _last : _last.Next;")),
        new("clock-adopts-nothing", "The clock does not go past readings made elsewhere, so that a write may be ordered before what its writer has read.", new Edit(
            Clock,
            "if (reading <= _last)",
            "if (IsPlanted || reading <= _last)")),
    ];
}
