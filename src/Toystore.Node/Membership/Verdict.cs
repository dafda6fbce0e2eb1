using Toystore.Core;
using Toystore.Core.Membership;

namespace Toystore.Node.Membership;

/// <summary>What membership holds of a node.</summary>
/// <param name="State">What.</param>
/// <param name="Incarnation">Of which of its incarnations.</param>
/// <param name="By">Who says so; nobody of one that is alive or has left.</param>
/// <param name="Since">Since when this node holds it (<see cref="TimeProvider.GetTimestamp"/>).</param>
/// <param name="Problem">The same in a sentence; null of one that is alive.</param>
internal sealed record Verdict(MemberState State, Incarnation Incarnation, NodeId By, long Since, string? Problem)
{
    /// <summary>The sentence for a member that is not alive.</summary>
    public static string? ProblemOf(NodeId node, MemberState state, NodeId by) => state switch
    {
        MemberState.Alive => null,
        MemberState.Suspect => $"{by} could not reach {node} and suspects that it is down.",
        MemberState.Dead => $"{node} is held dead, by the word of {by}.",
        MemberState.Left => $"{node} has stopped and said so.",
        _ => throw new InvariantException($"no such state: {state}"),
    };
}
