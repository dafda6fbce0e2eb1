using Toystore.Core.Agreement;

namespace Toystore.Tests.Core.Agreement;

/// <summary>A mistake that takes more than a tampered message.</summary>
internal sealed partial class RegisterWorld
{
    private void PretendTold(RegisterNode node, AmendmentStep step)
    {
        if (_wrong == Wrong.DoneWhenChosen && step.Messages.Select(message => message.Request).OfType<RegisterRequest.Learn>().FirstOrDefault() is { Decree: var decree })
        {
            foreach (var name in decree.Acceptors.ToArray())
            {
                Follow(node, node.Work?.Heard(new RegisterReply.Learned(name, decree.Epoch)) ?? new AmendmentStep([], null));
            }
        }
    }

    // In place of each whom the newest decree names, one is asked whom the next would name.
    private void Redirect(RegisterNode node, Decree newest, Decree next)
    {
        node.Redirected.Clear();
        for (var i = 0; i < Math.Min(newest.Acceptors.Length, next.Acceptors.Length) && _wrong == Wrong.NewAcceptorsDecide; i++)
        {
            node.Redirected[newest.Acceptors[i].Node] = next.Acceptors[i];
        }
    }

    private static Outgoing Redirected(RegisterNode node, Outgoing message) => message.Request switch
    {
        RegisterRequest.Prepare prepare when node.Redirected.TryGetValue(message.To, out var other) => new Outgoing(other.Node, prepare with { To = other }),
        RegisterRequest.Accept accept when node.Redirected.TryGetValue(message.To, out var other) => new Outgoing(other.Node, accept with { To = other }),
        _ => message,
    };

    private static RegisterReply Returned(RegisterNode node, RegisterReply reply) =>
        node.Redirected.FirstOrDefault(redirected => redirected.Value == reply.Name) is { Key.Value: > 0 } found
        && node.Memory!.Newest is { } newest && newest.Acceptors.ToArray().FirstOrDefault(name => name.Node == found.Key) is { Node.Value: > 0 } seat
            ? reply with { Name = seat }
            : reply;

    // The acceptor is shown a newest decree that names it alone, and what it makes of that is put back.
    private static AcceptorAnswer HandleAsNamed(RegisterNode node, AcceptorState state, Decree real, RegisterRequest request)
    {
        var name = node.Acceptor.NameOf(state);
        var shown = new Decree(real.Epoch, real.Origin, real.Previous, [name], real.Value);
        var asked = request switch
        {
            RegisterRequest.Prepare prepare when prepare.Instance == real.Instance => prepare with { Instance = shown.Instance, To = name },
            RegisterRequest.Accept accept when accept.Instance == real.Instance => accept with { Instance = shown.Instance, To = name, Decree = Follow(accept.Decree, shown.Fingerprint) },
            _ => request,
        };
        if (ReferenceEquals(asked, request))
        {
            return node.Acceptor.Handle(state, request);
        }

        var vote = state.Vote is { } present ? new Vote(present.Ballot, Follow(present.Decree, shown.Fingerprint)) : null;
        var (reply, next) = node.Acceptor.Handle(AcceptorState.FromParts(state.Disk, shown, state.Promised, vote), asked);
        return new AcceptorAnswer(
            reply switch
            {
                RegisterReply.Promised promised => promised with { Instance = real.Instance, Vote = state.Vote },
                RegisterReply.Accepted accepted => accepted with { Instance = real.Instance },
                RegisterReply.Beaten beaten => beaten with { Instance = real.Instance },
                _ => reply,
            },
            next is null ? null : AcceptorState.FromParts(next.Disk, real, next.Promised, next.Vote is { } cast ? new Vote(cast.Ballot, Follow(cast.Decree, real.Fingerprint)) : null));
    }

    private static Decree Follow(Decree decree, ulong previous) => new(decree.Epoch, decree.Origin, previous, decree.Acceptors.ToArray(), decree.Value);
}
