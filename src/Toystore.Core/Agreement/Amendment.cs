using System.Collections.Immutable;

namespace Toystore.Core.Agreement;

/// <summary>
/// A change to the newest decree, tried until it is chosen or does not want to be: compare-and-set on top of <see cref="Proposal"/>. If others are faster it is made of what they got through.
/// </summary>
/// <remarks>
/// An attempt that ended with nothing may still have left its decree with an acceptor, and somebody else may get that chosen later. This notices if that is the next decree or the one before the newest. If more came in between it cannot tell, so a
/// change must see for itself whether it is in what it is given, and say <see cref="Verdict.Settled"/>: "n7 is a member", not "one member more".
/// <para>
/// It is done when a majority of those who decide <i>next</i> know it. A decree is chosen when those of the one before have accepted it; but they may go and be switched off for good because it is.
/// </para>
/// </remarks>
public sealed class Amendment
{
    /// <summary>About how long the first pause is; each is twice as long as the one before it.</summary>
    public static readonly TimeSpan PauseFirst = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private readonly NodeId _self;
    private readonly SeedList? _seeds;
    private readonly Func<IReadOnlyList<AcceptorName>, Decree>? _first;
    private readonly Func<Decree, Verdict> _change;
    private readonly Random _random;
    private readonly HashSet<ulong> _proposed = [];
    private Decree? _newest;
    private Proposal? _attempt;
    private ulong _number;
    private int _failures;
    private bool _isOver;

    // Once the change is in: the newest decree's own acceptors that have not said yet that they know it.
    private List<NodeId>? _untold;

    /// <summary>A change to <paramref name="newest"/>, the newest decree known here, or to whichever is the newest.</summary>
    public Amendment(NodeId self, Decree newest, Func<Decree, Verdict> change, Random random) => (_self, _newest, _change, _random) = (self, newest, change, random);

    /// <summary>The founding of a cluster: done when there is a first decree, this one's or another seed's. <paramref name="first"/> is given seeds that answered, a majority, and makes one; it may be asked several times.</summary>
    public Amendment(NodeId self, SeedList seeds, Func<IReadOnlyList<AcceptorName>, Decree> first, Random random)
        : this(self, null!, _ => Verdict.Settled.Instance, random) => (_seeds, _first) = (seeds, first);

    /// <summary>Begins it.</summary>
    public AmendmentStep Begin() => Attempt([]);

    /// <summary>An answer came, whenever it was asked for.</summary>
    public AmendmentStep Heard(RegisterReply reply)
    {
        if (_untold is not null && reply is RegisterReply.Learned learned && learned.Epoch == _newest!.Epoch)
        {
            return Told(learned.Name);
        }

        if (_isOver || _attempt is null)
        {
            return reply is RegisterReply.Overtaken(_, var newest) ? Learned(newest) : Wait([]);
        }

        return After(_attempt.Heard(reply));
    }

    /// <summary>A newer decree is known here, from whomever.</summary>
    public AmendmentStep Learned(Decree decree) => !_isOver && IsNews(decree) ? _untold is null ? GoOn(decree, []) : Tell(decree, []) : Wait([]);

    /// <summary>What is not answered yet, once more.</summary>
    public AmendmentStep Again() => Wait(_isOver ? [] : _untold is not null ? Untold() : _attempt?.Again().Messages ?? []);

    /// <summary>No more answers are waited for.</summary>
    public AmendmentStep TooLong() => _untold is not null || _attempt is null ? Again() : After(_attempt.Stop());

    /// <summary>The pause is over.</summary>
    public AmendmentStep Rested() => _isOver || _attempt is not null || _untold is not null ? Wait([]) : Attempt([]);

    private AmendmentStep Attempt(ImmutableArray<Outgoing> messages)
    {
        var ballot = new Ballot(_number + 1, _self, (ulong)_random.NextInt64(long.MinValue, long.MaxValue));
        _number = ballot.Number;
        if (_newest is null)
        {
            _attempt = new Proposal(_seeds!, _first!, ballot);
            return Asked(_attempt.Begin().Messages);
        }

        switch (_change(_newest))
        {
            case Verdict.Settled:
                return Tell(_newest, messages);
            case Verdict.Refuse(var reason):
                return End(new AmendmentNext.Refused(_newest, reason), messages);
            case Verdict.Propose(var next):
                _proposed.Add(next.Fingerprint);
                _attempt = new Proposal(_newest, next, ballot);
                return Asked([.. messages, .. _attempt.Begin().Messages]);
            case var other:
                throw new InvariantException($"an unknown verdict: {other}");
        }
    }

    private AmendmentStep After(ProposalStep step)
    {
        switch (step.Outcome)
        {
            case null:
                return Wait(step.Messages);
            case ProposalOutcome.Chosen(var decree):
                return GoOn(decree, step.Messages);
            case ProposalOutcome.Overtaken(var decree):
                return GoOn(decree, step.Messages);
            case ProposalOutcome.Beaten(var by):
                _number = Math.Max(_number, by.Number);
                return Rest([]);
            case ProposalOutcome.Undecided(var refusals):
                return Rest(refusals);
            default:
                throw new InvariantException($"an unknown outcome: {step.Outcome}");
        }
    }

    private AmendmentStep GoOn(Decree decree, ImmutableArray<Outgoing> messages)
    {
        if (_proposed.Contains(decree.Fingerprint) || _proposed.Contains(decree.Previous))
        {
            return Tell(decree, messages);
        }

        (_newest, _attempt, _number, _failures) = (decree, null, 0, 0);
        _proposed.Clear();
        return Attempt(messages);
    }

    private AmendmentStep Tell(Decree decree, ImmutableArray<Outgoing> messages)
    {
        (_newest, _attempt) = (decree, null);
        _untold = [.. decree.Acceptors.ToArray().Select(name => name.Node)];
        return Asked([.. messages, .. Untold().Where(message => !messages.Contains(message))]);
    }

    private AmendmentStep Told(AcceptorName name)
    {
        var needed = Instance.Majority(_newest!.Acceptors.Length);
        return _newest.Names(name) && _untold!.Remove(name.Node) && _newest.Acceptors.Length - _untold.Count == needed ? End(new AmendmentNext.Done(_newest), []) : Wait([]);
    }

    private ImmutableArray<Outgoing> Untold() => [.. _untold!.Select(node => new Outgoing(node, new RegisterRequest.Learn(_newest!)))];

    private AmendmentStep Rest(ImmutableArray<(NodeId Node, Refusal Reason)> refusals)
    {
        _attempt = null;
        var longest = Math.Min(PauseMax.Ticks, PauseFirst.Ticks << Math.Min(_failures++, 20));
        return new AmendmentStep([], new AmendmentNext.Pause(TimeSpan.FromTicks(_random.NextInt64(longest / 2, longest + 1)), refusals));
    }

    private AmendmentStep End(AmendmentNext how, ImmutableArray<Outgoing> messages)
    {
        (_isOver, _attempt, _untold) = (true, null, null);
        return new AmendmentStep(messages, how);
    }

    private bool IsNews(Decree decree) => _newest is null ? decree.Origin == _seeds!.Fingerprint : decree.IsLaterThan(_newest);

    private static AmendmentStep Wait(ImmutableArray<Outgoing> messages) => new(messages, null);

    private static AmendmentStep Asked(ImmutableArray<Outgoing> messages) => new(messages, AmendmentNext.Answers.Instance);
}
