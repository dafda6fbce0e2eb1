namespace Toystore.Core.Agreement;

/// <summary>
/// One attempt to get something decided, ordered by number first (Lamport, "Paxos Made Simple", §2.2). No two attempts have the same: <paramref name="Attempt"/> is drawn for each, so that a proposer that starts anew and has forgotten
/// which numbers it used never uses a ballot twice. The default is lower than any attempt's.
/// </summary>
/// <param name="Number">From 1: above every number that the proposer has heard of.</param>
/// <param name="Proposer">Whose attempt it is.</param>
/// <param name="Attempt">64 bits of chance.</param>
public readonly record struct Ballot(ulong Number, NodeId Proposer, ulong Attempt) : IComparable<Ballot>
{
    /// <inheritdoc/>
    public int CompareTo(Ballot other) =>
        Number != other.Number ? Number.CompareTo(other.Number)
        : Proposer != other.Proposer ? Proposer.CompareTo(other.Proposer)
        : Attempt.CompareTo(other.Attempt);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Number}/{Proposer}/{Attempt:x}");
}
