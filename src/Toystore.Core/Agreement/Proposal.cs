using System.Collections.Immutable;

namespace Toystore.Core.Agreement;

/// <summary>
/// One attempt to get an instance of the register decided: single-decree Paxos (Lamport, "Paxos Made Simple"), from the proposer's side.
/// </summary>
/// <remarks>
/// <code>
/// Prepare to all ─► a majority promised ─► Accept to those that promised ─► a majority accepted ─► chosen: Learn to all
///    ├ Behind: Learn what it lacks, then Prepare again        ├ a promise that comes late: Accept
///    └ Overtaken, or too few are left that could still promise or accept: it is over
/// </code>
/// <para>
/// The majority is of the acceptors that the <i>newest decree</i> names, whoever the next one names. What the promises report as accepted at the highest ballot is proposed again in place of the own decree: it may have been chosen.
/// </para>
/// <para>
/// When founding, the acceptors' disks are not known. Each is pinned to the one that its promise came from; there it is asked to accept, and nowhere else: on a disk that was emptied meanwhile the promise is forgotten.
/// </para>
/// <para>
/// Answers may come in any order, twice, or from earlier attempts. Nothing is sent twice but by <see cref="Again"/>.
/// </para>
/// </remarks>
public sealed class Proposal
{
    private readonly Instance _instance;
    private readonly Decree? _newest;
    private readonly Func<IReadOnlyList<AcceptorName>, Decree> _decree;
    private readonly Ballot _ballot;
    private readonly Seat[] _seats;
    private readonly int _needed;
    private Decree? _proposed;
    private Vote? _found;
    private Ballot _beatenBy;
    private bool _isOver;

    /// <summary>An attempt to have <paramref name="next"/> follow <paramref name="newest"/>, by those whom the latter names.</summary>
    public Proposal(Decree newest, Decree next, Ballot ballot)
        : this(newest.Instance, newest.Acceptors, newest, _ => next, ballot) =>
        Invariant.Require(newest.Instance.Admits(next), "a decree that is proposed follows the newest");

    /// <summary>An attempt to found a cluster. <paramref name="first"/> is asked once, with the seeds that have promised until then, and the disks that they have.</summary>
    public Proposal(SeedList seeds, Func<IReadOnlyList<AcceptorName>, Decree> first, Ballot ballot)
        : this(seeds.Instance, Array.ConvertAll(seeds.Nodes.ToArray(), node => new AcceptorName(node, default)), null, first, ballot)
    {
    }

    private Proposal(Instance instance, ReadOnlySpan<AcceptorName> acceptors, Decree? newest, Func<IReadOnlyList<AcceptorName>, Decree> decree, Ballot ballot)
    {
        (_instance, _newest, _decree, _ballot, _needed) = (instance, newest, decree, ballot, Instance.Majority(acceptors.Length));
        _seats = new Seat[acceptors.Length];
        for (var i = 0; i < _seats.Length; i++)
        {
            _seats[i].Name = acceptors[i];
        }
    }

    private enum Stand : byte
    {
        Asked,
        Promised,
        Accepted,
        Against,
    }

    /// <summary>What this attempt proposed, its own or what it found; null if it did not get so far.</summary>
    public Decree? Proposed => _proposed;

    /// <summary>Begins it.</summary>
    public ProposalStep Begin() => Again();

    /// <summary>What has not been answered, once more.</summary>
    public ProposalStep Again()
    {
        var messages = ImmutableArray.CreateBuilder<Outgoing>();
        foreach (var seat in _seats)
        {
            if (!_isOver && seat.Stand == Stand.Asked)
            {
                messages.Add(Prepare(seat));
            }
            else if (!_isOver && seat.Stand == Stand.Promised && _proposed is not null)
            {
                messages.Add(Accept(seat));
            }
        }

        return new ProposalStep(messages.ToImmutable(), null);
    }

    /// <summary>An answer came.</summary>
    public ProposalStep Heard(RegisterReply reply)
    {
        var seat = Array.FindIndex(_seats, seat => seat.Name.Node == reply.Name.Node);
        return _isOver || seat < 0
            ? ProposalStep.Nothing
            : reply switch
            {
                RegisterReply.Promised promised when promised.Instance == _instance && promised.Ballot == _ballot => Promised(ref _seats[seat], promised),
                RegisterReply.Accepted accepted when accepted.Instance == _instance && accepted.Ballot == _ballot => Accepted(ref _seats[seat], accepted),
                RegisterReply.Beaten beaten when beaten.Instance == _instance && beaten.Ballot == _ballot => Beaten(ref _seats[seat], beaten.By),
                RegisterReply.Refused refused when refused.Instance == _instance => Refused(ref _seats[seat], refused.Reason),
                RegisterReply.Behind behind when behind.Instance == _instance && _newest is not null => Say(new Outgoing(reply.Name.Node, new RegisterRequest.Learn(_newest))),
                RegisterReply.Learned learned when learned.Epoch == _newest?.Epoch && _seats[seat].Stand == Stand.Asked => Say(Prepare(_seats[seat])),
                RegisterReply.Overtaken(_, var decree) when Overtakes(decree) => End(new ProposalOutcome.Overtaken(decree)),
                _ => ProposalStep.Nothing,
            };
    }

