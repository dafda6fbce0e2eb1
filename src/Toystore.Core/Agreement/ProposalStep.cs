using System.Collections.Immutable;

namespace Toystore.Core.Agreement;

/// <summary>A message and where it goes; possibly to the sender's own acceptor.</summary>
public readonly record struct Outgoing(NodeId To, RegisterRequest Request);

/// <summary>What an attempt says next: messages to send, none as a rule, and how it ended if it has.</summary>
public readonly record struct ProposalStep(ImmutableArray<Outgoing> Messages, ProposalOutcome? Outcome)
{
    internal static readonly ProposalStep Nothing = new([], null);
}

/// <summary>How an attempt ended.</summary>
public abstract record ProposalOutcome
{
    private ProposalOutcome()
    {
    }

    /// <summary>This was chosen: what was proposed, or what somebody else had begun with. The step's messages tell all whom it concerns.</summary>
    public sealed record Chosen(Decree Decree) : ProposalOutcome;

    /// <summary>The instance was over; this is a later decree, not necessarily the next.</summary>
    public sealed record Overtaken(Decree Decree) : ProposalOutcome;

    /// <summary>Others have promised a higher ballot, <paramref name="By"/>: try again after a pause, above it. What was proposed may have been accepted by somebody, and be chosen later.</summary>
    public sealed record Beaten(Ballot By) : ProposalOutcome;

    /// <summary>Too few answered, or too few may: <paramref name="Refusals"/>, by node. What was proposed may have been accepted by somebody, and be chosen later.</summary>
    public sealed record Undecided(ImmutableArray<(NodeId Node, Refusal Reason)> Refusals) : ProposalOutcome;
}
