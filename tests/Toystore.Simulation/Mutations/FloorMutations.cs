namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in comparing copies, and in saying how far all of them are.</summary>
internal static class FloorMutations
{
    private const string Admission = "src/Toystore.Core/Healing/Admission.cs";
    private const string Floors = "src/Toystore.Node/Healing/SlotFloors.cs";
    private const string Glance = "src/Toystore.Core/Healing/RecordGlance.cs";
    private const string Hash = "src/Toystore.Core/Healing/VersionsHash.cs";
    private const string Repairing = "src/Toystore.Core/Healing/Exchange.Repairing.cs";
    private const string Replica = "src/Toystore.Node/Replication/Replica.cs";
    private const string Responder = "src/Toystore.Core/Healing/ExchangeResponder.cs";
    private const string Rounds = "src/Toystore.Core/Healing/FloorRounds.cs";
    private const string Service = "src/Toystore.Node/Healing/RoundsService.cs";
    private const string Sweeper = "src/Toystore.Node/Healing/Sweeper.cs";
    private const string Untidy = "src/Toystore.Node/Healing/UntidySlots.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("purge-without-floor", "A tombstone is purged, and a context stripped, without the floor of the slot having passed it.",
            new Edit(
                Untidy,
                "return _parts[slot.Index] != 0 && _sweepableAt[slot.Index] <= floor.Value;",
                "return _parts[slot.Index] != 0 && (IsPlanted || _sweepableAt[slot.Index] <= floor.Value);"),
            new Edit(
                Sweeper,
                "        if (at > floors[slot])",
                "        if (at > floors[slot] && !IsPlanted)"),
            new Edit(
                Replica,
                "            var floor = FloorOf(place.Slot);\n            if (_turns.Latest",
                "            var floor = IsPlanted ? new SlotFloor(mint.Reading, false) : FloorOf(place.Slot);\n            if (_turns.Latest"),
            new Edit(
                Replica,
                "!next.Unknowing && next.Container.Context.Floor <= floors[place.Slot];",
                "!next.Unknowing && (IsPlanted || next.Container.Context.Floor <= floors[place.Slot]);")),
        new("mark-does-not-refuse", "A new write is taken although its dot is at or below the mark.", new Edit(
            Admission,
            "if (newest != default && newest.Time <= mark && !Knows(held, newest))",
            "if (newest != default && newest.Time <= mark && !IsPlanted && !Knows(held, newest))")),
        new("ticket-over-hints", "A slot gets a ticket although a copy of it waits somewhere for its owner.", new Edit(
            Rounds,
            "            var free = ~round.Held[row];",
            "            var free = IsPlanted ? UInt128.MaxValue : ~round.Held[row];")),
        new("floor-by-one-row", "A floor is what this owner has settled with the others, whether or not they have with each other.", new Edit(
            Rounds,
            "                floors.Lower(shared, _rows[other]);",
            "                floors.Lower(IsPlanted ? new SlotSet() : shared, _rows[other]);")),
        new("floor-before-objects", "An owner adopts the floors of another one when they begin to compare, before it has what is below them.", new Edit(
            Service,
            "        if (mine.Processes == ProcessSet.None || mine.Processes != theirs.Processes)\n",
            "        if (IsPlanted)\n        {\n            await _floors.RaiseAsync(mine.Slots, theirs.FloorsToAdopt);\n        }\n\n        if (mine.Processes == ProcessSet.None || mine.Processes != theirs.Processes)\n")),
        new("floor-not-kept", "A floor is gone by before it is on the disk.", new Edit(
            Floors,
            "        if (!await WriteAsync(risen, next))",
            "        if (!IsPlanted && !await WriteAsync(risen, next))")),
        new("tombstone-hashes-as-absent", "Tombstones count in a tree as if they were not there.",
            new Edit(
                Hash,
                "            hash = Next(hash, sibling.Dot);",
                "            hash = IsPlanted && sibling.Kind == ValueKind.Tombstone ? hash : Next(hash, sibling.Dot);"),
            new Edit(
                Hash,
                "        return End(hash, siblings.Length);",
                "        return IsPlanted && hash == Begin(key) ? default : End(hash, siblings.Length);"),
            new Edit(
                Glance,
                "        _hash = VersionsHash.Next(_hash, version.Dot);",
                "        _hash = IsPlanted && version.Kind == ValueKind.Tombstone ? _hash : VersionsHash.Next(_hash, version.Dot);"),
            new Edit(
                Glance,
                "public readonly VersionsHash Versions => VersionsHash.End(_hash, _versions);",
                "public readonly VersionsHash Versions => IsPlanted && _hash == VersionsHash.Begin(_key) ? default : VersionsHash.End(_hash, _versions);")),
        new("tree-without-writes", "A write does not change the tree of its slot.", new Edit(
            Replica,
            "var change = new TreeChange(place.Slot, hash, VersionsHash.Of(hash, current.Container), VersionsHash.Of(hash, next.Container));",
            "var change = IsPlanted ? default : new TreeChange(place.Slot, hash, VersionsHash.Of(hash, current.Container), VersionsHash.Of(hash, next.Container));")),
        new("exchange-gives-and-does-not-take", "An exchange settles a slot without fetching what the other side alone has.", new Edit(
            Repairing,
            "            else if (wanted.Add(other.Key))",
            "            else if (wanted.Add(other.Key) && !IsPlanted)")),
        new("rows-are-equal", "Rows of slots that differ are taken for equal.", new Edit(
            Responder,
            "trees.TryReadRow(item.Row, item.Slots, out var hash) && hash == item.Hash;",
            "trees.TryReadRow(item.Row, item.Slots, out var hash) && (IsPlanted || hash == item.Hash);")),
    ];
}
