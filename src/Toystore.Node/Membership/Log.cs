using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Node.Membership;

/// <summary>Everything membership has to say.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "{Node} is there, in its incarnation {Incarnation}")]
    public static partial void Joined(this ILogger logger, NodeId node, Incarnation incarnation);

    [LoggerMessage(1101, LogLevel.Information, "{Node} is suspected to be down: {By} could not reach it")]
    public static partial void Suspected(this ILogger logger, NodeId node, NodeId by);

    [LoggerMessage(1102, LogLevel.Information, "{Node} is not down: it said so itself")]
    public static partial void Refuted(this ILogger logger, NodeId node);

    [LoggerMessage(1103, LogLevel.Warning, "{Node} is held dead, by the word of {By}. It is asked for nothing until it is heard of again; nothing else has to be done than to start it or mend the network")]
    public static partial void Died(this ILogger logger, NodeId node, NodeId by);

    [LoggerMessage(1104, LogLevel.Information, "{Node} has stopped and said so")]
    public static partial void Left(this ILogger logger, NodeId node);

    [LoggerMessage(1105, LogLevel.Warning, "Packets from {From} are of cluster {Theirs} and are refused; this is {Ours}. One of the two lists of members has a wrong address")]
    public static partial void ForeignCluster(this ILogger logger, Endpoint from, ClusterId theirs, ClusterId ours);

    [LoggerMessage(1106, LogLevel.Warning, "Packets from {From} cannot be read ({Verdict}): another cluster key, another release, or noise")]
    public static partial void Unreadable(this ILogger logger, Endpoint from, SealVerdict verdict);

    [LoggerMessage(1107, LogLevel.Warning, "Packets from {From} are of {Node}, which is no member of the cluster, and are refused: list it on every node, or stop it")]
    public static partial void UnknownMember(this ILogger logger, Endpoint from, NodeId node);

    [LoggerMessage(1108, LogLevel.Warning, "{By} took this node for {State}; it has refuted that. If this happens often, it is overloaded or packets to it get lost")]
    public static partial void Accused(this ILogger logger, NodeId by, MemberState state);

    [LoggerMessage(1109, LogLevel.Warning, "{Node} answers over TCP and not over UDP: a firewall, or a wrong address. Its peer port must be open for both")]
    public static partial void PacketsLost(this ILogger logger, NodeId node);

    [LoggerMessage(1110, LogLevel.Warning, "Two processes have said that they are {Node}: one of them runs on a copy of the other's disk, or it lost its disk. If both still run, stop one")]
    public static partial void IdentityClash(this ILogger logger, NodeId node);

    [LoggerMessage(1111, LogLevel.Warning, "An incarnation of {Node} leaps too far, from {Known} to {Said}, and is refused: made up, or its clock is years off")]
    public static partial void Implausible(this ILogger logger, NodeId node, Incarnation known, Incarnation said);

    [LoggerMessage(1112, LogLevel.Debug, "{Node} publishes something new about itself")]
    public static partial void FactsChanged(this ILogger logger, NodeId node);

    [LoggerMessage(1113, LogLevel.Information, "{Node} has topology {Epoch}, and this node not yet")]
    public static partial void TopologyAhead(this ILogger logger, NodeId node, Epoch epoch);

    [LoggerMessage(1114, LogLevel.Warning, "The record {Record} cannot be read; going on without it")]
    public static partial void RecordLost(this ILogger logger, string record);

    [LoggerMessage(1115, LogLevel.Warning, "The disk did not take the record of this node's incarnations; the clock has to vouch for the next ones")]
    public static partial void NotReserved(this ILogger logger);

    [LoggerMessage(1116, LogLevel.Information, "Listening for gossip on {Endpoint}")]
    public static partial void GossipListening(this ILogger logger, string endpoint);

    [LoggerMessage(1117, LogLevel.Information, "Looking for {Others} other members, as incarnation {Incarnation}; {Known} are known from before")]
    public static partial void Begun(this ILogger logger, int others, Incarnation incarnation, int known);

    [LoggerMessage(1118, LogLevel.Warning, "Somebody speaks of {Node}, which is no member of the cluster, and is not believed: its list of members differs from this one, or it lies")]
    public static partial void Ghost(this ILogger logger, NodeId node);

    [LoggerMessage(1120, LogLevel.Information, "The cluster keys are now: {Keys}; {Seals}, and {Open}")]
    public static partial void KeysChanged(this ILogger logger, string keys, string seals, string open);

    [LoggerMessage(1121, LogLevel.Information, "This node had missed a change of cluster keys and took them from {Node}")]
    public static partial void KeysCaughtUp(this ILogger logger, NodeId node);

    [LoggerMessage(1122, LogLevel.Error, "This node has missed a change of cluster keys, and cannot be given them by {Node}: {Problem}")]
    public static partial void KeysMissed(this ILogger logger, NodeId node, string problem);

    [LoggerMessage(1123, LogLevel.Warning, "The configured cluster keys have changed and count again: {Configured}, instead of {Kept}, which were set while this node ran")]
    public static partial void KeysConfiguredAnew(this ILogger logger, string configured, string kept);

    [LoggerMessage(1119, LogLevel.Error, "Membership failed")]
    public static partial void Failed(this ILogger logger, Exception exception);
}
