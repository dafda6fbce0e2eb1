using System.Globalization;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Node.Membership;

/// <summary>
/// Changes the keys of the cluster, a step at a time, and knows nothing between two steps: what each member has, it asks. A step that could leave two members unable to read each other is not begun: a key is used when all have
/// it, and removed when nobody uses it. Members are told one after the other, in the order of their ids, so that two who change keys at once meet at the first one: there the second is refused.
/// </summary>
internal sealed class ClusterKeys(NodeId self, Func<Topology> topology, KeyKeeper keeper) : IClusterKeys
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default)
    {
        var states = await AskAllAsync([], cancellationToken);
        var away = Away(states);
        if (away is not null)
        {
            return Report(states, false, away);
        }

        var first = states.Select(state => state.Answer!.Keys is [var key, ..] && state.Answer.Seals ? key : "").Distinct().ToList();
        var isEven = states.All(state => state.Answer!.Keys.SequenceEqual(states[0].Answer!.Keys));
        var summary = first switch
        {
            [""] when isEven && states[0].Answer!.Keys.IsEmpty => "There is no key: gossip goes in the clear.",
            [""] => "No key is in use yet: gossip goes in the clear.",
            [var key] when isEven => $"Every member seals with {key}.",
            _ => "The members do not have the same keys, or not in the same order: a change is under way. Run its last command again.",
        };
        return Report(states, isEven, summary);
    }

    /// <inheritdoc/>
    public async ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default)
    {
        var without = new List<NodeId>();
        foreach (var text in change.Without ?? [])
        {
            if (!NodeId.TryParse(text, out var node) || !Topology.Members.ToArray().Any(member => member.Id == node) || node == self)
            {
                return new KeysReport(false, $"'{text}' is no other member of this cluster: it cannot be left out.", []);
            }

            without.Add(node);
        }

        switch (change.Step)
        {
            case "add":
                return ClusterKey.TryParse(change.Key, out var key)
                    ? await AddAsync(key!, without, cancellationToken)
                    : new KeysReport(false, "A key is Base64 of 16, 24 or 32 bytes. Make one with `openssl rand -base64 32`.", []);
            case "use" or "remove":
                if (change.Key.Length != 8 || !uint.TryParse(change.Key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))
                {
                    return new KeysReport(false, "Name the key by its fingerprint, eight hexadecimal digits, as `toystore keys list` shows it.", []);
                }

                var fingerprint = change.Key.ToLowerInvariant();
                return change.Step == "use" ? await UseAsync(fingerprint, without, cancellationToken) : await RemoveAsync(fingerprint, without, cancellationToken);
            default:
                return new KeysReport(false, "A step is add, use or remove.", []);
        }
    }

    private Topology Topology => topology();

    private async ValueTask<KeysReport> AddAsync(ClusterKey key, List<NodeId> without, CancellationToken cancellationToken)
    {
        // Here first: if this node has missed a change, it is this key that the others understand.
        var order = Order(KeyStep.Add, self) with { Key = key, Expected = keeper.Ring.Revision };
        var own = await keeper.DoAsync(order, cancellationToken);
        if (own.End != KeyEnd.Done)
        {
            return new KeysReport(false, $"Nothing has changed. {self}: {own.Problem}", []);
        }

        var states = await AskAllAsync(without, cancellationToken);
        await TellAllAsync(states, order, answer => answer.Keys.Contains(key.Fingerprint), cancellationToken);
        var lacking = Lacking(states);
        return Report(
            states,
            lacking is null,
            lacking is null
                ? $"Every member asked has the key {key.Fingerprint}. Next: toystore keys use {key.Fingerprint}"
                : $"The key {key.Fingerprint} is not everywhere; nothing uses it yet, so nothing is lost. {lacking} Then run the same command again.");
    }

    private async ValueTask<KeysReport> UseAsync(string key, List<NodeId> without, CancellationToken cancellationToken)
    {
        var states = await AskAllAsync(without, cancellationToken);
        if (Away(states) is { } away)
        {
            return Report(states, false, $"Nothing has changed. {away} Then run the same command again; or go on without who is away: --without ID.");
        }

        if (states.Where(state => state.Answer is { } answer && !answer.Keys.Contains(key)).Select(state => state.Node).ToList() is { Count: > 0 } lacking)
        {
            return Report(states, false, $"Nothing has changed. {string.Join(", ", lacking)} {(lacking.Count == 1 ? "does" : "do")} not have the key {key}: run toystore keys add with it again, then the same command.");
        }

        var before = states.SelectMany(state => state.Answer?.Keys ?? []).Where(each => each != key).Distinct().ToList();
        await TellAllAsync(states, Order(KeyStep.Use, default) with { Fingerprint = key }, answer => answer.Seals && answer.Keys is [var first, ..] && first == key, cancellationToken);
        if (Lacking(states) is { } behind)
        {
            return Report(states, false, $"Not every member uses the key {key} yet; all can open it, so nothing is lost. {behind} Then run the same command again.");
        }

        await TellAllAsync(states, Order(KeyStep.Close, default), answer => !answer.TakesOpen, cancellationToken);
        if (Lacking(states) is { } open)
        {
            return Report(states, false, $"Every member asked seals with {key}; not all refuse open packets yet. {open} Then run the same command again.");
        }

        var next = before.Count == 0 ? "There is no other key." : $"Next: {string.Join(", ", before.Select(old => $"toystore keys remove {old}"))}";
        return Report(states, true, $"Every member asked seals with {key}. {next}");
    }

    private async ValueTask<KeysReport> RemoveAsync(string key, List<NodeId> without, CancellationToken cancellationToken)
    {
        var states = await AskAllAsync(without, cancellationToken);
        if (Away(states) is { } away)
        {
            return Report(states, false, $"Nothing has changed. {away} Then run the same command again; or go on without who is away: --without ID.");
        }

        if (states.Where(state => state.Answer is { Seals: true, Keys: [var first, ..] } && first == key).Select(state => state.Node).ToList() is { Count: > 0 } users)
        {
            return Report(states, false, $"Nothing has changed. {string.Join(", ", users)} {(users.Count == 1 ? "seals" : "seal")} with {key}: first toystore keys use another one.");
        }

        await TellAllAsync(states, Order(KeyStep.Remove, default) with { Fingerprint = key }, answer => !answer.Keys.Contains(key), cancellationToken);
        var lacking = Lacking(states);
        return Report(
            states,
            lacking is null,
            lacking is null
                ? $"No member asked has the key {key} any longer."
                : $"The key {key} is not gone everywhere; nobody uses it, so nothing is lost. {lacking} Then run the same command again.");
    }

    private KeyOrder Order(KeyStep step, NodeId to) => new(step, self, to, keeper.NewQuestion());

    // What each has; this node's own keys are brought up to date on the way.
    private async ValueTask<List<State>> AskAllAsync(List<NodeId> without, CancellationToken cancellationToken)
    {
        var members = Topology.Members.ToArray().Select(member => member.Id).Order().ToList();
        var asked = members.Where(node => node != self && !without.Contains(node))
            .Select(node => (Node: node, Asking: keeper.AskAsync(Order(KeyStep.Tell, node), Patience, cancellationToken).AsTask()))
            .ToList();
        var states = members.ConvertAll(node => new State(node) { IsLeftOut = without.Contains(node) });
        foreach (var (node, asking) in asked)
        {
            var (answer, problem) = await asking;
            var state = states.Find(each => each.Node == node)!;
            state.Answer = answer is { End: KeyEnd.Done } ? answer : null;
            state.Problem = state.Answer is null ? problem : null;
        }

        if (states.MaxBy(state => state.Answer?.Revision ?? 0) is { Answer: { } newest } most && newest.Revision > keeper.Ring.Revision)
        {
            await keeper.CatchUpAsync(most.Node, Patience, cancellationToken);
        }

        states.Find(each => each.Node == self)!.Answer = await keeper.DoAsync(Order(KeyStep.Tell, self), cancellationToken);
        return states;
    }

    private async ValueTask TellAllAsync(List<State> states, KeyOrder order, Func<KeyAnswer, bool> isDone, CancellationToken cancellationToken)
    {
        var answers = states.Select(state => state.Answer).OfType<KeyAnswer>().ToList();
        var revision = answers.Max(answer => answer.Revision) + (answers.Any(isDone) ? 0UL : 1UL);
        foreach (var state in states)
        {
            if (state.Answer is not { } known || isDone(known))
            {
                continue;
            }

            var own = order with { To = state.Node, Question = keeper.NewQuestion(), Expected = known.Revision, Revision = revision };
            var (answer, problem) = await TellAsync(own, cancellationToken);
            if (answer is { End: KeyEnd.Done })
            {
                state.Answer = answer;
                continue;
            }

            state.Problem = problem;
            if (order.Step != KeyStep.Add)
            {
                return;
            }
        }

        foreach (var state in states.Where(state => state.Answer is { } answer && !isDone(answer)))
        {
            state.Problem = "it has not taken the step.";
        }
    }

    private async ValueTask<(KeyAnswer? Answer, string Problem)> TellAsync(KeyOrder order, CancellationToken cancellationToken)
    {
        if (order.To != self)
        {
            return await keeper.AskAsync(order, Patience, cancellationToken);
        }

        var answer = await keeper.DoAsync(order, cancellationToken);
        return (answer, answer.Problem);
    }

    // Null if all that were to be asked have answered.
    private static string? Away(List<State> states) => Lacking(states);

    private static string? Lacking(List<State> states)
    {
        var problems = states.Where(state => state.Problem is not null && !state.IsLeftOut).Select(state => $"{state.Node}: {state.Problem}").ToList();
        return problems.Count == 0 ? null : string.Join(" ", problems);
    }

    private static KeysReport Report(List<State> states, bool isDone, string summary) => new(isDone, summary, [.. states.Select(state =>
        new MemberKeys(state.Node.ToString(), state.Answer?.Keys, state.Answer?.Seals ?? false, state.Answer?.TakesOpen ?? false, state.IsLeftOut ? "left out" : state.Problem))]);

    /// <summary>What is known of one member.</summary>
    private sealed class State(NodeId node)
    {
        public NodeId Node { get; } = node;

        public bool IsLeftOut { get; init; }

        /// <summary>What it said last; null if it did not.</summary>
        public KeyAnswer? Answer { get; set; }

        /// <summary>Why it did not answer, or not do what it was told; null if it did.</summary>
        public string? Problem { get; set; }
    }
}
