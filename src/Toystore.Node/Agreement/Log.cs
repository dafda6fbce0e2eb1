using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>Everything the topology's register has to say.</summary>
internal static partial class Log
{
    [LoggerMessage(1500, LogLevel.Information, "The topology is {Epoch} now: {What}")]
    public static partial void Learned(this ILogger logger, Epoch epoch, string what);

    [LoggerMessage(1501, LogLevel.Warning, "There is no topology to go by yet, and this node serves nothing. {Problem}")]
    public static partial void Waits(this ILogger logger, string problem);

    [LoggerMessage(1502, LogLevel.Warning, "As an acceptor of the topology this disk is {Disk} from now on, and has promised nothing: {Why}")]
    public static partial void DiskInDoubt(this ILogger logger, DiskId disk, string why);

    [LoggerMessage(1503, LogLevel.Warning, "{Node} has topology {Epoch}, of another lineage than this node's {Mine}: one of them was forced, or founded, without the other. An operator has to force the one that holds on the other: `toystore topology force --help`")]
    public static partial void OtherLineage(this ILogger logger, NodeId node, Epoch epoch, Epoch mine);

    [LoggerMessage(1504, LogLevel.Error, "{Node} has accepted or learned another topology under a number that this node knows, too. That cannot be: please report it, with the logs of both")]
    public static partial void Conflicts(this ILogger logger, NodeId node);

    [LoggerMessage(1505, LogLevel.Information, "{Node} does not take part in this decision: {Reason}")]
    public static partial void Refuses(this ILogger logger, NodeId node, Refusal reason);

    [LoggerMessage(1506, LogLevel.Warning, "This version does not understand the topology {Epoch}; it goes by the one that it has. Upgrade this node")]
    public static partial void NotUnderstood(this ILogger logger, Epoch epoch);

    [LoggerMessage(1507, LogLevel.Warning, "The options of this node are not what the topology {Epoch} says, which counts. {Differences}")]
    public static partial void OptionsDiffer(this ILogger logger, Epoch epoch, string differences);

    [LoggerMessage(1508, LogLevel.Warning, "So many acceptors have lost their disks that no topology can be decided on after {Epoch}. All other members go by that one, and so does this node. Once you are sure that they are lost for good: `toystore topology force --help`")]
    public static partial void ReadsWithoutRegister(this ILogger logger, Epoch epoch);

    [LoggerMessage(1510, LogLevel.Warning, "An operator has forced topology {Epoch} in the place of {Before}. Members that still have that one take part in nothing until they are told")]
    public static partial void Forced(this ILogger logger, Epoch epoch, Epoch before);

    [LoggerMessage(1509, LogLevel.Warning, "Topology {Epoch} changes who owns what, or who is a member. This process goes on by {Mine}: start the node anew")]
    public static partial void FollowsNot(this ILogger logger, Epoch epoch, Epoch mine);
}
