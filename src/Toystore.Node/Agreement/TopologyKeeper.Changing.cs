using System.Collections.Concurrent;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

// Changes, and telling all members of them.
internal sealed partial class TopologyKeeper
{
    // As many members at most are asked which disk they have, beside those who are acceptors.
    private const int CandidatesMax = 16;
    private const int SpreadsAtOnce = 8;

    /// <summary>
    /// Makes a change; ends when it holds for good, or cannot be made. <paramref name="what"/>: what it does, in words, for the history. Cancelled, nobody knows: what was proposed may still be chosen.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<TopologyOutcome> ChangeAsync(string what, Func<Edition, TopologyVerdict> change, CancellationToken cancellationToken)
    {
        if (_current is null || Acceptor.MustRead)
        {
            return new TopologyOutcome(_current?.Edition, _problem ?? "The node is reading the topology.");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop);
        switch (await AmendAsync(what, change, either.Token))
        {
            case AmendmentNext.Done(var newest):
                _ = SpreadAsync(newest);
                return new TopologyOutcome(EditionOf(newest), null);
            case AmendmentNext.Refused(var newest, var reason):
                return new TopologyOutcome(EditionOf(newest), reason);
            default:
                return new TopologyOutcome(_current.Edition, "Too many changes are under way. Make it again in a moment.");
        }
    }

    private Task<AmendmentNext?> AmendAsync(string what, Func<Edition, TopologyVerdict> change, CancellationToken cancellationToken) => _run.RunAsync(
        async () =>
        {
            var disks = await DisksAsync(_current!, cancellationToken);
            return new Amendment(_setup.Self, _current!.Decree, decree => Judge(decree, what, change, disks), Chance());
        },
        cancellationToken);

    // Right before they are named: a disk may have been emptied since it was last heard of.
    private async Task<Dictionary<NodeId, DiskId>> DisksAsync(Current known, CancellationToken cancellationToken)
    {
        var present = Array.ConvertAll(known.Decree.Acceptors.ToArray(), name => name.Node);
        var others = MembersOf(known.Edition.Topology).Except(present).ToArray();
        if (others.Length > CandidatesMax)
        {
            var from = _random.Below(others.Length);
            others = [.. others.Skip(from).Concat(others.Take(from)).Take(CandidatesMax)];
        }

        var words = await _calls.WordsAsync(present.Concat(others), cancellationToken);
        return words.Where(word => word.Value.Disk != default).ToDictionary(word => word.Key, word => word.Value.Disk);
    }

    private Verdict Judge(Decree decree, string what, Func<Edition, TopologyVerdict> change, Dictionary<NodeId, DiskId> disks)
    {
        if (EditionOf(decree) is not { } edition)
        {
            return new Verdict.Refuse($"This version does not understand the topology of epoch {decree.Epoch}. Upgrade it first.");
        }

        switch (change(edition))
        {
            case TopologyVerdict.Settled:
                return Verdict.Settled.Instance;
            case TopologyVerdict.Refuse(var reason):
                return new Verdict.Refuse(reason);
            case TopologyVerdict.Next(var topology) wanted:
                var next = edition.Next(topology, new Epoch(decree.Epoch.Lineage, decree.Epoch.Number + 1), _setup.Self, _time.GetUtcNow(), what);
                next = next with { Options = wanted.Options ?? next.Options };
                var acceptors = AcceptorChoice.Choose(decree.Acceptors, Candidates(topology, disks));
                return acceptors.Count == 0 ? new Verdict.Refuse("No member can decide on what comes next.") : new Verdict.Propose(decree.Next(acceptors, next.Encode()));
            case var other:
                throw new InvariantException($"an unknown verdict: {other}");
        }
    }

    private IEnumerable<Candidate> Candidates(Topology topology, Dictionary<NodeId, DiskId> disks) => topology.Members.ToArray().Select(member => new Candidate(
        member.Id,
        member.Zone,
        member.Id == _setup.Self ? Acceptor.Name.Disk : disks.TryGetValue(member.Id, out var disk) ? disk : null));

    // Whoever is not reached hears of it from some other member.
    private async Task SpreadAsync(Decree decree)
    {
        if (EditionOf(decree) is not { } edition)
        {
            return;
        }

        var left = new ConcurrentQueue<NodeId>(MembersOf(edition.Topology).Where(member => member != _setup.Self));
        var workers = new List<Task>();
        for (var i = 0; i < Math.Min(SpreadsAtOnce, left.Count); i++)
        {
            workers.Add(WorkAsync());
        }

        foreach (var worker in workers)
        {
            await worker;
        }

        async Task WorkAsync()
        {
            while (left.TryDequeue(out var member) && !_stop.IsCancellationRequested)
            {
                if (await _calls.WordAsync(member, _stop) is { } word && (word.Newest == default || IsEarlier(word.Newest, decree.Epoch)))
                {
                    await _calls.AskAsync(member, new RegisterRequest.Learn(decree), _stop);
                }
            }
        }
    }

    private Random Chance() => new((int)_random.Next());
}
