namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes about who is there.</summary>
internal static class MembershipMutations
{
    private const string Loop = "src/Toystore.Node/Membership/MembershipLoop.cs";
    private const string Clock = "src/Toystore.Node/Membership/IncarnationClock.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("incarnations-begin-anew", "Every process of a node begins with the same incarnation.", new Edit(
            Clock,
            "var clock = At(now);",
            "var clock = At(now); if (IsPlanted) { return new Incarnation(1UL << 32); }")),
        new("tables-are-not-taken-in", "A node that is asked to exchange tables gives its own and takes nothing in.", new Edit(
            Loop,
            "reply = _swim.MergeTable(Now, endpoint, table, _effects)",
            "reply = (IsPlanted || _swim.MergeTable(Now, endpoint, table, _effects))")),
        new("refutations-stay-here", "Packets that come are looked at only as long as a node is alone.", new Edit(
            Loop,
            "if (_swim is null || !IsOfMember(_swim, from, packet))",
            "if (_swim is null || !IsOfMember(_swim, from, packet) || (IsPlanted && _swim.LiveCount > 1))")),
    ];
}
