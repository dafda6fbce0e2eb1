namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes about who is there.</summary>
internal static class MembershipMutations
{
    private const string Loop = "src/Toystore.Node/Membership/MembershipLoop.cs";
    private const string Calling = "src/Toystore.Node/Membership/MembershipLoop.Calling.cs";
    private const string Clock = "src/Toystore.Node/Membership/IncarnationClock.cs";
    private const string News = "src/Toystore.Core/Membership/Swim.News.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("incarnations-begin-anew", "Every process of a node begins with the same incarnation.", new Edit(
            Clock,
            "var clock = At(now);",
            "var clock = At(now); if (IsPlanted) { return new Incarnation(1UL << 32); }")),
        new(
            "tables-are-not-taken-in",
            "Nodes exchange their tables, and neither side takes in what it gets.",
            new Edit(Loop, "reply = _swim.MergeTable(Now, endpoint, table, _effects)", "reply = (IsPlanted || _swim.MergeTable(Now, endpoint, table, _effects))"),
            new Edit(Calling, "+= _swim!.MergeTable(Now, effect.To, members.Table.Span", "+= IsPlanted || _swim!.MergeTable(Now, effect.To, members.Table.Span")),
        new("accusations-are-swallowed", "A node that hears that it is suspected does not contradict.", new Edit(
            News,
            "        if (news.Standing.State != MemberState.Alive)\n        {\n            _health.Add(1);",
            "        if (news.Standing.State != MemberState.Alive)\n        {\n            if (IsPlanted) { return; }\n\n            _health.Add(1);")),
    ];
}