    /// <summary>The caller has waited long enough.</summary>
    public ProposalStep Stop() => _isOver ? ProposalStep.Nothing : End(_beatenBy == default ? Undecided() : new ProposalOutcome.Beaten(_beatenBy));

    private ProposalStep Promised(ref Seat seat, RegisterReply.Promised promised)
    {
        if (seat.Stand != Stand.Asked || (seat.Name.Disk != default && seat.Name.Disk != promised.Name.Disk) || (promised.Vote is { } its && !_instance.Admits(its.Decree)))
        {
            return ProposalStep.Nothing;
        }

        seat.Name = promised.Name;
        seat.Stand = Stand.Promised;
        if (_proposed is not null)
        {
            return Say(Accept(seat));
        }

        if (promised.Vote is { } vote && (_found is null || vote.Ballot.CompareTo(_found.Ballot) > 0))
        {
            _found = vote;
        }

        var names = Array.ConvertAll(Array.FindAll(_seats, each => each.Stand == Stand.Promised), each => each.Name);
        if (names.Length < _needed)
        {
            return ProposalStep.Nothing;
        }

        _proposed = _found?.Decree ?? _decree(names);
        Invariant.Require(_instance.Admits(_proposed), "a decree that is proposed follows the newest");
        return new ProposalStep([.. _seats.Where(each => each.Stand == Stand.Promised).Select(Accept)], null);
    }

    private ProposalStep Accepted(ref Seat seat, RegisterReply.Accepted accepted)
    {
        if (seat.Stand != Stand.Promised || seat.Name != accepted.Name)
        {
            return ProposalStep.Nothing;
        }

        seat.Stand = Stand.Accepted;
        if (Count(Stand.Accepted) < _needed)
        {
            return ProposalStep.Nothing;
        }

        var chosen = _proposed!;
        var nodes = _seats.Select(each => each.Name.Node).Concat(chosen.Acceptors.ToArray().Select(name => name.Node)).Distinct().Order();
        return End(new ProposalOutcome.Chosen(chosen)) with { Messages = [.. nodes.Select(node => new Outgoing(node, new RegisterRequest.Learn(chosen)))] };
    }

    private ProposalStep Beaten(ref Seat seat, Ballot by)
    {
        if (by.CompareTo(_beatenBy) > 0)
        {
            _beatenBy = by;
        }

        return GoAgainst(ref seat, null);
    }

    // "Not the disk that you named" said of a question that was put in an earlier attempt says nothing of this one; it only costs the attempt.
    private ProposalStep Refused(ref Seat seat, Refusal reason) => GoAgainst(ref seat, reason);

    private ProposalStep GoAgainst(ref Seat seat, Refusal? reason)
    {
        if (seat.Stand is Stand.Accepted or Stand.Against)
        {
            return ProposalStep.Nothing;
        }

        (seat.Stand, seat.Reason) = (Stand.Against, reason);
        return _seats.Length - Count(Stand.Against) < _needed ? Stop() : ProposalStep.Nothing;
    }

    private bool Overtakes(Decree decree) =>
        _newest is null ? decree.Origin == _instance.Fingerprint : decree.IsLaterThan(_newest);

    private ProposalOutcome.Undecided Undecided() => new([.. _seats.Where(seat => seat.Reason is not null).Select(seat => (seat.Name.Node, seat.Reason!.Value))]);

    private ProposalStep End(ProposalOutcome outcome)
    {
        _isOver = true;
        return new ProposalStep([], outcome);
    }

    private int Count(Stand stand) => _seats.Count(seat => seat.Stand == stand);

    private Outgoing Prepare(Seat seat) => new(seat.Name.Node, new RegisterRequest.Prepare(_instance, seat.Name, _ballot));

    private Outgoing Accept(Seat seat) => new(seat.Name.Node, new RegisterRequest.Accept(_instance, seat.Name, _ballot, _proposed!));

    private static ProposalStep Say(Outgoing message) => new([message], null);

    /// <summary>What is known of one acceptor in this attempt.</summary>
    private struct Seat
    {
        public AcceptorName Name;
        public Stand Stand;
        public Refusal? Reason;
    }
}
