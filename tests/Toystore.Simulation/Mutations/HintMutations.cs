namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in standing in for owners, and in keeping what they missed.</summary>
internal static class HintMutations
{
    private const string Gathering = "src/Toystore.Node/Coordination/WriteGathering.cs";
    private const string StandIns = "src/Toystore.Node/Coordination/WriteGathering.StandIns.cs";
    private const string Read = "src/Toystore.Core/Quorum/ReadQuorum.cs";
    private const string Delivery = "src/Toystore.Node/Hints/HintDelivery.Giving.cs";
    private const string Book = "src/Toystore.Node/Hints/HintBook.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("own-hint-counts", "What the coordinator keeps itself for an owner counts towards W.", new Edit(
            StandIns,
            "            _fold.AddUnreachable(owner);",
            "            _fold.AddUnreachable(owner);\n            if (IsPlanted && standIn == default && owner != _ownStandIn)\n            {\n                _fold.AddStandInStored(owner);\n            }\n")),
        new("hint-gone-when-sent", "A hint is removed when it is sent, not when its owner has it on its disk.", new Edit(
            Delivery,
            "if (end == PageEnd.Done && await book.RemoveAsync(record))",
            "if ((IsPlanted || end == PageEnd.Done) && await book.RemoveAsync(record))")),
        new("nothing-from-a-stand-in-answers", "That a stand-in has nothing counts as an answer to a read.", new Edit(
            Read,
            "        if (container.IsEmpty)\n        {\n            AddFailure(standIn);",
            "        if (container.IsEmpty && !IsPlanted)\n        {\n            AddFailure(standIn);")),
        new("slow-is-gone", "An owner that has not answered lately counts as one that cannot be reached: another member is counted in its place.", new Edit(
            Gathering,
            "        var reply = await _parts.Peers.CallAsync(node, _cluster.Epoch, request, _deadline, CancellationToken.None);\n        var wasLost",
            "        var reply = IsPlanted && _parts.Peers.Health(node).State == PeerState.Suspect\n            ? new PeerReply.Unreachable(\"it is slow\")\n            : await _parts.Peers.CallAsync(node, _cluster.Epoch, request, _deadline, CancellationToken.None);\n        var wasLost")),
        new("one-stands-in-for-two", "One member stands in for two owners of a write, and counts twice.", new Edit(
            StandIns,
            "            if (_shares != Shares.StandIn || owner == _ownStandIn)\n",
            "            _standInsTried = IsPlanted ? 0 : _standInsTried;\n            if (_shares != Shares.StandIn || owner == _ownStandIn)\n")),
        new("delivered-dots-are-forgotten", "A node that coordinated writes in the place of owners goes on under the same actor when it has passed them on.", new Edit(
            Book,
            "if (actor != default && (removed is null",
            "if (actor != default && !IsPlanted && (removed is null")),
        new("hint-replaces-hint", "What is kept for an owner takes the place of what was kept before, instead of being merged with it.", new Edit(
            Book,
            "var merged = current.Hint is { } held ? held.Container.Merge(container) : container;",
            "var merged = current.Hint is { } held && !IsPlanted ? held.Container.Merge(container) : container;")),
        new("hint-removed-although-changed", "A hint that has changed since it was delivered is removed all the same.", new Edit(
            Book,
            "|| !now.Bytes.Span.SequenceEqual(record.Bytes.Span))",
            "|| (!IsPlanted && !now.Bytes.Span.SequenceEqual(record.Bytes.Span)))")),
    ];
}
