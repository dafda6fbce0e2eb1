namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in coordinating writes.</summary>
internal static class WriteMutations
{
    private const string Coordinator = "src/Toystore.Node/Coordination/Coordinator.cs";
    private const string Gathering = "src/Toystore.Node/Coordination/WriteGathering.cs";
    private const string Router = "src/Toystore.Node/Coordination/Router.cs";
    private const string Locks = "src/Toystore.Node/Coordination/KeyLocks.cs";
    private const string Service = "src/Toystore.Node/PeerService.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("owner-answers-before-disk", "An owner answers that it has stored a write before its disk has.", new Edit(
            Service,
            "var stored = await local.Stored;",
            "var stored = IsPlanted ? StoreWrite.Done : await local.Stored;")),
        new("owners-need-not-sync", "The other owners are not asked to sync a write that is acknowledged as synced.", new Edit(
            Coordinator,
            "new PeerRequest.Store(request.Key, local.Result, durability.ToStore(),",
            "new PeerRequest.Store(request.Key, local.Result, IsPlanted ? Durability.Os : durability.ToStore(),")),
        new("failed-disk-counts", "An owner whose disk failed to write counts as one that holds the write.", new Edit(
            Gathering,
            "            case StoreWrite.Failed:\n                _fold.AddLost(owner);",
            "            case StoreWrite.Failed when IsPlanted:\n                _fold.AddStored(owner);\n                break;\n            case StoreWrite.Failed:\n                _fold.AddLost(owner);")),
        new("lost-forward-is-not-done", "A write that was handed to an owner that did not answer is reported as not done, and goes to the next one.", new Edit(
            Router,
            "            PeerReply.Unreachable or PeerReply.StaleEpoch =>",
            "            PeerReply.Lost or PeerReply.Failed when IsPlanted => new WriteOutcome.NotDone(NotDoneReason.Unavailable, $\"{node}: {Describe(reply)}\"),\n            PeerReply.Unreachable or PeerReply.StaleEpoch =>")),
        new("last-write-below-higher", "A last write that an owner holds a higher dot against is not minted anew.", new Edit(
            Coordinator,
            "write.IsLastWrite && attempt < RemintsMax)",
            "write.IsLastWrite && attempt < (IsPlanted ? 0 : RemintsMax))")),
        new("delete-reads-nothing", "A delete without a context deletes what its coordinator holds, not what a quorum does.", new Edit(
            Coordinator,
            "var reading = await _reader.ReadAsync(cluster, key, asked, sloppy, deadline, CancellationToken.None);",
            "var reading = await _reader.ReadAsync(cluster, key, IsPlanted ? 1 : asked, sloppy, deadline, CancellationToken.None);")),
        new("condition-checked-without-lock", "Two conditional writes of a key may both check before either writes.",
            new Edit(
                Locks,
                "        var waiter = new Waiter();\n",
                "        if (IsPlanted)\n        {\n            return true;\n        }\n\n        var waiter = new Waiter();\n"),
            new Edit(
                Locks,
                "            var queue = _held[key];",
                "            if (IsPlanted)\n            {\n                return;\n            }\n\n            var queue = _held[key];")),
        new("condition-checked-by-too-few", "A conditional write reads R owners where R + W > N does not hold.", new Edit(
            Coordinator,
            "var reading = await _reader.ReadAsync(cluster, key, request.Quorums.Strict.Reads, sloppy: false, request.Deadline,",
            "var reading = await _reader.ReadAsync(cluster, key, IsPlanted ? request.Quorums.Reads : request.Quorums.Strict.Reads, sloppy: false, request.Deadline,")),
        new("conditional-write-moves-on", "A conditional write whose owner did not answer goes to the next one, and then two may win.", new Edit(
            Router,
            "            if (mayBeAlive)",
            "            if (mayBeAlive && (!IsPlanted || outcome is not (WriteOutcome.Unknown or WriteOutcome.NotDone { Reason: NotDoneReason.Unavailable })))")),
        new("retried-condition-replaces-more", "The retry of a conditional write replaces what has come beside it since.", new Edit(
            Coordinator,
            "seen.Join(isRetry ? since : current.Context);",
            "seen.Join(isRetry && !IsPlanted ? since : current.Context);")),
        new("lock-handed-to-nobody", "The lock of a key is handed to a waiter whose time was up, and nobody gets it any more.", new Edit(
            Locks,
            "if (next.Turn.TrySetResult(true))",
            "if (next.Turn.TrySetResult(true) || IsPlanted)")),
        new("requests-without-bound", "A node takes any number of requests at once.", new Edit(
            Router,
            "if (Interlocked.Increment(ref _underway) <= parts.Limits.RequestsMax)",
            "if (Interlocked.Increment(ref _underway) <= (IsPlanted ? int.MaxValue : parts.Limits.RequestsMax))")),
    ];
}
