using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>What an acceptor answers, and the state that must be on its disk, synced, before the answer is sent; null if nothing changed.</summary>
public readonly record struct AcceptorAnswer(RegisterReply Reply, AcceptorState? Next);

/// <summary>
/// A node's part in deciding: answers requests from the state that is on its disk. It holds no state itself. Whoever runs it handles one request after the other: handle, write what is next, sync, answer.
/// </summary>
/// <param name="self">Which node this is.</param>
/// <param name="seeds">The seeds that it founds a cluster with; null if it founds none, because it joins one or because its disk may not be its first.</param>
public sealed class Acceptor(NodeId self, SeedList? seeds)
{
    /// <summary>Handles a request.</summary>
    public AcceptorAnswer Handle(AcceptorState state, RegisterRequest request) => request switch
    {
        RegisterRequest.Prepare prepare => Objection(state, prepare.Instance, prepare.To, isFirstPhase: true) is { } no ? Only(no) : Promise(state, prepare),
        RegisterRequest.Accept accept => Objection(state, accept.Instance, accept.To, isFirstPhase: false) is { } no ? Only(no) : Accept(state, accept),
        RegisterRequest.Learn(var decree) => Learn(state, decree),
        RegisterRequest.Ask => Only(new RegisterReply.Known(NameOf(state), state.Newest)),
        RegisterRequest.Force(var decree) => Force(state, decree),
        _ => throw new InvariantException($"an unknown request: {request}"),
    };

    /// <summary>Who this is with that state.</summary>
    public AcceptorName NameOf(AcceptorState state) => new(self, state.Disk);

    /// <summary>Why it has no part in that instance, or not as the one who was asked; null if it has.</summary>
    private RegisterReply? Objection(AcceptorState state, Instance instance, AcceptorName to, bool isFirstPhase)
    {
        var name = NameOf(state);
        if (instance.IsFounding)
        {
            if (seeds is null || instance.Fingerprint != seeds.Fingerprint || !seeds.Contains(self) || (state.Vote is { } vote && state.Newest is null && vote.Decree.Previous != seeds.Fingerprint))
            {
                return Refuse(state, instance, Refusal.OtherSeeds);
            }

            if (state.Newest is { } founded)
            {
                return new RegisterReply.Overtaken(name, founded);
            }
        }
        else
        {
            if (state.Newest is not { } newest)
            {
                return new RegisterReply.Behind(name, instance);
            }

            if (newest.Epoch.Lineage != instance.After.Lineage)
            {
                return Refuse(state, instance, Refusal.OtherLineage);
            }

            if (newest.Epoch.Number != instance.After.Number)
            {
                return newest.Epoch.Number > instance.After.Number ? new RegisterReply.Overtaken(name, newest) : new RegisterReply.Behind(name, instance);
            }

            if (newest.Fingerprint != instance.Fingerprint || !newest.Names(name))
            {
                return Refuse(state, instance, newest.Fingerprint != instance.Fingerprint ? Refusal.Conflict : Refusal.NotNamed);
            }
        }

        // A seed is asked for its promise whatever disk it has, and for its vote on the disk that the promise is on.
        return to == name || (to == new AcceptorName(self, default) && instance.IsFounding && isFirstPhase) ? null : Refuse(state, instance, Refusal.OtherDisk);
    }

    private AcceptorAnswer Promise(AcceptorState state, RegisterRequest.Prepare prepare)
    {
        var order = prepare.Ballot.CompareTo(state.Promised);
        return order < 0
            ? Only(new RegisterReply.Beaten(NameOf(state), prepare.Instance, prepare.Ballot, state.Promised))
            : new AcceptorAnswer(
                new RegisterReply.Promised(NameOf(state), prepare.Instance, prepare.Ballot, state.Vote),
                order == 0 ? null : state with { Promised = prepare.Ballot });
    }

    private AcceptorAnswer Accept(AcceptorState state, RegisterRequest.Accept accept)
    {
        if (!accept.Instance.Admits(accept.Decree))
        {
            return Only(Refuse(state, accept.Instance, Refusal.Conflict));
        }

        var order = accept.Ballot.CompareTo(state.Promised);
        if (order != 0)
        {
            return Only(order < 0 ? new RegisterReply.Beaten(NameOf(state), accept.Instance, accept.Ballot, state.Promised) : Refuse(state, accept.Instance, Refusal.Forgotten));
        }

        if (state.Vote is { } vote && vote.Ballot == accept.Ballot)
        {
            return Only(vote.Decree.Equals(accept.Decree) ? new RegisterReply.Accepted(NameOf(state), accept.Instance, accept.Ballot) : Refuse(state, accept.Instance, Refusal.Conflict));
        }

        return new AcceptorAnswer(new RegisterReply.Accepted(NameOf(state), accept.Instance, accept.Ballot), state with { Vote = new Vote(accept.Ballot, accept.Decree) });
    }

    private AcceptorAnswer Learn(AcceptorState state, Decree decree)
    {
        var name = NameOf(state);
        var learned = new RegisterReply.Learned(name, decree.Epoch);
        if (state.Newest is not { } newest)
        {
            return seeds is not null && decree.Origin != seeds.Fingerprint
                ? Only(Refuse(state, decree.Instance, Refusal.OtherSeeds))
                : new AcceptorAnswer(learned, state.Knowing(decree));
        }

        if (newest.Epoch.Lineage != decree.Epoch.Lineage)
        {
            return Only(Refuse(state, decree.Instance, Refusal.OtherLineage));
        }

        return newest.Epoch.Number.CompareTo(decree.Epoch.Number) switch
        {
            < 0 => new AcceptorAnswer(learned, state.Knowing(decree)),
            > 0 => Only(new RegisterReply.Overtaken(name, newest)),
            _ => Only(newest.Equals(decree) ? learned : Refuse(state, decree.Instance, Refusal.Conflict)),
        };
    }

    private AcceptorAnswer Force(AcceptorState state, Decree decree)
    {
        if (state.Newest is not { } newest || newest.Epoch.Lineage == decree.Epoch.Lineage)
        {
            return Learn(state, decree);
        }

        return newest.Epoch.Number < decree.Epoch.Number
            ? new AcceptorAnswer(new RegisterReply.Learned(NameOf(state), decree.Epoch), state.Knowing(decree))
            : Only(Refuse(state, decree.Instance, Refusal.NotNewer));
    }

    private RegisterReply.Refused Refuse(AcceptorState state, Instance instance, Refusal reason) => new(NameOf(state), instance, reason, state.Newest?.Epoch ?? default(Epoch));

    private static AcceptorAnswer Only(RegisterReply reply) => new(reply, null);
}
