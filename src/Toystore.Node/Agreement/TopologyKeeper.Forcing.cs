using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

// What an operator does when those who decide are lost for good.
internal sealed partial class TopologyKeeper
{
    /// <summary>
    /// Puts the newest topology that anybody has under a new lineage, with acceptors that are there, and tells all who can be reached. Refused unless that is <paramref name="expected"/>, all members answer but those that are named as lost, and
    /// the present acceptors cannot decide. Called again for the same one, it tells those that were not reached.
    /// </summary>
    public async Task<ForceOutcome> ForceAsync(Epoch expected, IReadOnlyCollection<NodeId> lost, CancellationToken cancellationToken)
    {
        if (_current is not { } known)
        {
            return new ForceOutcome($"{_setup.Self} has no topology that could be forced.");
        }

        var words = await _calls.WordsAsync(MembersOf(known.Edition.Topology), cancellationToken);
        if (known.Decree.Epoch != expected && known.Decree.Epoch.Lineage != expected.Lineage && known.Edition.Notes.Any(note => note.Epoch == expected))
        {
            return await TellAsync(known, words, cancellationToken);
        }

        if (Objection(known, expected, lost, words) is { } objection)
        {
            return new ForceOutcome(objection);
        }

        var disks = words.Where(word => word.Value.Disk != default).ToDictionary(word => word.Key, word => word.Value.Disk);
        var epoch = new Epoch(Lineage(known.Decree.Epoch.Lineage), known.Decree.Epoch.Number + 1);
        var gone = lost.Count == 0 ? "" : $"; lost: {string.Join(", ", lost.Order())}";
        var edition = known.Edition.Next(known.Edition.Topology, epoch, _setup.Self, _time.GetUtcNow(), $"Forced in the place of {expected}, whose acceptors ({Names(known.Decree)}) could not decide{gone}.");
        var decree = known.Decree.Forced(epoch.Lineage, AcceptorChoice.Choose([], Candidates(edition.Topology, disks)), edition.Encode());
        if (await Acceptor.AnswerAsync(new RegisterRequest.Force(decree)) is not RegisterReply.Learned)
        {
            return new ForceOutcome($"{_setup.Self} could not write it down, or has learned something newer. Look at the topology again.");
        }

        _logger.Forced(epoch, expected);
        return await TellAsync(new Current(decree, edition), words, cancellationToken);
    }

    private string? Objection(Current known, Epoch expected, IReadOnlyCollection<NodeId> lost, Dictionary<NodeId, RegisterWord> words)
    {
        if (known.Decree.Epoch != expected)
        {
            return $"The newest topology that {_setup.Self} knows is {known.Decree.Epoch}, not {expected}. Look at it again before you force it.";
        }

        var members = MembersOf(known.Edition.Topology);
        if (lost.Except(members).ToArray() is { Length: > 0 } strangers)
        {
            return $"{List(strangers)}: no members. They need not be named.";
        }

        if (lost.Where(member => member == _setup.Self || words.ContainsKey(member)).ToArray() is { Length: > 0 } living)
        {
            return $"Named as lost, but there: {List(living)}.";
        }

        if (members.Where(member => member != _setup.Self && !words.ContainsKey(member) && !lost.Contains(member)).ToArray() is { Length: > 0 } silent)
        {
            return $"Not there, and not named as lost: {List(silent)}. They may know something newer. Start them; only of those that will never come back say that they are lost.";
        }

        if (words.FirstOrDefault(word => word.Value.Newest.Number > known.Decree.Epoch.Number) is { Key: var ahead, Value.Newest: { Number: > 0 } newer })
        {
            return $"{ahead} knows {newer}, which is newer. If anything has to be forced it is that, there.";
        }

        var left = known.Decree.Acceptors.ToArray().Where(name => name == Acceptor.Name || (words.TryGetValue(name.Node, out var word) && word.Disk == name.Disk)).Select(name => name.Node).ToArray();
        return left.Length >= Instance.Majority(known.Decree.Acceptors.Length)
            ? $"Those who decide on the topology are there ({List(left)}): nothing has to be forced. Make the change that you want."
            : null;
    }

    // Whoever has forgotten everything takes it as it takes any.
    private async Task<ForceOutcome> TellAsync(Current forced, Dictionary<NodeId, RegisterWord> words, CancellationToken cancellationToken)
    {
        var told = new List<NodeId> { _setup.Self };
        foreach (var (member, word) in words)
        {
            var reply = word.Newest == forced.Decree.Epoch ? null : await _calls.AskAsync(member, new RegisterRequest.Force(forced.Decree), cancellationToken);
            if (word.Newest == forced.Decree.Epoch || reply is RegisterReply.Learned || (reply is RegisterReply.Overtaken(_, var later) && later.Epoch.Lineage == forced.Decree.Epoch.Lineage))
            {
                told.Add(member);
            }
        }

        var missing = MembersOf(forced.Edition.Topology).Except(told).Order().ToArray();
        return new ForceOutcome(null) { Epoch = forced.Decree.Epoch, Told = [.. told.Order()], NotTold = missing };
    }

    private ulong Lineage(ulong other)
    {
        ulong drawn;
        do
        {
            drawn = _random.Next();
        }
        while (drawn == 0 || drawn == other);
        return drawn;
    }

    private static string List(IEnumerable<NodeId> nodes) => string.Join(", ", nodes.Order());
}

/// <summary>How forcing a topology ended.</summary>
/// <param name="Problem">Why it was not done; null if it was.</param>
internal sealed record ForceOutcome(string? Problem)
{
    /// <summary>What holds now.</summary>
    public Epoch Epoch { get; init; }

    /// <summary>Members that have it.</summary>
    public IReadOnlyList<NodeId> Told { get; init; } = [];

    /// <summary>Members that have not.</summary>
    public IReadOnlyList<NodeId> NotTold { get; init; } = [];
}
